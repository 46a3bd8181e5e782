"""Taking goods back."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from sales.constants import COUNTING, OrderKind, OrderState
from sales.errors import OrderInvalid, StepNotAllowed
from sales.models import Order, OrderLine
from sales.services import order_writing, orders
from sales.services.order_rules import LineInput, OrderInput
from users.constants import Cause
from users.models import User


@dataclass(frozen=True)
class ReturnLine:
    """How many of an original's line come back; above zero."""

    position: int
    quantity: Decimal


@transaction.atomic
def create_return(
    *,
    original_id: int,
    lines: Sequence[ReturnLine],
    returned_at: dt.datetime,
    by: User,
    state: str = OrderState.CONFIRMED,
    note: str = "",
    cause: Cause = Cause.PAGE,
) -> Order:
    """Create a return of an order's goods at the order's own prices, discounts, taxes and costs.

    Locks the original: two returns at once can't take back more than was sold. Raises StepNotAllowed if the
    original doesn't count as sales, OrderInvalid, PermissionDenied, and Order.DoesNotExist out of scope.
    """
    original = order_writing.order_for(original_id, by)
    if original.kind != OrderKind.ORDER or original.state not in COUNTING:
        raise StepNotAllowed(_("Goods come back from orders that are confirmed; this one isn't."))
    sold = {line.position: line for line in original.lines.all()}
    broken = OrderInvalid()
    for place, line in enumerate(lines):
        if line.position not in sold:
            broken.add("", _("The original has no such line."), line=place)
        elif line.quantity <= 0:
            broken.add("quantity", _("Write how many come back, above zero."), line=place)
    if broken:
        raise broken
    new = OrderInput(
        customer_id=original.customer_id,
        ordered_at=returned_at,
        kind=OrderKind.RETURN,
        state=state,
        contact_id=original.contact_id,
        original_id=original.pk,
        currency=original.currency,
        note=note,
        lines=[_mirrored(sold[line.position], line.quantity) for line in lines],
    )
    return orders.create_order(new=new, by=by, cause=cause)


def _mirrored(sold: OrderLine, quantity: Decimal) -> LineInput:
    return LineInput(
        product_id=sold.product_id,
        description=sold.description,
        quantity=-quantity,
        unit_price=sold.unit_price,
        discount_percent=sold.discount_percent,
        tax_percent=sold.tax_percent,
        unit_cost=sold.unit_cost,
        original_position=sold.position,
    )
