"""From lines as read to orders that can be written: the file's own conventions settled, every line judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from accounts.scope import acting_scope
from crm.lib import money
from jobs.core import moments
from jobs.core.delimited import Ints
from jobs.imports.errors import MappingRefused
from jobs.imports.work import NO_FIELD, Work
from sales.core import order_files
from sales.core.order_files import Judged, Lines, Verdict
from sales.imports.order_fields import STATES
from sales.imports.order_parties import Resolved
from sales.imports.order_reading import STATE_LIST, Read
from sales.models import Order
from users.roles import Permission

Flags = NDArray[np.bool_]

_BATCH = 10_000


@dataclass
class Plan:
    """The orders to be written, in the file's sequence, and their lines grouped by them.

    Per order: `number`, `customer`, `currency` (numbers in the file's dictionaries), `is_return`, `state` (place
    in `STATE_LIST`), `moment` (microseconds, local). Per line: `order` (0 …), `product`, `text`, `quantity`,
    `unit_price`, `discount`, `net` (minor units).
    """

    number: Ints
    customer: Ints
    currency: Ints
    is_return: Flags
    state: Ints
    moment: Ints
    order: Ints
    product: Ints
    text: Ints
    quantity: Ints
    unit_price: Ints
    discount: Ints
    net: Ints
    rows: int
    notes: dict[str, str]


@dataclass
class _File:
    """The whole file's lines while they are judged."""

    work: Work
    read: Read
    line: Ints
    order: Ints
    reason: Ints
    place: Ints
    notes: dict[str, str]

    def refuse(self, where: Flags, code: str, text: str) -> None:
        where = where & (self.reason == 0)
        if where.any():
            self.reason[where] = self.work.rejects.reason(text)
            self.place[where] = self.work.places.get(code, NO_FIELD)


def plan(work: Work, read: Read, customers: Resolved, products: Resolved) -> Plan:
    """Settle and judge. The refused lines go to the work's rejects. Raises MappingRefused for ambiguous dates."""
    file = _File(work, read, read.take("line"), read.take("order"), read.take("reason"), read.take("place"), {})
    moment = _moments(file)
    discount = _discounts(file)
    customer, product = read.take("customer"), read.take("product")
    for code, numbers, resolved in (("customer_code", customer, customers), ("product_code", product, products)):
        _refuse_parties(file, code, numbers, resolved)
    _refuse_damaged(file)
    _refuse_taken(file)
    exists = np.flatnonzero(file.order >= 0)
    compact, numbers = order_files.compact(file.order[exists])
    sequence, _first = order_files.grouped(compact)
    chosen = exists[sequence]
    lines = _lines(read, chosen, compact[sequence], customer, discount)
    judged = _judge(file, lines, chosen, numbers)
    _enter(file, judged, chosen)
    rows = len(file.line) + len(work.rejects.damaged)
    work.rejects.settle(file.line, file.reason.astype(np.int32), file.place.astype(np.int16))
    fine = file.reason[chosen] == 0
    return _plan(file, lines, judged, chosen, fine, numbers, moment, product, rows)


# ── What the file means ─────────────────────────────────────────────────────


def _moments(file: _File) -> Ints:
    """The moments, read in the order that the option or the file's own dates say."""
    moment = file.read.take("moment")
    if file.read.month_first["rows"]:
        rows = np.concatenate(file.read.month_first["rows"])
        other = np.concatenate(file.read.month_first["moments"])
        order = file.work.options["date_order"]
        if order == "auto":
            fine = file.reason[rows] == 0
            order = _date_order(moment[rows[fine]], other[fine])
        if order == "mdy":
            moment[rows] = other
        file.notes["date_order"] = order
    file.refuse(moment == moments.NONE, "ordered_at", _("There is no such date."))
    return moment


def _date_order(day_first: Ints, month_first: Ints) -> str:
    found = moments.date_order(day_first, month_first)
    if found is None:
        raise MappingRefused(
            _(
                "The dates can be read with the day first or with the month first, such as 5/6/2026 for 5 June"
                " or 6 May. Say which: option “date_order”, “dmy” or “mdy”."
            )
        )
    return found


def _discounts(file: _File) -> Ints:
    """Discounts in ten-thousandths of a percent."""
    written = file.read.take("discount")
    if not file.work.has("discount"):
        return written
    says = file.work.options["discount"]
    if says == "auto":
        small = bool((written <= 10**6).all()) and bool((written % 10**6 != 0).any())
        says = "fraction" if small and not file.read.percent_signs else "percent"
    file.notes["discount"] = says
    return written if says == "fraction" else (written + 50) // 100


def _refuse_parties(file: _File, code: str, numbers: Ints, resolved: Resolved) -> None:
    for number, text in resolved.refusals.items():
        file.refuse(numbers == number, code, text)


def _refuse_damaged(file: _File) -> None:
    if file.read.damaged_orders:
        hit = np.isin(file.order, list(file.read.damaged_orders)) & (file.order >= 0)
        file.refuse(hit, "number", _text(Verdict.OTHER_LINE)[0])


def _refuse_taken(file: _File) -> None:
    """Orders that exist with a customer out of the user's reach can't be replaced."""
    by = file.work.by
    if by is None:
        return
    texts = file.read.orders.texts
    reach = acting_scope(by, Permission.ORDER_EDIT).condition("customer__")
    for start in range(0, len(texts), _BATCH):
        here = Order.objects.filter(source=file.work.options["source"], number__in=texts[start : start + _BATCH])
        hidden = here.exclude(pk__in=here.filter(reach).values("pk")).values_list("number", flat=True)
        places = [start + texts[start : start + _BATCH].index(number) for number in hidden]
        if places:
            file.refuse(
                np.isin(file.order, places), "number", _("This number belongs to an order that isn't yours to change.")
            )


# ── Judging ─────────────────────────────────────────────────────────────────


def _lines(read: Read, chosen: Ints, order: Ints, customer: Ints, discount: Ints) -> Lines:
    return Lines(
        order=order,
        customer=customer[chosen],
        currency=read.take("currency")[chosen],
        quantity=read.take("quantity")[chosen].astype(np.int64),
        unit_price=read.take("unit_price")[chosen].astype(np.int64),
        amount=read.take("amount")[chosen].astype(np.int64),
        discount=discount[chosen].astype(np.int64),
        has_price=read.take("has_price")[chosen] > 0,
        has_amount=read.take("has_amount")[chosen] > 0,
        kind=read.take("kind")[chosen],
    )


def _judge(file: _File, lines: Lines, chosen: Ints, numbers: Ints) -> Judged:
    options = file.work.options
    prefix = options["return_prefix"].casefold()
    names = file.read.orders.texts
    prefixed = [bool(prefix) and names[number].casefold().startswith(prefix) for number in numbers.tolist()]
    exponents = np.array([money.exponent(code) for code in file.read.currencies.texts] or [2], dtype=np.int64)
    return order_files.judged(
        lines,
        refused=file.reason[chosen] != 0,
        exponents=exponents[lines.currency],
        rule=options["returns"],
        prefixed=np.array(prefixed, dtype=bool),
    )


def _enter(file: _File, judged: Judged, chosen: Ints) -> None:
    for verdict in Verdict:
        where = np.zeros(len(file.line), dtype=bool)
        where[chosen[judged.verdict == verdict]] = True
        if verdict != Verdict.FINE:
            text, code = _text(verdict)
            if code == "unit_price" and not file.work.has(code):
                code = "amount"
            file.refuse(where, code, text)


def _text(verdict: Verdict) -> tuple[str, str]:
    """Why a line is refused, and the field it is about."""
    return {
        Verdict.NEGATIVE_QUANTITY: (_("A quantity below zero stands only in a return."), "quantity"),
        Verdict.POSITIVE_QUANTITY: (_("A quantity above zero doesn't stand in a return."), "quantity"),
        Verdict.ZERO_QUANTITY: (_("The quantity is zero."), "quantity"),
        Verdict.NEGATIVE_PRICE: (_("A price isn't below zero."), "unit_price"),
        Verdict.NEGATIVE_AMOUNT: (_("An amount below zero stands only in a return."), "amount"),
        Verdict.TOO_LARGE: (_("The amount is larger than the field holds."), "unit_price"),
        Verdict.TWO_CUSTOMERS: (_("The lines of this order name different customers."), "customer_code"),
        Verdict.TWO_CURRENCIES: (_("The lines of this order name different currencies."), "currency"),
        Verdict.TWO_KINDS: (_("Some lines of this order say return, some don't."), "kind"),
        Verdict.DISCOUNT: (_("A discount lies between 0 and 100%."), "discount"),
        Verdict.OTHER_LINE: (_("Another line of this order is refused."), "number"),
    }[verdict]


def _plan(
    file: _File,
    lines: Lines,
    judged: Judged,
    chosen: Ints,
    fine: Flags,
    numbers: Ints,
    moment: Ints,
    product: Ints,
    rows: int,
) -> Plan:
    """Only what is fine, orders numbered anew."""
    kept, order = np.unique(lines.order[fine], return_inverse=True)
    first = judged.first[kept]
    text, state = file.read.take("text")[chosen], file.read.take("state")[chosen]
    earliest = np.minimum.reduceat(moment[chosen], judged.first) if len(judged.first) else moment[:0]
    default = STATE_LIST.index(STATES[file.work.options["state"]])
    return Plan(
        number=numbers[kept],
        customer=lines.customer[first],
        currency=lines.currency[first],
        is_return=judged.is_return[kept],
        state=np.where(state[first] > 0, state[first] - 1, default),
        moment=earliest[kept],
        order=order,
        product=product[chosen][fine],
        text=text[fine],
        quantity=judged.quantity[fine],
        unit_price=judged.unit_price[fine],
        discount=lines.discount[fine],
        net=judged.net[fine],
        rows=rows,
        notes=file.notes,
    )
