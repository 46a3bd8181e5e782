"""Returns against their originals: no more comes back than was sold and hasn't come back yet."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from sales.constants import COUNTING, OrderKind, OrderState
from sales.core.returns import CameBack, Sold, returnable
from sales.errors import OrderInvalid, OrdersInvalid, StepNotAllowed
from sales.models import Order, OrderLine
from sales.services import order_pricing
from users.models import User

Left = dict[int, Decimal]


def left_of(order: Order) -> Left:
    """What can still come back of each line of an order, by position."""
    return _left(order.lines.all(), _came_back([order.pk])[order.pk])


def check_originals(written: Sequence[Order], lines: Sequence[Sequence[OrderLine]], by: User) -> None:
    """Whether returns about to be written fit their originals, which stay locked until the transaction ends.

    Raises OrdersInvalid with the errors of each return by its place.
    """
    wanted = {order.original_id for order in written if order.original_id}
    if not wanted:
        return
    originals = Order.objects.select_for_update(of=("self",)).visible_to(by).order_by("pk").in_bulk(wanted)
    sold = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=originals).order_by("order_id", "position"):
        sold[line.order_id].append(line)
    came_back = _came_back(originals, leaving_out=[order.pk for order in written if order.pk])
    left = {pk: _left(sold[pk], came_back[pk]) for pk in originals}
    errors = {}
    for place, (order, own) in enumerate(zip(written, lines, strict=True)):
        if order.original_id is None:
            continue
        broken = _check_original(order, originals.get(order.original_id))
        if not broken:
            _take(left[order.original_id], own, broken)
        if broken:
            errors[place] = broken
    if errors:
        raise OrdersInvalid(errors)


def check_still_covered(order: Order, lines: Sequence[OrderLine], by: User) -> None:
    """Whether changed lines of an order still cover what came back, or those of a return still fit its original.

    Raises OrderInvalid.
    """
    if order.kind == OrderKind.RETURN:
        try:
            check_originals([order], [lines], by)
        except OrdersInvalid as error:
            raise error.errors[0] from None
        return
    came_back = _came_back([order.pk])[order.pk]
    left = _left(lines, came_back)
    broken = OrderInvalid()
    for row, line in enumerate(lines):
        if left[line.position] < 0:
            broken.add("quantity", _("More of this line has come back already."), line=row)
    if any(back.position is not None and back.position not in left for back in came_back):
        broken.add("", _("A line that goods came back from can't be taken off the order."))
    if broken:
        raise broken


def refuse_with_returns(order: Order) -> None:
    """Raise StepNotAllowed if goods of the order came back."""
    if order.returns.exclude(state=OrderState.CANCELLED).exists():
        raise StepNotAllowed(_("Goods of this order came back. Cancel its returns first."))


def _check_original(order: Order, original: Order | None) -> OrderInvalid:
    broken = OrderInvalid()
    if original is None or original.kind != OrderKind.ORDER or original.customer_id != order.customer_id:
        broken.add("original", _("There is no such order of this customer."))
    elif original.state not in COUNTING:
        broken.add("original", _("Goods come back from orders that are confirmed; this one isn't."))
    elif original.currency != order.currency:
        broken.add("currency", _("A return has the currency of its original."))
    return broken


def _take(left: Left, own: Iterable[OrderLine], broken: OrderInvalid) -> None:
    for row, line in enumerate(own):
        if line.original_position not in left:
            broken.add("", _("The original has no such line."), line=row)
            continue
        can = left[line.original_position]
        left[line.original_position] += line.quantity
        if left[line.original_position] < 0:
            text = _("At most %(quantity)s can still come back.") % {
                "quantity": f"{max(can, Decimal(0)).normalize():f}"
            }
            broken.add("quantity", text, line=row)


def _left(sold: Iterable[OrderLine], came_back: Iterable[CameBack]) -> Left:
    return returnable((Sold(row.position, order_pricing.goods_of(row), row.quantity) for row in sold), came_back)


def _came_back(order_ids: Collection[int], leaving_out: Collection[int] = ()) -> defaultdict[int, list[CameBack]]:
    """The lines of returns that aren't cancelled, by original."""
    found: defaultdict[int, list[CameBack]] = defaultdict(list)
    rows = OrderLine.objects.filter(order__original_id__in=order_ids).exclude(order__state=OrderState.CANCELLED)
    for line in rows.exclude(order_id__in=leaving_out).select_related("order").order_by("order_id", "position"):
        back = CameBack(line.original_position, order_pricing.goods_of(line), -line.quantity)
        found[line.order.original_id or 0].append(back)
    return found
