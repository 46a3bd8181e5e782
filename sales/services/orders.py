"""Creating and changing orders. Steps of their state are in `order_steps`, goods coming back in `returns`."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Customer
from crm.lib import dates
from sales.constants import COUNTING
from sales.errors import CustomerUnknown, OrderInvalid, OrdersInvalid, Stale, StepNotAllowed
from sales.models import Order, OrderLine
from sales.queries.rates import rates_in_force
from sales.registry import Act
from sales.services import order_batches, order_pricing, order_rules, order_writing, originals
from sales.services.order_rules import OrderInput
from users.constants import Cause
from users.models import User
from users.services import changes


@transaction.atomic
def create_order(*, new: OrderInput, by: User, cause: Cause = Cause.PAGE) -> Order:
    """Create one order or return with its lines, change set, rollup mark and event; one that counts is checked.

    Raises OrderInvalid, sales.errors.OrderRefused, PermissionDenied, and Customer.DoesNotExist out of scope.
    """
    try:
        (order,) = _create_all([new], by, cause)
    except OrdersInvalid as error:
        raise error.errors[0] from None
    return order


@transaction.atomic
def create_orders(*, new: Sequence[OrderInput], by: User, cause: Cause = Cause.PAGE) -> list[Order]:
    """Create many orders at once, in one transaction: all of them or none. `order_batches` keeps those that fit.

    Raises OrdersInvalid with the errors of each, else as `create_order`.
    """
    return _create_all(new, by, cause)


def _create_all(new: Sequence[OrderInput], by: User, cause: Cause) -> list[Order]:
    results = order_batches.write_each(new=new, by=by, cause=cause)
    for row, one in zip(new, results, strict=True):
        if isinstance(one, CustomerUnknown):
            raise Customer.DoesNotExist(f"customer {row.customer_id} is not visible")
    broken = {place: one for place, one in enumerate(results) if isinstance(one, OrderInvalid)}
    if broken:
        raise OrdersInvalid(broken)
    made = []
    for one in results:
        if not isinstance(one, Order):
            raise one
        made.append(one)
    return made


@transaction.atomic
def update_order(*, order_id: int, version: int, new: OrderInput, by: User, cause: Cause = Cause.PAGE) -> Order:
    """Change an order's header and lines; its source, number, kind, state and original stay.

    Old and new day are marked when the order counts, and it is checked again. Raises Stale if somebody changed
    it since `version`, StepNotAllowed once it is completed or cancelled, OrderInvalid, OrderRefused,
    PermissionDenied, Order.DoesNotExist and Customer.DoesNotExist out of scope.
    """
    order = order_writing.order_for(order_id, by)
    if order.version != version:
        raise Stale(order.version, order)
    if not order_writing.is_open(order):
        raise StepNotAllowed(_("A completed or cancelled order can't be changed; re-open it first."))
    customers = order_writing.customers_for([new.customer_id], by)
    old_lines = list(order.lines.all())
    before = changes.snapshot(order) | order_writing.logged_lines(old_lines)
    old_pair = order_writing.counted_pair(order)
    lines = _apply(order, new, customers[new.customer_id], old_lines)
    originals.check_still_covered(order, lines, by)
    _save(order, lines)
    change_set = changes.open_set(by=by, cause=cause, summary=order.number)
    extra = order_writing.logged_lines(lines)
    changes.record_update(change_set, order, before, customer_id=order.customer_id, extra=extra)
    order_writing.mark([old_pair, order_writing.counted_pair(order)])
    order_writing.emit("order.changed", [order])
    if order.state in COUNTING:
        order_writing.run_checks(order, Act.CHANGE, by)
    return order


def _apply(order: Order, new: OrderInput, customer: Customer, old_lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Put what is said on the order; its new lines. Raises OrderInvalid."""
    products = order_batches.products_of([new])
    currency, old_currency = new.currency or customer.currency, order.currency
    broken = order_rules.check(
        new,
        currency=currency,
        products=products,
        contacts=order_batches.contacts_of([new]),
        kept={line.product_id for line in old_lines if line.product_id},
    )
    if new.kind != order.kind or (order.original_id and new.customer_id != order.customer_id):
        broken.add("customer", _("A return stays with the customer of its original."))
    if broken:
        raise broken
    for name, value in order_rules.header(new, currency).items():
        setattr(order, name, value)
    order.ordered_on = dates.business_day(order.ordered_at)
    lines = order_pricing.build_lines(new.lines, products, order_pricing.known_costs(old_lines))
    # A file may have given a line's amount rather than its price: an untouched line keeps it.
    agreed = {order_pricing.terms_of(line): line.net for line in old_lines} if currency == old_currency else {}
    rates = rates_in_force([(order.currency, order.ordered_on)])
    order_pricing.set_amounts(order, lines, rates, agreed)
    order.digest = ""
    order.version += 1
    return lines


def _save(order: Order, lines: Sequence[OrderLine]) -> None:
    order.save()
    order.lines.all().delete()
    for line in lines:
        line.order = order
    OrderLine.objects.bulk_create(lines, batch_size=5_000)
