"""Creating and changing orders. Steps of their state are in `order_steps`, goods coming back in `returns`."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Contact, Customer
from crm.lib import dates
from sales.constants import COUNTING, OrderKind
from sales.errors import OrderInvalid, OrdersInvalid, Stale, StepNotAllowed
from sales.models import Order, OrderLine, Product
from sales.queries.rates import rates_in_force
from sales.registry import Act
from sales.services import numbers, order_pricing, order_rules, order_writing, originals
from sales.services.order_rules import OrderInput
from users.constants import Cause
from users.models import User
from users.services import changes

_HEADER = ("customer_id", "contact_id", "ordered_at", "promised_on", "shipped_on", "currency", "note")


@transaction.atomic
def create_order(*, new: OrderInput, by: User, cause: Cause = Cause.PAGE) -> Order:
    """Create one order or return with its lines, change set, rollup mark and event; one that counts is checked.

    Raises OrderInvalid, sales.errors.OrderRefused, PermissionDenied, and Customer.DoesNotExist out of scope.
    """
    try:
        (order,) = create_orders(new=[new], by=by, cause=cause)
    except OrdersInvalid as error:
        raise error.errors[0] from None
    return order


@transaction.atomic
def create_orders(*, new: Sequence[OrderInput], by: User, cause: Cause = Cause.PAGE) -> list[Order]:
    """Create many orders at once, in one transaction: all of them or none.

    A fixed number of statements, whatever their number, but for returns that name an original and for order
    checks. Raises OrdersInvalid with the errors of each, else as `create_order`.
    """
    if not new:
        return []
    customers = order_writing.customers_for([row.customer_id for row in new], by)
    pairs = _built(new, customers)
    originals.check_originals([order for order, _lines in pairs], [lines for _order, lines in pairs], by)
    _give_numbers([order for order, _lines in pairs])
    orders = _insert(pairs)
    _log_created(pairs, by, cause)
    order_writing.mark(order_writing.counted_pair(order) for order in orders)
    order_writing.emit("order.created", orders)
    for order in orders:
        if order.state in COUNTING:
            order_writing.run_checks(order, Act.CONFIRM, by)
    return orders


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


def _built(new: Sequence[OrderInput], customers: dict[int, Customer]) -> list[tuple[Order, list[OrderLine]]]:
    """Unsaved orders with priced lines. Raises OrdersInvalid."""
    products = _products(new)
    contacts = _contacts(new)
    currencies = [row.currency or customers[row.customer_id].currency for row in new]
    days = [dates.business_day(row.ordered_at) for row in new]
    rates = rates_in_force(list(zip(currencies, days, strict=True)))
    built: list[tuple[Order, list[OrderLine]]] = []
    errors: dict[int, OrderInvalid] = {}
    for place, (row, currency, day) in enumerate(zip(new, currencies, days, strict=True)):
        broken = order_rules.check(row, currency=currency, products=products, contacts=contacts, kept=())
        if broken:
            errors[place] = broken
            continue
        order = Order(
            source=row.source,
            number=" ".join(row.number.split()),
            kind=row.kind,
            state=row.state,
            original_id=row.original_id,
            is_unmatched=row.kind == OrderKind.RETURN and row.original_id is None,
            ordered_on=day,
            **_header(row, currency),
        )
        lines = order_pricing.build_lines(row.lines, products, {})
        try:
            order_pricing.set_amounts(order, lines, rates)
        except OrderInvalid as error:
            errors[place] = error
        built.append((order, lines))
    if errors:
        raise OrdersInvalid(errors)
    return built


def _apply(order: Order, new: OrderInput, customer: Customer, old_lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Put what is said on the order; its new lines. Raises OrderInvalid."""
    products = _products([new])
    currency, old_currency = new.currency or customer.currency, order.currency
    broken = order_rules.check(
        new,
        currency=currency,
        products=products,
        contacts=_contacts([new]),
        kept={line.product_id for line in old_lines if line.product_id},
    )
    if new.kind != order.kind or (order.original_id and new.customer_id != order.customer_id):
        broken.add("customer", _("A return stays with the customer of its original."))
    if broken:
        raise broken
    for name, value in _header(new, currency).items():
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


def _header(row: OrderInput, currency: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _HEADER} | {"currency": currency, "note": row.note.strip()}


def _products(new: Iterable[OrderInput]) -> dict[int, Product]:
    wanted = {line.product_id for row in new for line in row.lines if line.product_id}
    return Product.objects.only("id", "name", "is_active", "standard_cost").in_bulk(wanted) if wanted else {}


def _contacts(new: Iterable[OrderInput]) -> dict[int, int]:
    wanted = {row.contact_id for row in new if row.contact_id}
    return dict(Contact.objects.filter(pk__in=wanted).values_list("pk", "customer_id")) if wanted else {}


def _give_numbers(orders: Sequence[Order]) -> None:
    nameless = [order for order in orders if not order.number]
    for order, number in zip(
        nameless, numbers.take([(order.kind, order.ordered_on) for order in nameless]), strict=True
    ):
        order.number = number


def _insert(pairs: Sequence[tuple[Order, list[OrderLine]]]) -> list[Order]:
    """Save orders and lines. Raises OrdersInvalid for numbers that are taken."""
    _refuse_taken([order for order, _lines in pairs])
    try:
        with transaction.atomic():
            orders = Order.objects.bulk_create([order for order, _lines in pairs], batch_size=2_000)
    except IntegrityError:
        _refuse_taken([order for order, _lines in pairs])
        raise
    for order, lines in pairs:
        for line in lines:
            line.order = order
    OrderLine.objects.bulk_create([line for _order, lines in pairs for line in lines], batch_size=5_000)
    return orders


def _refuse_taken(orders: Sequence[Order]) -> None:
    named = [(order.source, order.number) for order in orders]
    taken = set(
        Order.objects.filter(number__in={number for _source, number in named}).values_list("source", "number")
    ).intersection(named)
    taken |= {key for key in set(named) if named.count(key) > 1} if len(set(named)) < len(named) else set()
    if taken:
        text = _("This number is in use.")
        raise OrdersInvalid({place: OrderInvalid({"number": text}) for place, key in enumerate(named) if key in taken})


def _log_created(pairs: Sequence[tuple[Order, list[OrderLine]]], by: User, cause: Cause) -> None:
    if len(pairs) == 1:
        ((order, lines),) = pairs
        change_set = changes.open_set(by=by, cause=cause, summary=order.number)
        extra = order_writing.logged_lines(lines)
        changes.record_create(change_set, order, customer_id=order.customer_id, extra=extra)
        return
    change_set = changes.open_set(by=by, cause=cause, summary=_("Orders created in bulk"))
    changes.record_bulk(change_set, Order, sorted(order.pk for order, _lines in pairs))


def _save(order: Order, lines: Sequence[OrderLine]) -> None:
    order.save()
    order.lines.all().delete()
    for line in lines:
        line.order = order
    OrderLine.objects.bulk_create(lines, batch_size=5_000)
