"""Goods coming back."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import Customer
from crm.lib import dates
from sales.constants import OrderKind, OrderState
from sales.core.returns import CameBack, Sold, returnable
from sales.errors import OrderInvalid, StepNotAllowed
from sales.models import Order, OrderLine, RollupMark
from sales.services import order_steps, orders, originals, returns
from sales.services.order_rules import LineInput, OrderInput
from sales.services.order_steps import Step
from sales.services.returns import ReturnLine
from users.models import User

D = Decimal
DAY = dt.date(2026, 11, 20)
BACK = dates.start_of_day(dt.date(2026, 11, 25))


def sell(owner: User, account: Customer, *quantities: str, state: OrderState = OrderState.COMPLETED) -> Order:
    lines = [LineInput(D(q), D("0.335"), description=f"Part {n}") for n, q in enumerate(quantities)]
    new = OrderInput(account.pk, dates.start_of_day(DAY), lines, state=state)
    return orders.create_order(new=new, by=owner)


def take_back(owner: User, original: Order, *lines: tuple[int, str]) -> Order:
    rows = [ReturnLine(position, D(quantity)) for position, quantity in lines]
    return returns.create_return(original_id=original.pk, lines=rows, returned_at=BACK, by=owner)


@pytest.mark.django_db
def test_a_return_is_negative_at_its_own_date_and_the_orders_price(owner: User, account: Customer) -> None:
    original = sell(owner, account, "3", "5")
    back = take_back(owner, original, (1, "3"))
    assert (back.kind, back.net, back.original_id, back.is_unmatched) == ("return", D("-1.01"), original.pk, False)
    assert back.number == "RT-2026-11-0001"
    assert back.lines.get().original_position == 1
    assert set(RollupMark.objects.values_list("day", flat=True)) == {DAY, dt.date(2026, 11, 25)}


@pytest.mark.django_db
def test_no_more_comes_back_than_was_sold(owner: User, account: Customer) -> None:
    original = sell(owner, account, "3", "5")
    take_back(owner, original, (1, "2"))
    with pytest.raises(OrderInvalid, match="At most 1 can still come back") as error:
        take_back(owner, original, (2, "5"), (1, "1.5"))
    assert list(error.value.lines) == [1]
    assert originals.left_of(original) == {1: D(1), 2: D(5)}
    assert take_back(owner, original, (1, "1"), (2, "5")).pk


@pytest.mark.django_db
def test_one_line_named_twice_counts_twice(owner: User, account: Customer) -> None:
    original = sell(owner, account, "3")
    with pytest.raises(OrderInvalid):
        take_back(owner, original, (1, "2"), (1, "2"))
    assert not Order.objects.filter(kind=OrderKind.RETURN).exists()


@pytest.mark.django_db
def test_a_cancelled_return_frees_its_quantity_and_re_opening_takes_it_again(owner: User, account: Customer) -> None:
    original = sell(owner, account, "3")
    back = take_back(owner, original, (1, "2"))
    order_steps.take(order_id=back.pk, version=1, step=Step.CANCEL, by=owner)
    take_back(owner, original, (1, "3"))
    with pytest.raises(OrderInvalid):
        order_steps.take(order_id=back.pk, version=2, step=Step.REOPEN, by=owner)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [OrderState.DRAFT, OrderState.CANCELLED])
def test_nothing_comes_back_from_an_order_that_is_not_sales(state: OrderState, owner: User, account: Customer) -> None:
    original = sell(owner, account, "3", state=state)
    with pytest.raises(StepNotAllowed):
        take_back(owner, original, (1, "1"))


@pytest.mark.django_db
@pytest.mark.parametrize("line", [(1, "0"), (1, "-1"), (9, "1")])
def test_a_return_names_a_line_and_how_many(line: tuple[int, str], owner: User, account: Customer) -> None:
    original = sell(owner, account, "3")
    with pytest.raises(OrderInvalid):
        take_back(owner, original, line)


@pytest.mark.django_db
def test_an_order_keeps_covering_what_came_back(owner: User, account: Customer) -> None:
    original = sell(owner, account, "3", "5", state=OrderState.SHIPPED)
    take_back(owner, original, (1, "2"))
    fewer = LineInput(D(1), D(1), description="Part 0", position=1)
    without = LineInput(D(5), D(1), description="Part 1", position=2)
    for lines in ([fewer, without], [without]):
        new = OrderInput(account.pk, original.ordered_at, lines)
        with pytest.raises(OrderInvalid):
            orders.update_order(order_id=original.pk, version=1, new=new, by=owner)
    with pytest.raises(StepNotAllowed):
        order_steps.take(order_id=original.pk, version=1, step=Step.CANCEL, by=owner)


@pytest.mark.django_db
def test_a_return_can_be_corrected_up_to_what_was_sold(owner: User, account: Customer) -> None:
    original = sell(owner, account, "3")
    back = take_back(owner, original, (1, "2"))

    def corrected(quantity: str) -> OrderInput:
        line = LineInput(D(quantity), D("0.335"), description="Part 0", position=1, original_position=1)
        return OrderInput(account.pk, BACK, [line], kind=OrderKind.RETURN)

    assert orders.update_order(order_id=back.pk, version=1, new=corrected("-3"), by=owner).net == D("-1.01")
    with pytest.raises(OrderInvalid):
        orders.update_order(order_id=back.pk, version=2, new=corrected("-4"), by=owner)


@pytest.mark.django_db
def test_a_return_without_an_original_is_flagged(owner: User, account: Customer) -> None:
    new = OrderInput(account.pk, BACK, [LineInput(D(-1), D(5), description="Pump")], kind=OrderKind.RETURN)
    assert orders.create_order(new=new, by=owner).is_unmatched


@pytest.mark.django_db
def test_the_outsider_returns_nothing(owner: User, outsider: User, account: Customer) -> None:
    original = sell(owner, account, "3")
    with pytest.raises(Order.DoesNotExist):
        take_back(outsider, original, (1, "1"))


@pytest.mark.django_db(transaction=True)
def test_two_returns_at_once_never_take_back_more_than_was_sold(owner: User, account: Customer) -> None:
    original = sell(owner, account, "3")
    start, refused = threading.Barrier(2), []

    def write() -> None:
        try:
            start.wait()
            take_back(owner, original, (1, "2"))
        except OrderInvalid as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert [row.quantity for row in OrderLine.objects.filter(order__original=original)] == [D(-2)]


def test_returns_that_name_no_line_reduce_lines_of_the_same_goods_in_order() -> None:
    sold = [Sold(1, "pump", D(2)), Sold(2, "valve", D(5)), Sold(3, "pump", D(4))]
    back = [CameBack(3, "pump", D(1)), CameBack(None, "pump", D(3)), CameBack(None, "hose", D(9))]
    assert returnable(sold, back) == {1: D(0), 2: D(5), 3: D(2)}
