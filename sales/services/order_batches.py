"""Creating many orders in one transaction, each with a result of its own: one that doesn't fit loses no other."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Contact, Customer
from crm.lib import dates
from crm.lib.rows import copy_rows
from sales.constants import COUNTING, OrderKind
from sales.errors import CustomerUnknown, NumberTaken, OrderInvalid, OrderRefused, OrdersInvalid
from sales.models import Order, OrderLine, Product
from sales.queries.rates import rates_in_force
from sales.registry import Act, order_checks
from sales.services import numbers, order_pricing, order_rules, order_writing, originals
from sales.services.order_rules import OrderInput
from users.constants import Cause
from users.models import User
from users.services import changes
from users.services.reserving import reserve_ids

Pair = tuple[Order, list[OrderLine]]
Fault = OrderInvalid | OrderRefused | PermissionDenied

# From here on COPY is faster than INSERT.
_MANY = 20
_TRIES = 3


@dataclass
class Batch:
    """Orders on their way into the database: what is built, and what is wrong, each by its place in the input."""

    built: dict[int, Pair] = field(default_factory=dict)
    faults: dict[int, Fault] = field(default_factory=dict)

    def refuse(self, faults: Mapping[int, Fault]) -> None:
        """Take orders out."""
        for place, fault in faults.items():
            self.faults.setdefault(place, fault)
            self.built.pop(place, None)

    @property
    def places(self) -> list[int]:
        """Where in the input the built ones stand."""
        return list(self.built)

    @property
    def orders(self) -> list[Order]:
        """The built orders."""
        return [order for order, _lines in self.built.values()]


@transaction.atomic
def create_each(*, new: Sequence[OrderInput], by: User, cause: Cause = Cause.PAGE) -> list[Order | Fault]:
    """Create those orders that can be, all in one change set; for each the order or what is wrong with it.

    A fixed number of statements, whatever their number, but for returns that name an original, for order checks,
    and for another pass each time a writer at the same moment takes one of the numbers.
    """
    return write_each(new=new, by=by, cause=cause)


def write_each(*, new: Sequence[OrderInput], by: User, cause: Cause) -> list[Order | Fault]:
    """The same inside the caller's transaction."""
    batch = Batch()
    allowed = _sort_customers(new, by, batch)
    _build(new, allowed, batch)
    _check_originals(batch, by)
    batch.refuse(_taken(batch))
    _give_numbers(batch.orders)
    _insert(batch)
    _run_checks(batch, by)
    _follow_up(batch, by, cause)
    return [batch.faults[place] if place in batch.faults else batch.built[place][0] for place in range(len(new))]


def _sort_customers(new: Sequence[OrderInput], by: User, batch: Batch) -> dict[int, Customer]:
    visible, allowed = order_writing.sorted_customers({row.customer_id for row in new}, by)
    missing = CustomerUnknown({"customer": _("There is no such customer.")})
    for place, row in enumerate(new):
        if row.customer_id not in visible:
            batch.faults[place] = missing
        elif row.customer_id not in allowed:
            batch.faults[place] = PermissionDenied(_("The orders of this customer are not yours to write."))
    return allowed


def _build(new: Sequence[OrderInput], customers: Mapping[int, Customer], batch: Batch) -> None:
    """Unsaved orders with priced lines."""
    rows = {place: row for place, row in enumerate(new) if place not in batch.faults}
    goods, contacts = products_of(rows.values()), contacts_of(rows.values())
    currencies = {place: row.currency or customers[row.customer_id].currency for place, row in rows.items()}
    days = {place: dates.business_day(row.ordered_at) for place, row in rows.items()}
    rates = rates_in_force([(currencies[place], days[place]) for place in rows])
    for place, row in rows.items():
        broken = order_rules.check(row, currency=currencies[place], products=goods, contacts=contacts, kept=())
        if broken:
            batch.faults[place] = broken
            continue
        order = Order(
            source=row.source,
            number=" ".join(row.number.split()),
            kind=row.kind,
            state=row.state,
            original_id=row.original_id,
            is_unmatched=row.kind == OrderKind.RETURN and row.original_id is None,
            ordered_on=days[place],
            **order_rules.header(row, currencies[place]),
        )
        lines = order_pricing.build_lines(row.lines, goods, {})
        try:
            order_pricing.set_amounts(order, lines, rates)
        except OrderInvalid as error:
            batch.faults[place] = error
        else:
            batch.built[place] = (order, lines)


def products_of(new: Collection[OrderInput]) -> dict[int, Product]:
    """The products that orders name, as far as they exist."""
    wanted = {line.product_id for row in new for line in row.lines if line.product_id}
    return Product.objects.only("id", "name", "is_active", "standard_cost").in_bulk(wanted) if wanted else {}


def contacts_of(new: Collection[OrderInput]) -> dict[int, int]:
    """The customer of each contact that orders name."""
    wanted = {row.contact_id for row in new if row.contact_id}
    return dict(Contact.objects.filter(pk__in=wanted).values_list("pk", "customer_id")) if wanted else {}


def _check_originals(batch: Batch, by: User) -> None:
    """Take out returns that don't fit their originals, until the others do."""
    while True:
        places = batch.places
        pairs = list(batch.built.values())
        try:
            originals.check_originals([order for order, _lines in pairs], [lines for _order, lines in pairs], by)
        except OrdersInvalid as error:
            batch.refuse({places[at]: fault for at, fault in error.errors.items()})
        else:
            return


def _taken(batch: Batch) -> dict[int, Fault]:
    """The orders whose numbers are in use, or used twice in the batch: of those the first may stay."""
    named = {place: (order.source, order.number) for place, (order, _lines) in batch.built.items() if order.number}
    if not named:
        return {}
    wanted = {number for _source, number in named.values()}
    used = set(Order.objects.filter(number__in=wanted).values_list("source", "number"))
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[int, Fault] = {}
    for place, key in named.items():
        seen[key] += 1
        if key in used or seen[key] > 1:
            found[place] = NumberTaken({"number": _("This number is in use.")})
    return found


def _give_numbers(orders: Sequence[Order]) -> None:
    nameless = [order for order in orders if not order.number]
    if nameless:
        given = numbers.take([(order.kind, order.ordered_on) for order in nameless])
        for order, number in zip(nameless, given, strict=True):
            order.number = number


def _insert(batch: Batch) -> None:
    """Save orders and lines. A number that another writer takes at this moment takes its order out."""
    for _try in range(_TRIES):
        if not batch.built:
            return
        try:
            with transaction.atomic():
                _write_rows(list(batch.built.values()))
        except IntegrityError:
            taken = _taken(batch)
            if not taken:
                raise
            batch.refuse(taken)
        else:
            return
    raise OrdersInvalid(dict.fromkeys(batch.built, NumberTaken({"number": _("This number is in use.")})))


def _write_rows(pairs: Sequence[Pair]) -> None:
    orders = [order for order, _lines in pairs]
    if len(pairs) < _MANY:
        Order.objects.bulk_create(orders)
        for order, lines in pairs:
            for line in lines:
                line.order = order
        OrderLine.objects.bulk_create([line for _order, lines in pairs for line in lines])
        return
    now = timezone.now()
    for order, pk in zip(orders, reserve_ids(Order, len(orders)), strict=True):
        order.pk, order.created_at, order.updated_at = pk, now, now
        order._state.adding = False
    names = [column.attname for column in Order._meta.concrete_fields]
    copy_rows(Order._meta.db_table, names, ([getattr(order, name) for name in names] for order in orders))
    columns = [column.attname for column in OrderLine._meta.concrete_fields if not column.primary_key]
    for order, lines in pairs:
        for line in lines:
            line.order_id = order.pk
    rows = ([getattr(line, name) for name in columns] for _order, lines in pairs for line in lines)
    copy_rows(OrderLine._meta.db_table, columns, rows)


def _run_checks(batch: Batch, by: User) -> None:
    """Ask the order checks of the orders that count; those refused are taken out of the database again."""
    if not order_checks:
        return
    refused: dict[int, Fault] = {}
    for place, (order, _lines) in batch.built.items():
        if order.state in COUNTING:
            try:
                with transaction.atomic():
                    order_writing.run_checks(order, Act.CONFIRM, by)
            except OrderRefused as error:
                refused[place] = error
    if refused:
        gone = [batch.built[place][0].pk for place in refused]
        OrderLine.objects.filter(order_id__in=gone).delete()
        Order.objects.filter(pk__in=gone).delete()
        batch.refuse(refused)


def _follow_up(batch: Batch, by: User, cause: Cause) -> None:
    """The log, the rollup's marks and the events of what was written."""
    pairs = list(batch.built.values())
    if not pairs:
        return
    if len(pairs) == 1:
        ((order, lines),) = pairs
        change_set = changes.open_set(by=by, cause=cause, summary=order.number)
        extra = order_writing.logged_lines(lines)
        changes.record_create(change_set, order, customer_id=order.customer_id, extra=extra)
    else:
        change_set = changes.open_set(by=by, cause=cause, summary=_("Orders created in bulk"))
        changes.record_bulk(change_set, Order, [order.pk for order, _lines in pairs])
    order_writing.mark(order_writing.counted_pair(order) for order, _lines in pairs)
    order_writing.emit("order.created", [order for order, _lines in pairs])
