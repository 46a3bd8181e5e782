"""Files of customers and products."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from accounts.models import Customer, Industry
from jobs.imports import mapping
from jobs.imports.registry import import_kinds
from jobs.services import imports
from jobs.services.runs import run_now
from sales.models import Product
from tests import factories
from tests.imports.conftest import Bring
from users.models import Change, ChangeSet, Department, User

pytestmark = pytest.mark.django_db

CUSTOMERS = "客户编码,客户名称,国家,行业,年营业额,备注\n"


def counts(result: dict[str, Any]) -> tuple[int, ...]:
    return tuple(result[name] for name in ("rows", "created", "updated", "unchanged", "rejected"))


@pytest.fixture
def industry() -> Industry:
    return Industry.objects.create(code="IT-T", name_en="Made-up industry", name_zh="虚构行业")


def test_customers_are_created_with_what_the_file_says(bring: Bring, industry: Industry) -> None:
    content = CUSTOMERS + 'K1,华为技术有限公司,中国,虚构行业,"１,２３４.5",=1+1\nK2,Ernst Handel,Austria,it-t,,\n'
    assert counts(bring(content, kind="customers")) == (2, 2, 0, 0, 0)
    first, second = Customer.objects.order_by("code")
    assert (first.name, first.country, first.industry, first.yearly_turnover) == (
        "华为技术有限公司",
        "CN",
        industry,
        Decimal("1234.50"),
    )
    assert first.note == "=1+1"
    assert (second.country, second.industry) == ("AT", industry)
    assert list(Customer.objects.matching("hw")) == [first]


def test_the_same_customers_again_change_nothing(bring: Bring) -> None:
    content = CUSTOMERS + "K1,华为,中国,,5,\n"
    bring(content, kind="customers")
    sets = ChangeSet.objects.count()
    assert counts(bring(content, kind="customers")) == (1, 0, 0, 1, 0)
    assert ChangeSet.objects.count() == sets


def test_known_customers_get_what_differs_and_an_empty_cell_changes_nothing(bring: Bring) -> None:
    bring(CUSTOMERS + "K1,华为,中国,,5,old\n", kind="customers")
    assert counts(bring(CUSTOMERS + "K1,华为技术,中国,,,\n", kind="customers")) == (1, 0, 1, 0, 0)
    row = Customer.objects.get()
    assert (row.name, row.yearly_turnover, row.note, row.version) == ("华为技术", 5, "old", 2)
    change = Change.objects.get(action="update")
    assert (change.before, change.after, change.customer_id) == ({"name": "华为"}, {"name": "华为技术"}, row.pk)
    assert list(Customer.objects.matching("技术")) == [row]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",A,,,,", "客户编码", "The code is missing."),
        ("K1,B,,,,", "客户编码", "The code stands in line 2 already."),
        ("K2,,,,,", "客户名称", "The name is missing."),
        ("K2,B,Atlantis,,,", "国家", "There is no such country."),
        ("K2,B,,Alchemy,,", "行业", "There is no such industry."),
        ("K2,B,,,much,", "年营业额", "This isn't a number."),
        ("K2," + "B" * 201 + ",,,,", "客户名称", "Ensure this value has at most 200 characters (it has 201)."),
    ],
)
def test_a_bad_row_is_named_and_the_rest_kept(bring: Bring, row: str, column: str, reason: str) -> None:
    with translation.override("en"):
        result = bring(CUSTOMERS + "K1,A,,,,\n" + row + "\n", kind="customers")
    assert counts(result) == (2, 1, 0, 0, 1)
    (error,) = result["first_errors"]
    assert (error["line"], error["column"], error["reason"]) == (3, column, reason)


def test_a_wrong_check_character_is_refused(bring: Bring) -> None:
    result = bring("Code,Name,税号\nK1,A,91350100M000100Y44\n", kind="customers")
    assert counts(result) == (1, 0, 0, 0, 1)
    assert result["first_errors"][0]["column"] == "税号"


def test_customers_of_others_are_not_changed(bring: Bring, manager: User, west: Department) -> None:
    factories.customer(code="K1", name="Far", department=west)
    result = bring(CUSTOMERS + "K1,Mine,,,,\nK2,New,,,,\n", kind="customers", by=manager)
    assert counts(result) == (2, 1, 0, 0, 1)
    assert Customer.objects.get(code="K1").name == "Far"
    assert Customer.objects.get(code="K2").owner == manager


def test_an_owner_out_of_reach_is_refused(bring: Bring, manager: User, outsider: User) -> None:
    result = bring("Code,Name,Owner\nK1,A,outsider\n", kind="customers", by=manager)
    assert counts(result) == (1, 0, 0, 0, 1)
    assert not Customer.objects.exists()


def test_a_dry_run_of_customers_writes_nothing(bring: Bring) -> None:
    assert counts(bring(CUSTOMERS + "K1,A,,,,\n", kind="customers", dry_run=True)) == (1, 1, 0, 0, 0)
    assert not Customer.objects.exists()


def test_an_import_of_customers_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.services import customers
    from jobs.imports import records

    monkeypatch.setattr(records, "BATCH", 10)
    content = CUSTOMERS + "".join(f"K{n},Customer {n},,,,\n" for n in range(35)) + "K99,,,,,\n"
    row = imports.receive(kind="customers", name="c.csv", chunks=[content.encode()], by=None)
    run = imports.start(row=row, by=None)
    real, calls = customers.create_many, iter(range(10))

    def stops(**said: Any) -> dict[str, int]:
        if next(calls) == 2:
            raise RuntimeError
        return real(**said)

    monkeypatch.setattr(customers, "create_many", stops)
    assert run_now(run).state == "failed"
    assert Customer.objects.count() == 20
    monkeypatch.setattr(customers, "create_many", real)
    type(run).objects.filter(pk=run.pk).update(state="queued")
    run = run_now(run)
    assert counts(run.result) == (36, 35, 0, 0, 1)
    assert ChangeSet.objects.filter(run_id=run.pk).count() == 1


# ── Products ────────────────────────────────────────────────────────────────

PRODUCTS = "ProductID,ProductName,Category,Unit,Standard cost,UnitPrice,Launched\n"


def test_products_are_created_and_changed(bring: Bring) -> None:
    food = factories.category(code="F", name="Food")
    content = PRODUCTS + 'P1,Chai,food,box,"1,000.5",18,2026年1月5日\nP2,Chang,F,,,,\n'
    assert counts(bring(content, kind="products")) == (2, 2, 0, 0, 0)
    first = Product.objects.get(code="P1")
    assert (first.category, first.standard_cost, first.list_price, first.launched_on) == (
        food,
        Decimal("1000.5"),
        18,
        dt.date(2026, 1, 5),
    )
    assert counts(bring(content, kind="products")) == (2, 0, 0, 2, 0)
    assert counts(bring(PRODUCTS + "P1,Chai,,,,20,\n", kind="products")) == (1, 0, 1, 0, 0)
    first.refresh_from_db()
    assert (first.list_price, first.standard_cost, first.version) == (20, Decimal("1000.5"), 2)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("P1,A,Nothing,,,,", "There is no such category."),
        ("P1,A,,,-1,,", "An amount here isn't below zero."),
        ("P1,A,,,1e13,,", "The number is larger than the field holds."),
        ("P1,A,,,,,5/6/2026", "There is no such date, or it can be read in two ways. Write 2026-11-20."),
    ],
)
def test_bad_products_are_refused(bring: Bring, row: str, reason: str) -> None:
    result = bring(PRODUCTS + row + "\n", kind="products")
    assert counts(result) == (1, 0, 0, 0, 1)
    assert result["first_errors"][0]["reason"] == reason


def test_headers_of_customers_and_products_are_known() -> None:
    kinds = {code: import_kinds.get(code) for code in ("customers", "products")}
    assert mapping.proposed(kinds["customers"], ["CustomerID", "CompanyName", "Country", "地址"]) == {
        "code": "CustomerID",
        "name": "CompanyName",
        "country": "Country",
        "address": "地址",
    }
    assert mapping.proposed(kinds["products"], ["产品编码", "产品名称", "分类", "成本"]) == {
        "code": "产品编码",
        "name": "产品名称",
        "category": "分类",
        "standard_cost": "成本",
    }
