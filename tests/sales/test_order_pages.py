"""The order pages as people use them."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Customer
from crm.lib import dates
from sales.constants import OrderKind, OrderState
from sales.errors import OrderRefused
from sales.models import ExchangeRate, Order, OrderSubmission
from sales.registry import order_checks
from sales.services import orders
from sales.services.order_rules import LineInput, OrderInput
from tests import factories
from users.models import Change, User

pytestmark = pytest.mark.django_db
LIST = reverse("sales:order_list")
NEW = reverse("sales:order_create")


def form(customer_id: int, *lines: dict[str, Any], **header: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "customer": customer_id,
        "ordered_on": "2026-11-20",
        "currency": "CNY",
        "token": str(uuid.uuid4()),
        "lines-INITIAL_FORMS": header.pop("initial", 0),
        "lines-TOTAL_FORMS": len(lines),
    }
    for place, line in enumerate(lines):
        data |= {f"lines-{place}-{name}": value for name, value in line.items()}
    return data | header


LINE = {"description": "Valves", "quantity": "3", "unit_price": "0.335"}


def make(owner: User, account: Customer, **fields: Any) -> Order:
    line = LineInput(Decimal(3), Decimal("0.335"), description="Valves")
    return orders.create_order(
        new=OrderInput(account.pk, dates.start_of_day(dt.date(2026, 11, 20)), [line], **fields), by=owner
    )


def test_an_order_is_entered_and_shown(client: Client, owner: User, account: Customer) -> None:
    client.force_login(owner)
    product = factories.product(name="<script>alert(1)</script>", standard_cost="0.1")
    second = {"product": product.pk, "quantity": "１２", "unit_price": "1,234.50", "discount_percent": "7.5"}
    answer = client.post(NEW, form(account.pk, LINE, second, {}) | {"confirm": "1"}, follow=True)
    order = Order.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("sales:order_detail", args=[order.pk])
    assert (order.state, order.net, order.number) == (OrderState.CONFIRMED, Decimal("13703.96"), "SO-2026-11-0001")
    page = answer.content.decode()
    assert "13,703.96" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_a_form_sent_twice_makes_one_order(client: Client, owner: User, account: Customer) -> None:
    client.force_login(owner)
    data = form(account.pk, LINE)
    first, second = client.post(NEW, data), client.post(NEW, data)
    assert (first.status_code, first.url) == (second.status_code, second.url)  # type: ignore[attr-defined]
    assert Order.objects.count() == 1


def test_a_form_that_was_refused_can_be_sent_again(client: Client, owner: User, account: Customer) -> None:
    client.force_login(owner)
    data = form(account.pk, LINE | {"quantity": "-3"})
    assert client.post(NEW, data).status_code == 422
    assert not OrderSubmission.objects.exists()
    assert client.post(NEW, data | {"lines-0-quantity": "3"}).status_code == 302


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"quantity": "-1"}, "what comes back is entered as a return"),
        ({"quantity": "many"}, "Only a number"),
        ({"description": ""}, "Choose a product or describe"),
        ({"unit_price": "999999999999", "quantity": "999999999999"}, "larger than the books hold"),
        ({"unit_price": "9999999999999"}, "no more than 12 digits"),
        ({"description": "a\x00b"}, "Null characters"),
    ],
)
def test_an_error_stands_at_its_line_and_nothing_is_lost(
    line: dict[str, str], says: str, client: Client, owner: User, account: Customer
) -> None:
    client.force_login(owner)
    answer = client.post(NEW, form(account.pk, LINE, LINE | line, note="Keep me"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert "Row 2" in page
    assert "Keep me" in page
    assert not Order.objects.exists()


def test_a_customer_out_of_scope_is_not_there(client: Client, outsider: User, account: Customer) -> None:
    client.force_login(outsider)
    assert client.post(NEW, form(account.pk, LINE)).status_code == 404
    assert client.get(NEW, {"customer": account.pk}).status_code == 404
    assert account.name not in client.get(reverse("sales:order_contacts"), {"customer": account.pk}).content.decode()
    assert not Order.objects.exists()


def test_an_order_check_is_said_on_the_form(
    client: Client, owner: User, account: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OrderRefused("Over the limit by 559,000")

    monkeypatch.setitem(order_checks._entries, "test", refuse)
    client.force_login(owner)
    answer = client.post(NEW, form(account.pk, LINE) | {"confirm": "1"})
    assert "Over the limit by 559,000" in answer.content.decode()
    assert not Order.objects.exists()


def test_totals_are_computed_by_the_rules_that_save(client: Client, owner: User, account: Customer) -> None:
    client.force_login(owner)
    ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 1, 1), rate="7.1234")
    lines = [LINE | {"tax_percent": "13"}, LINE | {"quantity": "x"}]
    page = client.post(reverse("sales:order_totals"), form(account.pk, *lines, currency="USD")).content.decode()
    assert "USD 1.01" in page
    assert "USD 1.14" in page
    assert "CNY 7.19" in page
    assert "1 line isn&#x27;t complete yet" in page or "1 line isn't complete yet" in page
    assert '<output id="lines-0-net" hx-swap-oob="true">1.01</output>' in page
    assert not Order.objects.exists()


def test_an_order_is_changed(client: Client, owner: User, account: Customer) -> None:
    order = make(owner, account)
    client.force_login(owner)
    url = reverse("sales:order_edit", args=[order.pk])
    assert "Valves" in client.get(url).content.decode()
    first = LINE | {"position": "1", "quantity": "4"}
    gone = LINE | {"DELETE": "on"}
    answer = client.post(url, form(account.pk, first, gone, LINE, initial=1, version=1))
    assert answer.status_code == 302
    assert list(order.lines.values_list("position", "quantity")) == [(1, Decimal(4)), (2, Decimal(3))]


def test_who_comes_second_sees_what_the_other_changed(
    client: Client, owner: User, manager: User, account: Customer
) -> None:
    order = make(owner, account, note="before")
    seen = Change.objects.latest("pk").pk
    theirs = [LineInput(Decimal(9), Decimal(1), description="Valves", position=1)]
    new = OrderInput(account.pk, order.ordered_at, theirs, note="theirs", promised_on=dt.date(2026, 12, 1))
    orders.update_order(order_id=order.pk, version=1, new=new, by=manager)
    client.force_login(owner)
    data = form(account.pk, LINE | {"position": "1"}, initial=1, version=1, seen=seen, note="mine")
    answer = client.post(reverse("sales:order_edit", args=[order.pk]), data)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Manager changed this order while you were editing" in page
    assert 'value="mine"' in page  # what both changed keeps the caller's entry
    assert 'value="2026-12-01"' in page  # what only they changed is taken over
    assert 'lines-0-quantity" value="9"' in page  # the caller left the lines alone: theirs stand
    assert 'name="version" value="2"' in page
    order.refresh_from_db()
    assert (order.note, order.version) == ("theirs", 2)


def test_lines_changed_by_both_stay_the_callers_and_say_so(
    client: Client, owner: User, manager: User, account: Customer
) -> None:
    order = make(owner, account)
    seen = Change.objects.latest("pk").pk
    theirs = [LineInput(Decimal(9), Decimal(1), description="Valves", position=1)]
    new = OrderInput(account.pk, order.ordered_at, theirs)
    orders.update_order(order_id=order.pk, version=1, new=new, by=manager)
    client.force_login(owner)
    data = form(account.pk, LINE | {"position": "1", "quantity": "5"}, initial=1, version=1, seen=seen)
    page = client.post(reverse("sales:order_edit", args=[order.pk]), data).content.decode()
    assert "saving replaces theirs" in page
    assert 'lines-0-quantity" value="5"' in page
    again = data | {"version": 2, "seen": Change.objects.latest("pk").pk}
    assert client.post(reverse("sales:order_edit", args=[order.pk]), again).status_code == 302
    assert order.lines.get().quantity == 5


@pytest.mark.parametrize(("who", "edit"), [("outsider", 404), ("colleague", 404), ("executive", 403), ("owner", 200)])
def test_pages_of_an_order_keep_to_scope_and_right(
    who: str, edit: int, client: Client, owner: User, account: Customer, request: pytest.FixtureRequest
) -> None:
    order = make(owner, account, state=OrderState.CONFIRMED)
    client.force_login(request.getfixturevalue(who))
    seen = 404 if edit == 404 else 200
    assert client.get(reverse("sales:order_detail", args=[order.pk])).status_code == seen
    for name in ("sales:order_edit", "sales:order_return"):
        assert client.get(reverse(name, args=[order.pk])).status_code == edit
    step = client.post(reverse("sales:order_step", args=[order.pk, "complete"]), {"version": 1})
    assert step.status_code == (302 if edit == 200 else edit)
    order.refresh_from_db()
    assert order.state == (OrderState.COMPLETED if edit == 200 else OrderState.CONFIRMED)


def test_a_step_nobody_knows_is_not_there(client: Client, owner: User, account: Customer) -> None:
    order = make(owner, account)
    client.force_login(owner)
    assert client.post(reverse("sales:order_step", args=[order.pk, "burn"]), {"version": 1}).status_code == 404


def test_goods_are_taken_back_once(client: Client, owner: User, account: Customer) -> None:
    order = make(owner, account, state=OrderState.COMPLETED)
    client.force_login(owner)
    url = reverse("sales:order_return", args=[order.pk])
    data = {"returned_on": "2026-11-22", "token": str(uuid.uuid4()), "line-1": "2"}
    for _ in range(2):
        assert client.post(url, data).status_code == 302
    assert Order.objects.get(kind=OrderKind.RETURN).net == Decimal("-0.67")
    answer = client.post(url, data | {"token": str(uuid.uuid4())})
    assert answer.status_code == 422
    assert "At most 1 can still come back" in answer.content.decode()
    assert client.post(url, {"returned_on": "2026-11-22", "token": str(uuid.uuid4())}).status_code == 422


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"A-1", "A-2", "A-3"}),
        ("?q=A-1", {"A-1"}),
        ("?q=huawei", {"A-1", "A-2", "A-3"}),
        ("?q=%00", {"A-1", "A-2", "A-3"}),
        ("?state=counting", {"A-1", "A-2"}),
        ("?state=draft", {"A-3"}),
        ("?kind=return", {"A-2"}),
        ("?flag=unmatched", {"A-2"}),
        ("?flag=no_rate", {"A-3"}),
        ("?first=2026-11-02&last=2026-11-02", {"A-2"}),
        ("?source=erp", {"A-2"}),
        ("?currency=usd", {"A-3"}),
        ("?customer=999999999999999999999", {"A-1", "A-2", "A-3"}),
        ("?customer=4242", set()),
        ("?first=never&state=x&flag=y", {"A-1", "A-2", "A-3"}),
    ],
)
def test_the_list_is_filtered_and_keeps_to_scope(
    query: str, found: set[str], client: Client, owner: User, account: Customer
) -> None:
    day = dt.date(2026, 11, 1)
    factories.order(account, on=day, number="A-1")
    factories.order(account, "-5", on=day + dt.timedelta(days=1), number="A-2", source="erp", is_unmatched=True)
    factories.order(account, on=day, number="A-3", state="draft", currency="USD", base_minor=None)
    factories.order(factories.customer(), number="A-4")
    client.force_login(owner)
    page = client.get(LIST + query).content.decode()
    assert {number for number in ("A-1", "A-2", "A-3", "A-4") if f">{number}<" in page} == found


def test_the_list_pages_by_keys_and_answers_htmx_with_the_list_alone(
    client: Client, owner: User, account: Customer
) -> None:
    for n in range(60):
        factories.order(account, on=dt.date(2026, 10, 1) + dt.timedelta(days=n // 2))
    client.force_login(owner)
    first = client.get(LIST)
    assert "Rows 1–50 of <b>60</b>" in first.content.decode()
    page = first.context["page"]
    second = client.get(LIST, {"after": page.next}, headers={"HX-Request": "true", "HX-Target": "list"})
    assert len(second.context["page"].rows) == 10
    assert "<html" not in second.content.decode()
    assert not {row.pk for row in page.rows} & {row.pk for row in second.context["page"].rows}


@pytest.mark.parametrize("count", [1, 30])
def test_pages_take_the_same_number_of_queries_for_one_row_and_many(
    count: int, client: Client, owner: User, account: Customer, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        factories.order(account)
    client.force_login(owner)
    with django_assert_max_num_queries(9):
        client.get(LIST)
    with django_assert_max_num_queries(20):
        client.get(reverse("sales:order_detail", args=[Order.objects.latest("pk").pk]))
