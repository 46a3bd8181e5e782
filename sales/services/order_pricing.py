"""Giving orders and their lines their amounts, at the rates in force."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from sales.core import lines as core
from sales.errors import OrderInvalid
from sales.models import Order, OrderLine, Product
from sales.queries.rates import Rate
from sales.services.order_rules import LineInput

# What a line is of: its product, or its words.
Goods = tuple[int | None, str]
# What a line's net follows from: its place, quantity, price and discount.
Terms = tuple[int, Decimal, Decimal, Decimal]
Rates = Mapping[tuple[str, dt.date], Rate]


def goods_of(line: OrderLine | LineInput) -> Goods:
    """What a line is of, for finding the same goods on another version of the order or on its returns."""
    return (line.product_id, "" if line.product_id else line.description)


def build_lines(
    given: Sequence[LineInput], products: Mapping[int, Product], known_costs: Mapping[Goods, Decimal | None]
) -> list[OrderLine]:
    """The rows of an order's lines, without amounts. Positions given are kept, the others follow the highest."""
    following = max((line.position or 0 for line in given), default=0)
    rows = []
    for line in given:
        position = line.position
        if position is None:
            following += 1
            position = following
        rows.append(
            OrderLine(
                position=position,
                product_id=line.product_id,
                description=" ".join(line.description.split()),
                quantity=line.quantity,
                unit_price=line.unit_price,
                discount_percent=line.discount_percent,
                tax_percent=line.tax_percent,
                unit_cost=_unit_cost(line, products, known_costs),
                original_position=line.original_position,
            )
        )
    return rows


def set_amounts(
    order: Order, lines: Sequence[OrderLine], rates: Rates, agreed: Mapping[Terms, Decimal] | None = None
) -> None:
    """Write net, base amount, rate and cost on an order and its lines; nothing is saved.

    Lines whose terms are in `agreed` have that net. Raises OrderInvalid for amounts that don't fit their fields.
    """
    rate = rates.get((order.currency, order.ordered_on))
    terms = [
        core.LineTerms(
            row.quantity, row.unit_price, row.discount_percent, row.unit_cost, (agreed or {}).get(terms_of(row))
        )
        for row in lines
    ]
    try:
        priced = core.priced(
            terms, currency=order.currency, rate=rate.rate if rate else None, base_currency=settings.BASE_CURRENCY
        )
    except core.AmountTooLarge as error:
        raise _too_large(error.rows) from None
    order.net, order.base_minor = priced.net, priced.base_minor
    order.rate_id = rate.id if rate else None
    for row, amounts in zip(lines, priced.lines, strict=True):
        row.net, row.base_minor, row.cost_minor = amounts.net, amounts.base_minor, amounts.cost_minor


def set_base(order: Order, lines: Sequence[OrderLine], rates: Rates) -> None:
    """Convert an order anew; its nets stay as they are. Nothing is saved. Raises OrderInvalid if it doesn't fit."""
    rate = rates.get((order.currency, order.ordered_on))
    try:
        order.base_minor, parts = core.converted(
            [row.net for row in lines],
            currency=order.currency,
            rate=rate.rate if rate else None,
            base_currency=settings.BASE_CURRENCY,
        )
    except core.AmountTooLarge as error:
        raise _too_large(error.rows) from None
    order.rate_id = rate.id if rate else None
    for row, part in zip(lines, parts, strict=True):
        row.base_minor = part


def terms_of(line: OrderLine) -> Terms:
    """What a line's net follows from."""
    return (line.position, line.quantity, line.unit_price, line.discount_percent)


def known_costs(lines: Iterable[OrderLine]) -> dict[Goods, Decimal | None]:
    """The unit costs that an order's lines were written with."""
    return {goods_of(line): line.unit_cost for line in lines}


def _unit_cost(
    line: LineInput, products: Mapping[int, Product], known: Mapping[Goods, Decimal | None]
) -> Decimal | None:
    if line.unit_cost is not None:
        return line.unit_cost
    if (cost := known.get(goods_of(line))) is not None:
        return cost
    return products[line.product_id].standard_cost if line.product_id else None


def _too_large(rows: Sequence[int]) -> OrderInvalid:
    broken = OrderInvalid()
    text = _("The amount is larger than the books hold (%(digits)s digits).") % {"digits": 15}
    for row in rows:
        broken.add("", text, line=row)
    if not rows:
        broken.add("", text)
    return broken
