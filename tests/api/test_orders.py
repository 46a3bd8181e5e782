"""Orders through the API: alone and by the thousand, once each."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.db import connection

from accounts.models import Customer
from sales.errors import OrderRefused
from sales.models import ExchangeRate, Order, OrderLine, RollupMark
from sales.registry import order_checks
from tests import factories
from tests.api.conftest import Api, an_order, assert_problem, program
from users.models import Change, ChangeSet, Department, ExternalId, KeptAnswer
from users.services import kept_answers

pytestmark = pytest.mark.django_db


def line(**other: Any) -> dict[str, Any]:
    return {"description": "Goods", "quantity": "2", "unit_price": "10.50"} | other


def test_an_order_is_created_with_its_lines(api: Api, account: Customer) -> None:
    product = factories.product(code="P-1", standard_cost=Decimal(3))
    lines = [line(), {"product_code": "P-1", "quantity": 3, "unit_price": 9.99, "discount_percent": 10}]
    said = an_order(account, source="erp", number="A-1", state="confirmed", lines=lines)
    made = api.post("orders", said)
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["net"], body["base_net"], body["ordered_on"]) == ("47.970", "47.97", "2026-10-05")
    assert [row["net"] for row in body["lines"]] == ["21.000", "26.970"]
    assert body["lines"][1]["product_id"] == product.pk
    read = api.get(made["Location"]).json()
    assert read == body
    assert RollupMark.objects.filter(customer_id=account.pk).count() == 1
    change = Change.objects.get(model="sales.order", object_id=body["id"])
    assert (change.change_set.cause, change.change_set.actor) == ("api", api.user)


def test_the_customer_is_named_by_id_code_or_external_id(api: Api, account: Customer) -> None:
    ExternalId.objects.create(resource="customer", source="erp", external_id="77", object_id=account.pk)
    bare = {name: value for name, value in an_order(account).items() if name != "customer_id"}
    for named in ({"customer_code": account.code}, {"customer_external_id": "77", "source": "erp"}):
        assert api.post("orders", bare | named).json()["customer_id"] == account.pk
    assert_problem(api.post("orders", bare), 400, "/customer_id")
    both = bare | {"customer_code": account.code, "customer_id": account.pk}
    assert_problem(api.post("orders", both), 400, "/customer_id")
    assert_problem(api.post("orders", bare | {"customer_code": "none"}), 400, "/customer_code")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [line(quantity="0")]}, "/lines/0/quantity"),
        ({"lines": [line(), line(unit_price="-1")]}, "/lines/1/unit_price"),
        ({"lines": [line(product_code="none")]}, "/lines/0/product_code"),
        ({"lines": [line(product_id=999)]}, "/lines/0/product_id"),
        ({"lines": [line(description="")]}, "/lines/0/product_id"),
        ({"lines": [line(quantity="99999999999.9", unit_price="99999999999.9")]}, "/lines/0"),
        ({"currency": "usd"}, "/currency"),
        ({"contact_id": 999}, "/contact_id"),
        ({"promised_on": "2020-01-01"}, "/promised_on"),
        ({"ordered_at": "9999-12-31T23:59:59Z"}, "/ordered_at"),
        ({"ordered_at": "yesterday"}, "/ordered_at"),
        ({"kind": "gift"}, "/kind"),
        ({"number": "a" * 61}, "/number"),
    ],
)
def test_what_does_not_fit_is_pointed_at_and_nothing_is_written(
    api: Api, account: Customer, wrong: dict[str, Any], pointer: str
) -> None:
    assert_problem(api.post("orders", an_order(account, **wrong)), 400, pointer)
    assert not Order.objects.exists()
    assert not ChangeSet.objects.filter(cause="api").exists()


def test_a_number_is_its_sources_own_for_ever(api: Api, account: Customer) -> None:
    said = an_order(account, source="erp", number="A-1")
    assert api.post("orders", said).status_code == 201
    assert_problem(api.post("orders", said), 409, "/number")
    assert api.post("orders", said | {"source": "shop"}).status_code == 201
    assert Order.objects.count() == 2


def test_an_order_is_changed_at_its_version(api: Api, account: Customer) -> None:
    made = api.post("orders", an_order(account, lines=[line(), line(description="More")]))
    path = made["Location"]
    assert_problem(api.patch(path, {"note": "x"}), 428)
    assert_problem(api.patch(path, {"note": "x"}, If_Match='"v9"'), 412)
    changed = api.patch(path, {"note": "x"}, If_Match=made["ETag"])
    assert (changed.json()["note"], len(changed.json()["lines"]), changed["ETag"]) == ("x", 2, '"v2"')
    fewer = api.patch(path, {"lines": [line(quantity="1")]}, If_Match='"v2"')
    assert fewer.json()["net"] == "10.500"
    assert_problem(api.patch(path, {"state": "completed"}, If_Match="*"), 400, "/state")
    assert_problem(api.patch(path, {"number": "other"}, If_Match="*"), 400, "/number")
    assert_problem(api.patch(path, {"lines": [{}]}, If_Match="*"), 400, "/lines/0/quantity", "/lines/0/unit_price")


def test_steps_lead_through_the_states(api: Api, account: Customer) -> None:
    made = api.post("orders", an_order(account))
    path = f"{made['Location']}/steps"
    assert api.post(path, {"step": "confirm"}).json()["state"] == "confirmed"
    assert_problem(api.post(path, {"step": "confirm"}), 409)
    assert_problem(api.post(path, {"step": "ship"}, If_Match='"v1"'), 412)
    assert api.post(path, {"step": "ship"}, If_Match='"v2"').json()["state"] == "shipped"


def test_goods_come_back_at_most_once(api: Api, account: Customer) -> None:
    made = api.post("orders", an_order(account, state="confirmed"))
    path = f"{made['Location']}/returns"
    said = {"returned_at": "2026-10-20T10:00:00+08:00", "lines": [{"position": 1, "quantity": "2"}]}
    back = api.post(path, said)
    assert (back.status_code, back.json()["net"], back.json()["original_id"]) == (201, "-21.000", made.json()["id"])
    assert_problem(api.post(path, said), 400, "/lines/0/quantity")


def test_an_upsert_creates_once_and_then_follows_state_and_lines(api: Api, account: Customer) -> None:
    path = "orders/by-external/erp/SO 1"
    made = api.put(path, an_order(account, state="confirmed"))
    assert (made.status_code, made.json()["number"]) == (201, "SO 1")
    again = api.put(path, an_order(account, state="completed", lines=[line(quantity="5")]))
    assert (again.status_code, again.json()["state"], again.json()["net"]) == (200, "completed", "52.500")
    assert again.json()["id"] == made.json()["id"]
    assert_problem(api.put(path, an_order(account, state="draft")), 409)
    assert api.get(path).json()["state"] == "completed"


def test_an_upsert_of_another_reachs_order_neither_reads_nor_writes(
    api: Api, western: Api, account: Customer, west: Department
) -> None:
    api.put("orders/by-external/erp/1", an_order(account, note="Kanarienvogel"))
    theirs = factories.customer(department=west)
    answer = western.put("orders/by-external/erp/1", an_order(theirs))
    assert_problem(answer, 409, "/number")
    assert "Kanarienvogel" not in answer.content.decode()
    assert Order.objects.get().customer_id == account.pk


# ── Many at once ────────────────────────────────────────────────────────────


def test_many_orders_have_a_result_each_and_a_bad_one_loses_no_other(
    api: Api, account: Customer, west: Department
) -> None:
    api.post("orders", an_order(account, source="erp", number="taken"))
    given = [
        an_order(account, source="erp", number="1", state="confirmed"),
        an_order(account, source="erp", number="taken"),
        an_order(account, lines=[line(quantity="0")]),
        {"nonsense": 1},
        "not even an order",
        an_order(account, customer_id=999_999),
        an_order(account, source="erp", number="1"),
        an_order(account),
    ]
    answer = api.post("orders/bulk", {"orders": given})
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert [row["status"] for row in said["results"]] == [201, 409, 400, 400, 400, 400, 409, 201]
    assert (said["created"], said["kept"], said["failed"]) == (2, 0, 6)
    pointers = [[e["pointer"] for e in row["problem"]["errors"]] if row["problem"] else [] for row in said["results"]]
    assert pointers[1:4] == [["/number"], ["/lines/0/quantity"], ["/nonsense", "/ordered_at", "/lines"]] or pointers[3]
    assert Order.objects.count() == 3
    assert Order.objects.get(pk=said["results"][7]["id"]).number == said["results"][7]["number"]


def test_many_orders_come_out_as_one_by_one(api: Api, account: Customer) -> None:
    ExchangeRate.objects.create(currency="USD", day="2026-01-01", rate=Decimal("7.1234"))
    factories.product(code="P-1", standard_cost=Decimal("3.25"))
    said = [
        an_order(
            account,
            source="erp",
            number=f"N-{place}",
            state="confirmed",
            currency="USD",
            note="tab\tand\nline \\ and \\N",
            lines=[line(unit_price="3.333333"), {"product_code": "P-1", "quantity": "1.5", "unit_price": "7.77"}],
        )
        for place in range(25)
    ]
    alone = api.post("orders", said[0]).json()
    answer = api.post("orders/bulk", {"orders": said[1:]}).json()
    assert answer["created"] == 24
    many = api.get(f"orders/{answer['results'][3]['id']}").json()
    differing = {name for name in alone if alone[name] != many[name]}
    assert differing == {"id", "number", "created_at", "updated_at"}
    assert OrderLine.objects.filter(cost_minor=488).count() == 25


def test_many_orders_take_few_statements(api: Api, account: Customer, django_assert_max_num_queries: Any) -> None:
    api.get("me")
    for count in (30, 90):
        given = [an_order(account, source="erp", number=f"{count}-{n}", state="confirmed") for n in range(count)]
        with django_assert_max_num_queries(24):
            assert api.post("orders/bulk", {"orders": given}).json()["created"] == count


def test_numbers_that_exist_are_kept_if_that_is_asked_for(api: Api, western: Api, account: Customer) -> None:
    given = [an_order(account, source="erp", number=str(n)) for n in range(3)]
    first = api.post("orders/bulk", {"orders": given[:2]}).json()
    second = api.post("orders/bulk", {"orders": given, "existing": "keep"}).json()
    assert [row["status"] for row in second["results"]] == [200, 200, 201]
    assert [row["id"] for row in second["results"][:2]] == [row["id"] for row in first["results"]]
    assert Order.objects.count() == 3


def test_the_number_of_orders_in_a_call_is_bounded(api: Api) -> None:
    assert_problem(api.post("orders/bulk", {"orders": [1] * 5_001}), 400, "/orders")
    assert_problem(api.post("orders/bulk", {"orders": []}), 400, "/orders")


def test_a_check_refuses_one_of_many(api: Api, account: Customer) -> None:
    def check(order: Order, _act: Any, _by: Any) -> None:
        if order.number == "bad":
            raise OrderRefused("over the limit")

    with mock.patch.dict(order_checks._entries, {"test": check}):
        given = [an_order(account, source="erp", number=name, state="confirmed") for name in ("good", "bad", "fine")]
        said = api.post("orders/bulk", {"orders": given}).json()
        assert [row["status"] for row in said["results"]] == [201, 422, 201]
        assert "over the limit" in said["results"][1]["problem"]["detail"]
        assert set(Order.objects.values_list("number", flat=True)) == {"good", "fine"}
        assert_problem(api.post("orders", given[1]), 422)
    assert not OrderLine.objects.exclude(order__number__in=["good", "fine"]).exists()


def test_a_broken_last_write_of_many_saves_nothing(api: Api, account: Customer) -> None:
    with mock.patch("sales.services.order_writing.emit", side_effect=RuntimeError):
        answer = api.post("orders/bulk", {"orders": [an_order(account) for _ in range(30)]}, Idempotency_Key="k")
    assert_problem(answer, 500)
    assert not Order.objects.exists()
    assert not KeptAnswer.objects.exists()


# ── Once ────────────────────────────────────────────────────────────────────


def test_the_same_call_is_answered_byte_for_byte_and_does_nothing(api: Api, account: Customer) -> None:
    first = api.post("orders", an_order(account), Idempotency_Key="k-1")
    reordered = dict(reversed(list(an_order(account).items())))
    again = api.post("orders", reordered, Idempotency_Key="k-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Order.objects.count() == 1


def test_a_key_of_another_call_is_refused(api: Api, account: Customer) -> None:
    api.post("orders", an_order(account), Idempotency_Key="k-1")
    assert_problem(api.post("orders", an_order(account, note="x"), Idempotency_Key="k-1"), 422)
    assert_problem(api.post("orders/bulk", {"orders": [an_order(account)]}, Idempotency_Key="k-1"), 422)
    assert Order.objects.count() == 1
    other = program()
    assert other.post("orders", an_order(account), Idempotency_Key="k-1").status_code == 201


def test_a_refused_call_may_be_corrected_under_its_key(api: Api, account: Customer) -> None:
    assert_problem(api.post("orders", an_order(account, currency="x"), Idempotency_Key="k-1"), 400)
    assert api.post("orders", an_order(account), Idempotency_Key="k-1").status_code == 201


@pytest.mark.parametrize("key", ["", "a" * 256, "with space", "ключ"])
def test_a_key_is_visible_ascii(api: Api, account: Customer, key: str) -> None:
    assert_problem(api.post("orders", an_order(account), Idempotency_Key=key), 400)
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_call_on_its_way_is_said_to_be(account: Customer) -> None:
    api = program()
    held = connection.copy()
    try:
        with held.cursor() as cursor:
            name = f"answer {api.user.pk} k-1"
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        answer = api.post("orders", an_order(account), Idempotency_Key="k-1")
        assert_problem(answer, 409)
        assert answer["Retry-After"] == "1"
        assert not Order.objects.exists()
    finally:
        held.close()
    assert api.post("orders", an_order(account), Idempotency_Key="k-1").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_many_same_calls_at_once_one_writes(account: Customer) -> None:
    api = program(rate_per_minute=60_000)
    names = [str(uuid.uuid4()) for _ in range(8)]

    def post(name: str) -> tuple[str, int, bytes]:
        try:
            answer = Api(api.key, api.token).post("orders", an_order(account, note=name), Idempotency_Key=name)
            return name, answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(post, names * 6))
    assert {status for _name, status, _content in answers} <= {201, 409}
    assert Order.objects.count() == len(names)
    for name in names:
        assert len({content for one, status, content in answers if one == name and status == 201}) == 1


def test_kept_answers_go_after_thirty_days(api: Api, account: Customer) -> None:
    api.post("orders", an_order(account), Idempotency_Key="k-1")
    assert kept_answers.prune() == 0
    KeptAnswer.objects.update(created_at="2020-01-01T00:00:00Z")
    assert kept_answers.prune() == 1


def test_products_categories_and_rates(api: Api, reader: Api) -> None:
    category = api.post("categories", {"code": "C", "name": "Pumps"}).json()
    made = api.post("products", {"code": "P-1", "name": "Pump", "category_id": category["id"], "list_price": 12.5})
    assert made.status_code == 201, made.content
    assert_problem(api.post("products", {"code": "P-1", "name": "Again"}), 400, "/code")
    assert_problem(api.post("products", {"code": "P-2", "name": "x", "category_id": 999}), 400, "/category_id")
    changed = api.patch(made["Location"], {"is_active": False}, If_Match='"v1"').json()
    assert (changed["is_active"], changed["list_price"]) == (False, "12.500000")
    assert_problem(reader.patch(made["Location"], {"is_active": True}, If_Match="*"), 403)
    rate = api.post("rates", {"currency": "USD", "day": "2026-01-01", "rate": "7.1"})
    assert rate.status_code == 201, rate.content
    assert_problem(api.post("rates", {"currency": "USD", "day": "2026-01-01", "rate": "7"}), 400, "/day")
    assert api.patch(rate["Location"], {"rate": "7.2"}, If_Match='"v1"').json()["rate"] == "7.20000000"
    assert [row["code"] for row in api.get("products?is_active=false").json()["results"]] == ["P-1"]
