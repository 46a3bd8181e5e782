"""The steps of an order's life: confirm, ship, complete, cancel, re-open."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import dates
from sales.constants import OrderKind, OrderState
from sales.errors import Stale, StepNotAllowed
from sales.models import Order
from sales.registry import Act
from sales.services import order_writing, originals
from users.constants import Cause
from users.models import User
from users.services import changes

S = OrderState


class Step(StrEnum):
    """One step a person takes with an order."""

    CONFIRM = "confirm"
    SHIP_PART = "ship_part"
    SHIP = "ship"
    COMPLETE = "complete"
    CANCEL = "cancel"
    REOPEN = "reopen"


@dataclass(frozen=True)
class Rule:
    """Where a step may begin, where it ends, on which act it is checked."""

    label: str | Promise
    begins: frozenset[OrderState]
    ends: OrderState
    act: Act | None = None
    of_returns: bool = True


RULES = {
    Step.CONFIRM: Rule(gettext_lazy("Confirm"), frozenset({S.DRAFT}), S.CONFIRMED, Act.CONFIRM),
    Step.SHIP_PART: Rule(gettext_lazy("Ship a part"), frozenset({S.CONFIRMED}), S.PART_SHIPPED, of_returns=False),
    Step.SHIP: Rule(gettext_lazy("Ship"), frozenset({S.CONFIRMED, S.PART_SHIPPED}), S.SHIPPED, of_returns=False),
    Step.COMPLETE: Rule(gettext_lazy("Complete"), frozenset({S.CONFIRMED, S.PART_SHIPPED, S.SHIPPED}), S.COMPLETED),
    # What has left the house comes back as a return; it isn't cancelled.
    Step.CANCEL: Rule(gettext_lazy("Cancel the order"), frozenset({S.DRAFT, S.CONFIRMED}), S.CANCELLED),
    Step.REOPEN: Rule(gettext_lazy("Re-open"), frozenset({S.COMPLETED, S.CANCELLED}), S.CONFIRMED, Act.REOPEN),
}


def steps_of(order: Order) -> list[Step]:
    """The steps an order's state and kind allow."""
    return [
        step
        for step, rule in RULES.items()
        if order.state in rule.begins and (rule.of_returns or order.kind == OrderKind.ORDER)
    ]


@transaction.atomic
def take(*, order_id: int, version: int, step: Step, by: User, cause: Cause = Cause.PAGE) -> Order:
    """Take one step: writes the state, its change set, rollup mark and event; confirming and re-opening are checked.

    Raises Stale if somebody changed the order since `version`, StepNotAllowed from its state, OrderRefused by a
    check, PermissionDenied, and Order.DoesNotExist out of scope.
    """
    order = order_writing.order_for(order_id, by)
    if order.version != version:
        raise Stale(order.version, order)
    rule = RULES[step]
    if step not in steps_of(order):
        raise StepNotAllowed(
            _("This step isn't possible while the order is in the state “%(state)s”.")
            % {"state": order.get_state_display()}
        )
    if step is Step.CANCEL:
        originals.refuse_with_returns(order)
    if step is Step.REOPEN and order.kind == OrderKind.RETURN:
        originals.check_still_covered(order, list(order.lines.all()), by)
    before = changes.snapshot(order)
    old_pair = order_writing.counted_pair(order)
    order.state = rule.ends
    order.shipped_on = _shipped_on(order)
    order.version += 1
    order.save(update_fields=["state", "shipped_on", "version", "updated_at"])
    change_set = changes.open_set(by=by, cause=cause, summary=order.number)
    changes.record_update(change_set, order, before, customer_id=order.customer_id)
    order_writing.mark({old_pair, order_writing.counted_pair(order)} if _counts_anew(old_pair, order) else [])
    order_writing.emit("order.cancelled" if step is Step.CANCEL else "order.changed", [order])
    if rule.act:
        order_writing.run_checks(order, rule.act, by)
    return order


@transaction.atomic
def bring_to(*, order: Order, state: OrderState, by: User, cause: Cause) -> Order:
    """Take the fewest steps that lead an order to a state; none if it is there. A cancelled one isn't re-opened.

    Raises as `take`, and StepNotAllowed if no steps lead there.
    """
    for step in _way(order, state):
        order = take(order_id=order.pk, version=order.version, step=step, by=by, cause=cause)
    return order


def _way(order: Order, state: OrderState) -> list[Step]:
    ways: dict[str, list[Step]] = {order.state: []}
    waiting = [OrderState(order.state)]
    for here in waiting:
        for step, rule in RULES.items():
            of_kind = rule.of_returns or order.kind == OrderKind.ORDER
            if of_kind and here in rule.begins and step is not Step.REOPEN and rule.ends not in ways:
                ways[rule.ends] = [*ways[here], step]
                waiting.append(rule.ends)
    if state not in ways:
        raise StepNotAllowed(
            _("No steps lead from the state “%(state)s” to “%(wanted)s”.")
            % {"state": order.get_state_display(), "wanted": state.label}
        )
    return ways[state]


def _counts_anew(old_pair: order_writing.Pair | None, order: Order) -> bool:
    return (old_pair is None) != (order_writing.counted_pair(order) is None)


def _shipped_on(order: Order) -> dt.date | None:
    return order.shipped_on or dates.today() if order.state == S.SHIPPED else order.shipped_on
