"""What tells one organisation from another, brought to one form: names, tax numbers, phones, domains.

Two spellings of the same thing have the same form; see docs/algorithms/duplicates.md for the rules and a table.
"""

import re
import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words for a company's form, as they stand at the end of a name written without spaces; longer ones first.
_FORMS_TIGHT = tuple(
    sorted(
        _words(
            "有限责任公司 股份有限责任公司 有限責任公司 股份有限公司 有限公司 责任公司 股份公司 总公司 總公司 公司 "
            "控股集团 集团 集團 控股 株式会社 有限会社 合同会社 주식회사 유한회사"
        ),
        key=len,
        reverse=True,
    )
)
_FORMS_AHEAD = ("株式会社", "有限会社", "合同会社", "주식회사")
# The same for names written in words; abbreviations without their dots.
_FORMS_WORDS = _words(
    "co company corp corporation inc incorporated ltd limited llc llp lp plc coltd gmbh mbh ag kg kgaa ohg ug se eg "
    "ev sa sas sasu sarl srl spa sl slu bv nv vof ab as asa aps oy oyj pty pte pvt private sdn bhd kk oao ooo zao "
    "jsc ao doo sro zoo sp holding holdings group"
)
_JOINERS = frozenset({"and", "und", "et", "y", "the", "of"})
# 深圳市X and 深圳X are one name: the word for city or province behind a leading place. Not where it is part
# of a word: 超市, 城市, 门市, 夜市, 集市, 菜市, 股市, 上市, 楼市, 花市.
_PLACE_SUFFIX = re.compile(r"^(\w{2,3}?)(?<![超城门夜集菜股上楼花])[市省](?=\w{2})")
_TIGHT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NUMBERS = re.compile(r"\d+|[一二三四五六七八九十]")

_EXTENSION = re.compile(r"(?:ext\.?|extension|x|转|轉|分机|#|,|;|/|或)\s*\d*.*$", re.IGNORECASE)
_CALLING_CODES = {
    "AU": "61", "AT": "43", "BE": "32", "BR": "55", "CA": "1", "CH": "41", "CN": "86", "CZ": "420", "DE": "49",
    "DK": "45", "ES": "34", "FI": "358", "FR": "33", "GB": "44", "HK": "852", "ID": "62", "IE": "353", "IN": "91",
    "IT": "39", "JP": "81", "KR": "82", "MO": "853", "MX": "52", "MY": "60", "NL": "31", "NO": "47", "PL": "48",
    "PT": "351", "RU": "7", "SE": "46", "SG": "65", "TH": "66", "TW": "886", "US": "1", "VN": "84", "ZA": "27",
}  # fmt: skip
_SHORTEST_PHONE = 7

# Addresses that anybody can have: they tell nothing about the organisation.
_FREE_MAIL = _words(
    "qq.com vip.qq.com foxmail.com 163.com 126.com yeah.net vip.163.com 188.com sina.com sina.cn sohu.com 139.com "
    "189.cn wo.cn 21cn.com tom.com aliyun.com 263.net gmail.com googlemail.com outlook.com hotmail.com live.com "
    "msn.com yahoo.com icloud.com me.com mac.com aol.com proton.me protonmail.com gmx.de gmx.net gmx.com web.de "
    "t-online.de freenet.de mail.ru yandex.ru yandex.com naver.com daum.net hanmail.net zoho.com mail.com "
    "orange.fr wanadoo.fr free.fr libero.it"
)
# Places where many organisations have their page.
_PLATFORMS = _words(
    "taobao.com tmall.com 1688.com alibaba.com jd.com weibo.com made-in-china.com hc360.com facebook.com linkedin.com "
    "instagram.com x.com twitter.com youtube.com github.io wixsite.com wordpress.com blogspot.com shopify.com "
    "myshopify.com weebly.com sites.google.com google.com amazon.com ebay.com baidu.com"
)
# Registries that give out names on the third level.
_SECOND_LEVEL = frozenset({"com", "net", "org", "gov", "edu", "ac", "co", "or", "ne", "go", "gob", "ltd", "plc"})


def name_key(name: str) -> str:
    """A name without what spellings differ in: width, case, accents, punctuation, spaces, the company's form.

    Words of a name in Latin letters stay apart by one space. A name that is nothing but a form is kept.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    if _TIGHT.search(folded):
        return _tight_key(folded)
    plain = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    plain = plain.replace("ß", "ss").replace(".", "").replace("'", "").replace("’", "")
    words = re.sub(r"[^\w]+", " ", plain.replace("_", " ")).split()
    return " ".join(_without_forms([word for word in words if word not in _JOINERS] or words))


def _tight_key(folded: str) -> str:
    text = re.sub(r"[\W_]+", "", folded)
    kept = text
    for form in _FORMS_AHEAD:
        kept = kept.removeprefix(form)
    while True:
        form = next((form for form in _FORMS_TIGHT if kept.endswith(form)), "")
        if not form or kept == form:
            break
        kept = kept.removesuffix(form)
    return _PLACE_SUFFIX.sub(r"\1", kept) or text


def _without_forms(words: list[str]) -> list[str]:
    kept = list(words)
    while len(kept) > 1 and kept[-1] in _FORMS_WORDS:
        kept.pop()
    return kept


def sorted_words(key: str) -> str:
    """A name key with its words in alphabetical order: "huaqiang shenzhen" and "shenzhen huaqiang" are one."""
    return " ".join(sorted(key.split()))


def numbers_in(key: str) -> list[str]:
    """The numbers of a name, in figures or Chinese: No. 2 plant and No. 3 plant are not the same."""
    return _NUMBERS.findall(key)


def tax_key(number: str) -> str:
    """A tax number in plain capitals and figures; empty where it has too few to tell anything."""
    folded = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", number).upper())
    return folded if len(folded) >= 6 and any(c.isdigit() for c in folded) else ""


def phone_key(number: str, country: str = "CN") -> str:
    """A phone number as country code and subscriber number in figures; empty where it is too short.

    Without + or 00 a number belongs to `country`. Extensions are left out. 0755-8888 6666, (0755) 88886666
    and +86 755 88886666 have one form.
    """
    text = _EXTENSION.sub("", unicodedata.normalize("NFKC", number).strip().replace("(0)", ""))
    international = text.startswith(("+", "00"))
    digits = re.sub(r"\D", "", text)
    code = _CALLING_CODES.get(country.upper(), "")
    if international:
        digits = digits.removeprefix("00")
        known = next((c for c in sorted(_CALLING_CODES.values(), key=len, reverse=True) if digits.startswith(c)), "")
        code, digits = known, digits.removeprefix(known)
    elif code == "86" and len(digits) >= 12 and digits.startswith("86"):
        digits = digits.removeprefix("86")
    digits = digits.lstrip("0")
    return f"{code}:{digits}" if len(digits) >= _SHORTEST_PHONE and len(set(digits)) > 2 else ""


def domain_key(address: str) -> str:
    """The registered domain of an e-mail or web address; empty for free mail and for platforms of many."""
    text = unicodedata.normalize("NFKC", address).strip().lower()
    host = text.rsplit("@", 1)[-1] if "@" in text and "://" not in text else text.split("://", 1)[-1]
    host = re.split(r"[/?#]", host, maxsplit=1)[0].rsplit("@", 1)[-1].split(":", 1)[0].strip(".")
    labels = [label for label in host.split(".") if label]
    if len(labels) < 2 or all(label.isdigit() for label in labels):
        return ""
    deep = len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2
    domain = ".".join(labels[-3 if deep else -2 :])
    return "" if {domain, host, host.removeprefix("www.")} & (_FREE_MAIL | _PLATFORMS) or _is_suffix(labels) else domain


def _is_suffix(labels: list[str]) -> bool:
    return len(labels) == 2 and labels[0] in _SECOND_LEVEL and len(labels[1]) == 2
