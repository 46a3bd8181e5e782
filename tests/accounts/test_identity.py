"""Names, numbers and addresses in their plain forms."""

import pytest

from accounts.core import identity


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("华为技术有限公司", "华为技术"),
        ("华为技术 有限公司", "华为技术"),
        ("海尔集团股份有限公司", "海尔"),
        ("中国石油化工集团有限公司", "中国石油化工"),
        ("海尔集团（青岛）股份有限公司", "海尔集团青岛"),
        ("深圳市华强电子有限公司", "深圳华强电子"),
        ("广东省机械进出口股份有限公司", "广东机械进出口"),
        ("永辉超市股份有限公司", "永辉超市"),
        ("上海城市酒店", "上海城市酒店"),
        ("北京大学出版社", "北京大学出版社"),
        ("有限公司", "有限公司"),
        ("株式会社日立製作所", "日立製作所"),
        ("삼성전자 주식회사", "삼성전자"),
        ("Shenzhen Huaqiang Electronics Co., Ltd.", "shenzhen huaqiang electronics"),
        ("ＳＨＥＮＺＨＥＮ　Huaqiang electronics co ltd", "shenzhen huaqiang electronics"),
        ("Müller & Söhne GmbH & Co. KG", "muller sohne"),
        ("Foo S.p.A.", "foo"),
        ("The Bank of China Limited", "bank china"),
        ("Holding GmbH", "holding"),
        ("Group", "group"),
        ("O'Neill, Inc.", "oneill"),
        ("", ""),
    ],
)
def test_a_name_loses_what_spellings_differ_in(name: str, key: str) -> None:
    assert identity.name_key(name) == key


def test_branches_and_plants_keep_what_makes_them_others() -> None:
    names = ["海尔有限公司", "海尔上海分公司", "海尔第二工厂", "海尔第三工厂"]
    assert len({identity.name_key(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    "number",
    ["0755-88886666", "(0755) 8888 6666", "+86 755 88886666", "0086-755-88886666 转 8001", "86 0755 88886666",
     "０７５５－８８８８６６６６", "+86 (0)755 8888-6666 ext. 12"],
)  # fmt: skip
def test_spellings_of_one_chinese_number_are_one(number: str) -> None:
    assert identity.phone_key(number) == "86:75588886666"


def test_a_number_without_a_code_belongs_to_its_country() -> None:
    assert identity.phone_key("030 12345678", "DE") == identity.phone_key("+49 (0)30 12345678") == "49:3012345678"
    assert identity.phone_key("030 12345678", "CN") != identity.phone_key("030 12345678", "DE")
    assert identity.phone_key("13800138000") == identity.phone_key("8613800138000") == "86:13800138000"


@pytest.mark.parametrize("number", ["", "110", "12345", "0000000", "1111111111", "转 8001"])
def test_what_is_no_number_has_no_form(number: str) -> None:
    assert identity.phone_key(number) == ""


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("https://www.huawei.com/cn/?a=1", "huawei.com"),
        ("li@mail.huawei.com", "huawei.com"),
        ("HTTP://Shop.Example.co.uk:8080/", "example.co.uk"),
        ("a@b.com.cn", "b.com.cn"),
        ("huawei.com", "huawei.com"),
        ("http://user@host.com/x", "host.com"),
        ("x@qq.com", ""),
        ("x@vip.163.com", ""),
        ("https://shop123.taobao.com/", ""),
        ("https://127.0.0.1/", ""),
        ("a@com.cn", ""),
        ("localhost", ""),
        ("", ""),
    ],
)
def test_an_address_gives_the_registered_domain(address: str, domain: str) -> None:
    assert identity.domain_key(address) == domain


def test_a_tax_number_is_folded_and_must_tell_something() -> None:
    assert identity.tax_key(" 91440300 708461136t ") == "91440300708461136T"
    assert identity.tax_key("DE 123-456.789") == "DE123456789"
    assert [identity.tax_key(text) for text in ("", "-", "n/a", "无", "none yet", "12345")] == [""] * 6
