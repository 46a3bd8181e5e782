"""What every write of an order does besides its rows: rights, marks, events, checks, the log."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied

from accounts.models import Customer
from accounts.scope import acting_scope
from jobs.services import outbox
from sales.constants import COUNTING, OrderState
from sales.models import Order, OrderLine, RollupMark
from sales.registry import Act, order_checks
from sales.services import rollup
from users.models import User
from users.roles import Permission

Pair = tuple[int, dt.date]


def customers_for(customer_ids: Collection[int], by: User) -> dict[int, Customer]:
    """The customers whose orders `by` is about to write, by id.

    Raises Customer.DoesNotExist if one of them is out of the user's sight, PermissionDenied if one is seen but
    its orders aren't the user's to write.
    """
    wanted = set(customer_ids)
    visible, allowed = sorted_customers(wanted, by)
    if len(visible) < len(wanted):
        raise Customer.DoesNotExist(f"customers {sorted(wanted - set(visible))} are not visible")
    if len(allowed) < len(visible):
        raise PermissionDenied
    return allowed


def sorted_customers(customer_ids: Collection[int], by: User) -> tuple[dict[int, Customer], dict[int, Customer]]:
    """Of these customers the ones `by` sees, and of those the ones whose orders are `by`'s to write, by id."""
    found = Customer.objects.visible_to(by).only("id", "owner_id", "department_id", "currency").in_bulk(customer_ids)
    scope = acting_scope(by, Permission.ORDER_EDIT)
    allowed = {
        pk: row for pk, row in found.items() if scope.covers(owner_id=row.owner_id, department_id=row.department_id)
    }
    return found, allowed


def order_for(order_id: int, by: User) -> Order:
    """The order, locked until the transaction ends, for `by` to change.

    Raises Order.DoesNotExist out of the user's sight, PermissionDenied if seen but not theirs to change.
    """
    order = Order.objects.select_for_update(of=("self",)).visible_to(by).get(pk=order_id)
    customers_for([order.customer_id], by)
    return order


def counted_pair(order: Order) -> Pair | None:
    """The customer and day in whose totals an order stands; None while it doesn't count."""
    return (order.customer_id, order.ordered_on) if order.state in COUNTING else None


def mark(pairs: Iterable[Pair | None]) -> None:
    """Append rollup marks for customers' days whose totals are stale now, and have the rollup catch up soon."""
    stale = sorted({pair for pair in pairs if pair is not None})
    if stale:
        RollupMark.objects.bulk_create([RollupMark(customer_id=pk, day=day) for pk, day in stale], batch_size=5_000)
        rollup.ask_soon()


def run_checks(order: Order, act: Act, by: User) -> None:
    """Ask every order check. Raises OrderRefused."""
    for check in order_checks:
        check(order, act, by)


def emit(kind: str, orders: Sequence[Order]) -> None:
    """Tell other systems, if any listens."""
    outbox.emit_many(kind=kind, events=((order.customer_id, payload(order)) for order in orders))


def payload(order: Order) -> dict[str, Any]:
    """What other systems are told of an order."""
    return {
        "id": order.pk,
        "source": order.source,
        "number": order.number,
        "kind": str(order.kind),
        "state": str(order.state),
        "customer_id": order.customer_id,
        "ordered_on": order.ordered_on.isoformat(),
        "currency": order.currency,
        "net": str(order.net),
        "version": order.version,
    }


def logged_lines(lines: Iterable[OrderLine]) -> dict[str, Any]:
    """The lines as the change log keeps them beside their order."""
    names = (
        "position",
        "product_id",
        "description",
        "quantity",
        "unit_price",
        "discount_percent",
        "tax_percent",
        "net",
        "base_minor",
        "unit_cost",
        "cost_minor",
        "original_position",
    )
    return {"lines": [{name: _json(getattr(row, name)) for name in names} for row in lines]}


def is_open(order: Order) -> bool:
    """Whether its lines may still be changed: neither completed nor cancelled."""
    return order.state not in (OrderState.COMPLETED, OrderState.CANCELLED)


def _json(value: Any) -> Any:
    return value if isinstance(value, int | str | None) else format(value.normalize(), "f")
