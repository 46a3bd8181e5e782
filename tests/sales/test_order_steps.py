"""The steps of an order's life."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Customer
from crm.lib import dates
from sales.constants import OrderKind, OrderState
from sales.errors import OrderRefused, Stale, StepNotAllowed
from sales.models import Order, RollupMark
from sales.registry import Act, order_checks
from sales.services import order_steps, orders
from sales.services.order_rules import LineInput, OrderInput
from sales.services.order_steps import Step
from tests import factories
from users.models import Change, User

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 20)


def make(owner: User, account: Customer, state: OrderState = OrderState.DRAFT) -> Order:
    line = LineInput(Decimal(2), Decimal(50), description="Valves")
    new = OrderInput(account.pk, dates.start_of_day(DAY), [line], state=state)
    return orders.create_order(new=new, by=owner)


@pytest.mark.parametrize(
    ("begins", "step", "ends"),
    [
        (OrderState.DRAFT, Step.CONFIRM, OrderState.CONFIRMED),
        (OrderState.CONFIRMED, Step.SHIP_PART, OrderState.PART_SHIPPED),
        (OrderState.PART_SHIPPED, Step.SHIP, OrderState.SHIPPED),
        (OrderState.SHIPPED, Step.COMPLETE, OrderState.COMPLETED),
        (OrderState.CONFIRMED, Step.CANCEL, OrderState.CANCELLED),
        (OrderState.CANCELLED, Step.REOPEN, OrderState.CONFIRMED),
        (OrderState.COMPLETED, Step.REOPEN, OrderState.CONFIRMED),
    ],
)
def test_a_step_moves_the_order_and_is_logged(
    begins: OrderState, step: Step, ends: OrderState, owner: User, account: Customer
) -> None:
    order = make(owner, account, begins)
    order = order_steps.take(order_id=order.pk, version=1, step=step, by=owner)
    order.refresh_from_db()
    assert (order.state, order.version) == (ends, 2)
    change = Change.objects.filter(action="update").get()
    assert (change.before["state"], change.after["state"]) == (begins, ends)
    assert (order.shipped_on == dates.today()) is (step is Step.SHIP)


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (OrderState.SHIPPED, Step.CANCEL),
        (OrderState.CANCELLED, Step.CONFIRM),
        (OrderState.DRAFT, Step.COMPLETE),
        (OrderState.COMPLETED, Step.SHIP),
    ],
)
def test_a_step_that_the_state_does_not_allow_changes_nothing(
    state: OrderState, step: Step, owner: User, account: Customer
) -> None:
    order = make(owner, account, state)
    with pytest.raises(StepNotAllowed):
        order_steps.take(order_id=order.pk, version=1, step=step, by=owner)
    order.refresh_from_db()
    assert (order.state, order.version) == (state, 1)


def test_confirming_and_re_opening_are_checked_and_nothing_else(
    owner: User, account: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts: list[Act] = []
    monkeypatch.setitem(order_checks._entries, "test", lambda order, act, by: acts.append(act))
    order = make(owner, account)
    for version, step in enumerate([Step.CONFIRM, Step.SHIP, Step.COMPLETE, Step.REOPEN, Step.CANCEL], start=1):
        order_steps.take(order_id=order.pk, version=version, step=step, by=owner)
    assert acts == [Act.CONFIRM, Act.REOPEN]


def test_a_refused_re_opening_leaves_the_order_cancelled(
    owner: User, account: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(order: Order, act: Act, by: User) -> None:
        raise OrderRefused("blocked")

    order = make(owner, account, OrderState.CANCELLED)
    monkeypatch.setitem(order_checks._entries, "test", refuse)
    with pytest.raises(OrderRefused):
        order_steps.take(order_id=order.pk, version=1, step=Step.REOPEN, by=owner)
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert not RollupMark.objects.exists()


def test_only_steps_into_and_out_of_sales_mark_the_day(owner: User, account: Customer) -> None:
    order = make(owner, account)
    marked = []
    for version, step in enumerate([Step.CONFIRM, Step.SHIP, Step.COMPLETE, Step.REOPEN, Step.CANCEL], start=1):
        order_steps.take(order_id=order.pk, version=version, step=step, by=owner)
        marked.append(RollupMark.objects.count())
        RollupMark.objects.all().delete()
    assert marked == [1, 0, 0, 0, 1]


def test_a_stale_version_takes_no_step(owner: User, account: Customer) -> None:
    order = make(owner, account)
    order_steps.take(order_id=order.pk, version=1, step=Step.CONFIRM, by=owner)
    with pytest.raises(Stale):
        order_steps.take(order_id=order.pk, version=1, step=Step.CONFIRM, by=owner)


def test_the_outsider_finds_no_order_and_the_executive_may_not_move_it(
    owner: User, outsider: User, executive: User, account: Customer
) -> None:
    order = make(owner, account)
    with pytest.raises(Order.DoesNotExist):
        order_steps.take(order_id=order.pk, version=1, step=Step.CONFIRM, by=outsider)
    with pytest.raises(PermissionDenied):
        order_steps.take(order_id=order.pk, version=1, step=Step.CONFIRM, by=executive)
    order.refresh_from_db()
    assert order.state == OrderState.DRAFT


def test_a_return_is_not_shipped(owner: User, account: Customer) -> None:
    back = factories.order(account, "-10", kind=OrderKind.RETURN, is_unmatched=True)
    assert order_steps.steps_of(back) == [Step.COMPLETE, Step.CANCEL]
