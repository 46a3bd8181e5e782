"""Creating and changing orders: what is written with them, what is refused."""

import datetime as dt
import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.models import Customer
from crm.lib import dates
from jobs.models import OutboxEvent, Subscription
from sales.constants import OrderKind, OrderState
from sales.errors import OrderInvalid, OrderRefused, OrdersInvalid, Stale, StepNotAllowed
from sales.models import ExchangeRate, Order, OrderLine, RollupMark
from sales.registry import Act, order_checks
from sales.services import orders
from sales.services.order_rules import LineInput, OrderInput
from tests import factories
from users.models import Change, ChangeSet, User

pytestmark = pytest.mark.django_db
D = Decimal
DAY = dt.date(2026, 11, 20)


def line(quantity: str = "2", price: str = "50", **fields: Any) -> LineInput:
    return LineInput(D(quantity), D(price), **{"description": "Valves"} | fields)


def order_of(customer: Customer, *lines: LineInput, **fields: Any) -> OrderInput:
    at = dates.start_of_day(DAY) + dt.timedelta(hours=9)
    return OrderInput(customer.pk, at, lines or (line(),), **fields)


def as_input(order: Order, **fields: Any) -> OrderInput:
    lines = [
        LineInput(
            row.quantity,
            row.unit_price,
            product_id=row.product_id,
            description=row.description,
            discount_percent=row.discount_percent,
            position=row.position,
            original_position=row.original_position,
        )
        for row in order.lines.all()
    ]
    return replace(
        OrderInput(
            order.customer_id, order.ordered_at, lines, kind=order.kind, currency=order.currency, note=order.note
        ),
        **fields,
    )


def test_an_order_is_saved_with_lines_amounts_log_mark_and_event(owner: User, account: Customer) -> None:
    Subscription.objects.create(kinds=["order.created"], target="https://erp.example/hook")
    product = factories.product(standard_cost="30")
    new = order_of(
        account, line("2", "50.005", product_id=product.pk, description=""), line(), state=OrderState.CONFIRMED
    )
    order = orders.create_order(new=new, by=owner)
    order.refresh_from_db()
    first, second = order.lines.all()
    assert (first.net, first.base_minor, first.unit_cost, first.cost_minor) == (D("100.01"), 10001, D(30), 6000)
    assert (second.net, second.cost_minor) == (D(100), None)
    assert (order.net, order.base_minor, order.currency, order.ordered_on) == (D("200.01"), 20001, "CNY", DAY)
    assert (order.number, order.source) == ("SO-2026-11-0001", "keystone")
    assert list(RollupMark.objects.values_list("customer_id", "day")) == [(account.pk, DAY)]
    change = Change.objects.get(model="sales.order")
    assert (change.object_id, change.customer_id, change.change_set.actor) == (order.pk, account.pk, owner)
    assert [row["net"] for row in change.after["lines"]] == ["100.01", "100"]
    event = OutboxEvent.objects.get()
    assert (event.kind, event.customer_id, event.payload["net"]) == ("order.created", account.pk, "200.01")


def test_a_draft_marks_nothing(owner: User, account: Customer) -> None:
    orders.create_order(new=order_of(account), by=owner)
    assert not RollupMark.objects.exists()


def test_if_the_last_write_fails_nothing_is_saved(
    owner: User, account: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("jobs.services.outbox.emit_many", break_down)
    with pytest.raises(RuntimeError):
        orders.create_order(new=order_of(account, state=OrderState.CONFIRMED), by=owner)
    assert not Order.objects.exists()
    assert not ChangeSet.objects.exists()
    assert not RollupMark.objects.exists()


def test_an_order_check_undoes_the_whole_act(owner: User, account: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Act, Decimal]] = []

    def no_more_than_150(order: Order, act: Act, by: User) -> None:
        seen.append((act, order.net))
        if order.net > 150:
            raise OrderRefused("over the limit")

    monkeypatch.setitem(order_checks._entries, "test", no_more_than_150)
    order = orders.create_order(new=order_of(account, state=OrderState.CONFIRMED), by=owner)
    more = as_input(order, lines=[line("4", "50", position=1)])
    with pytest.raises(OrderRefused, match="over the limit"):
        orders.update_order(order_id=order.pk, version=1, new=more, by=owner)
    order.refresh_from_db()
    assert (order.net, order.version) == (D(100), 1)
    assert seen == [(Act.CONFIRM, D(100)), (Act.CHANGE, D(200))]


@pytest.mark.parametrize("who", ["colleague", "outsider"])
def test_a_customer_out_of_sight_is_not_found(who: str, account: Customer, request: pytest.FixtureRequest) -> None:
    with pytest.raises(Customer.DoesNotExist):
        orders.create_order(new=order_of(account), by=request.getfixturevalue(who))
    assert not Order.objects.exists()


@pytest.mark.parametrize("who", ["controller", "executive", "steward"])
def test_who_only_reads_orders_may_not_write_them(who: str, account: Customer, request: pytest.FixtureRequest) -> None:
    with pytest.raises(PermissionDenied):
        orders.create_order(new=order_of(account), by=request.getfixturevalue(who))
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (line("-1"), "quantity"),
        (line("0"), "quantity"),
        (line("1.00001"), "quantity"),
        (line("1", "-5"), "unit_price"),
        (line("1", "5", discount_percent=D("100.5")), "discount_percent"),
        (line("1", "5", description=""), "product"),
        (line("1", "5", product_id=999_999), "product"),
        (line("1", "5", description="a\x00b"), "description"),
        (line("1", "5", description="x" * 201), "description"),
        (line("NaN", "5"), "quantity"),
        (line("9999999999999", "5"), "quantity"),
        (line("999999999999", "999999999999"), ""),
    ],
)
def test_a_bad_line_is_named_with_its_field(bad: LineInput, field: str, owner: User, account: Customer) -> None:
    with pytest.raises(OrderInvalid) as error:
        orders.create_order(new=order_of(account, line(), bad), by=owner)
    assert list(error.value.lines) == [1]
    assert list(error.value.lines[1]) == [field]
    assert not Order.objects.exists()


def test_the_header_is_checked_too(owner: User, account: Customer) -> None:
    stranger = factories.contact(factories.customer())
    new = order_of(account, currency="usd", contact_id=stranger.pk, promised_on=dt.date(2026, 11, 1), number="a\x00")
    with pytest.raises(OrderInvalid) as error:
        orders.create_order(new=replace(new, lines=[]), by=owner)
    assert set(error.value.fields) == {"currency", "contact", "promised_on", "number", ""}


def test_a_product_off_sale_is_refused_on_new_orders_and_kept_on_old_ones(owner: User, account: Customer) -> None:
    product = factories.product()
    order = orders.create_order(new=order_of(account, line(product_id=product.pk)), by=owner)
    product.is_active = False
    product.save()
    orders.update_order(order_id=order.pk, version=1, new=as_input(order, note="still"), by=owner)
    with pytest.raises(OrderInvalid, match="no longer on sale"):
        orders.create_order(new=order_of(account, line(product_id=product.pk)), by=owner)


def test_a_number_in_use_is_refused_and_generated_ones_pass_it_over(owner: User, account: Customer) -> None:
    orders.create_order(new=order_of(account, number="SO-2026-11-0001"), by=owner)
    with pytest.raises(OrderInvalid) as error:
        orders.create_order(new=order_of(account, number="SO-2026-11-0001"), by=owner)
    assert set(error.value.fields) == {"number"}
    assert orders.create_order(new=order_of(account), by=owner).number == "SO-2026-11-0002"
    assert orders.create_order(new=order_of(account, source="erp", number="SO-2026-11-0002"), by=owner).pk


def test_orders_of_a_batch_are_all_saved_or_none(owner: User, account: Customer) -> None:
    with pytest.raises(OrdersInvalid) as error:
        orders.create_orders(new=[order_of(account), order_of(account, line("-1"))], by=owner)
    assert list(error.value.errors) == [1]
    assert not Order.objects.exists()
    made = orders.create_orders(new=[order_of(account, state=OrderState.COMPLETED) for _ in range(3)], by=owner)
    assert [row.number for row in made] == [f"SO-2026-11-000{n}" for n in (1, 2, 3)]
    change = Change.objects.get()
    assert (change.rows, change.first_id, change.last_id) == (3, made[0].pk, made[2].pk)
    assert RollupMark.objects.count() == 1


def test_a_batch_takes_the_same_number_of_queries_for_one_and_for_fifty(
    owner: User, account: Customer, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(22):
        orders.create_orders(new=[order_of(account, state=OrderState.CONFIRMED) for _ in range(50)], by=owner)


def test_a_change_marks_the_old_day_and_the_new(owner: User, account: Customer) -> None:
    order = orders.create_order(new=order_of(account, state=OrderState.CONFIRMED), by=owner)
    other = factories.customer(owner=owner)
    RollupMark.objects.all().delete()
    moved = as_input(order, customer_id=other.pk, ordered_at=order.ordered_at + dt.timedelta(days=1))
    changed = orders.update_order(order_id=order.pk, version=1, new=moved, by=owner)
    assert (changed.version, changed.customer_id) == (2, other.pk)
    marks = set(RollupMark.objects.values_list("customer_id", "day"))
    assert marks == {(account.pk, DAY), (other.pk, DAY + dt.timedelta(days=1))}


def test_a_change_logs_lines_before_and_after_and_keeps_their_cost(owner: User, account: Customer) -> None:
    product = factories.product(standard_cost="30")
    order = orders.create_order(new=order_of(account, line(product_id=product.pk)), by=owner)
    product.standard_cost = D(40)
    product.save()
    new = as_input(order, lines=[line("3", product_id=product.pk, position=1), line("1", "7")])
    orders.update_order(order_id=order.pk, version=1, new=new, by=owner)
    assert list(order.lines.values_list("position", "unit_cost", "cost_minor")) == [(1, D(30), 9000), (2, None, None)]
    change = Change.objects.filter(action="update").get()
    assert [row["quantity"] for row in change.before["lines"]] == ["2"]
    assert [row["quantity"] for row in change.after["lines"]] == ["3", "1"]


def test_a_stale_version_overwrites_nobody(owner: User, manager: User, account: Customer) -> None:
    order = orders.create_order(new=order_of(account), by=owner)
    orders.update_order(order_id=order.pk, version=1, new=as_input(order, note="theirs"), by=manager)
    with pytest.raises(Stale) as error:
        orders.update_order(order_id=order.pk, version=1, new=as_input(order, note="mine"), by=owner)
    assert error.value.version == 2
    order.refresh_from_db()
    assert order.note == "theirs"


def test_a_completed_order_is_not_changed(owner: User, account: Customer) -> None:
    order = orders.create_order(new=order_of(account, state=OrderState.COMPLETED), by=owner)
    with pytest.raises(StepNotAllowed):
        orders.update_order(order_id=order.pk, version=1, new=as_input(order, note="x"), by=owner)


def test_an_order_can_be_moved_only_to_a_customer_in_sight(owner: User, account: Customer) -> None:
    order = orders.create_order(new=order_of(account), by=owner)
    hidden = factories.customer()
    with pytest.raises(Customer.DoesNotExist):
        orders.update_order(order_id=order.pk, version=1, new=as_input(order, customer_id=hidden.pk), by=owner)
    order.refresh_from_db()
    assert order.customer_id == account.pk


def test_a_foreign_order_keeps_the_id_of_its_dated_rate(owner: User, account: Customer) -> None:
    ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 12, 1), rate="7.5")
    used = ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 11, 1), rate="7.1234")
    ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 10, 1), rate="6")
    new = order_of(account, line("1", "10"), line("1", "10"), line("1", "10.01"), currency="USD")
    order = orders.create_order(new=new, by=owner)
    assert (order.rate_id, order.base_minor) == (used.pk, 21377)
    assert list(order.lines.values_list("base_minor", flat=True)) == [7123, 7123, 7131]


def test_an_order_without_a_rate_is_saved_and_flagged(owner: User, account: Customer) -> None:
    ExchangeRate.objects.create(currency="USD", day=DAY + dt.timedelta(days=1), rate="7")
    order = orders.create_order(new=order_of(account, currency="USD", state=OrderState.CONFIRMED), by=owner)
    assert (order.net, order.base_minor, order.rate_id) == (D(100), None, None)


def test_an_untouched_line_keeps_an_amount_that_a_file_gave(owner: User, account: Customer) -> None:
    order = orders.create_order(new=order_of(account, line("3", "33.333333"), line()), by=owner)
    OrderLine.objects.filter(order=order, position=1).update(net="99.99")
    changed = orders.update_order(order_id=order.pk, version=1, new=as_input(order, note="x"), by=owner)
    assert changed.net == D("199.99")


@pytest.mark.django_db(transaction=True)
def test_two_writers_at_once_get_different_numbers(owner: User, account: Customer) -> None:
    made: list[str] = []
    start = threading.Barrier(2)

    def write() -> None:
        try:
            start.wait()
            made.extend(orders.create_order(new=order_of(account), by=owner).number for _ in range(10))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [f"SO-2026-11-{n:04}" for n in range(1, 21)]


def test_kind_is_never_changed_by_an_edit(owner: User, account: Customer) -> None:
    order = orders.create_order(new=order_of(account), by=owner)
    back = as_input(order, kind=OrderKind.RETURN, lines=[line("-1")])
    with pytest.raises(OrderInvalid):
        orders.update_order(order_id=order.pk, version=1, new=back, by=owner)
