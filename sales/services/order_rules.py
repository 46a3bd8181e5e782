"""What an order may say, for every door: page, API, import of single orders."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.lib import dates
from sales.constants import OWN_SOURCE, OrderKind, OrderState
from sales.errors import OrderInvalid
from sales.models import Order, OrderLine, Product


@dataclass(frozen=True)
class LineInput:
    """What is said of a line. A product or a description; quantity below zero in returns alone.

    Without a unit cost it takes the one the line had, else the product's standard cost. Without a position it
    comes after the others.
    """

    quantity: Decimal
    unit_price: Decimal
    product_id: int | None = None
    description: str = ""
    discount_percent: Decimal = Decimal(0)
    tax_percent: Decimal = Decimal(0)
    unit_cost: Decimal | None = None
    position: int | None = None
    original_position: int | None = None


@dataclass(frozen=True)
class OrderInput:
    """What is said of an order. Without a number it gets one, without a currency the customer's."""

    customer_id: int
    ordered_at: dt.datetime
    lines: Sequence[LineInput]
    number: str = ""
    source: str = OWN_SOURCE
    kind: str = OrderKind.ORDER
    state: str = OrderState.DRAFT
    contact_id: int | None = None
    original_id: int | None = None
    promised_on: dt.date | None = None
    shipped_on: dt.date | None = None
    currency: str = ""
    note: str = ""


_HEADER = ("customer_id", "contact_id", "ordered_at", "promised_on", "shipped_on", "currency", "note")


def header(new: OrderInput, currency: str) -> dict[str, Any]:
    """The columns of an order that stand in its input as they are."""
    return {name: getattr(new, name) for name in _HEADER} | {"currency": currency, "note": new.note.strip()}


_NUMBERS = ("quantity", "unit_price", "discount_percent", "tax_percent", "unit_cost")
_MAX_LINES = 2_000


def check(
    new: OrderInput,
    *,
    currency: str,
    products: Mapping[int, Product],
    contacts: Mapping[int, int],
    kept: Collection[int],
) -> OrderInvalid:
    """The rules an order breaks; an empty one is false. Touches no database.

    `products` are those that exist of the ones named, `contacts` the customer of each contact, `kept` the
    products the order already has, which may be off sale by now.
    """
    broken = OrderInvalid()
    for name, value in (("number", new.number), ("source", new.source), ("note", new.note), ("currency", currency)):
        _check_field(broken, Order, name, value, required=name == "currency")
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        broken.add("currency", _("Write the international code of three letters, such as USD."))
    if new.contact_id is not None and contacts.get(new.contact_id) != new.customer_id:
        broken.add("contact", _("This person isn't a contact of the customer."))
    if new.promised_on and new.promised_on < dates.business_day(new.ordered_at) and new.kind == OrderKind.ORDER:
        broken.add("promised_on", _("The promised day lies before the order."))
    if not new.lines:
        broken.add("", _("An order has at least one line."))
    if len(new.lines) > _MAX_LINES:
        broken.add("", _("An order has at most %(count)s lines.") % {"count": _MAX_LINES})
        return broken
    positions = [line.position for line in new.lines if line.position is not None]
    if len(set(positions)) < len(positions) or min(positions, default=1) < 1:
        broken.add("", _("Two lines have the same place in the order."))
    for place, line in enumerate(new.lines):
        _check_line(broken, place, line, new.kind, products, kept)
    return broken


def _check_line(
    broken: OrderInvalid,
    place: int,
    line: LineInput,
    kind: str,
    products: Mapping[int, Product],
    kept: Collection[int],
) -> None:
    for name in _NUMBERS:
        _check_field(broken, OrderLine, name, getattr(line, name), line=place)
    _check_field(broken, OrderLine, "description", line.description, line=place)
    _check_goods(broken, place, line, kind, products, kept)
    if place in broken.lines:
        return
    if kind == OrderKind.ORDER and line.quantity <= 0:
        broken.add("quantity", _("A quantity is above zero; what comes back is entered as a return."), line=place)
    if kind == OrderKind.RETURN and line.quantity >= 0:
        broken.add("quantity", _("A return has quantities below zero."), line=place)
    if line.unit_price < 0:
        broken.add("unit_price", _("A price isn't below zero; use a discount."), line=place)
    if not 0 <= line.discount_percent <= 100:
        broken.add("discount_percent", _("A discount lies between 0 and 100%."), line=place)
    if not 0 <= line.tax_percent <= 100:
        broken.add("tax_percent", _("A tax rate lies between 0 and 100%."), line=place)
    if line.unit_cost is not None and line.unit_cost < 0:
        broken.add("unit_cost", _("A cost isn't below zero."), line=place)


def _check_goods(
    broken: OrderInvalid,
    place: int,
    line: LineInput,
    kind: str,
    products: Mapping[int, Product],
    kept: Collection[int],
) -> None:
    if line.product_id is None:
        if not line.description.strip():
            broken.add("product", _("Choose a product or describe what is sold."), line=place)
        return
    product = products.get(line.product_id)
    if product is None:
        broken.add("product", _("There is no such product."), line=place)
    elif not product.is_active and kind == OrderKind.ORDER and product.pk not in kept:
        broken.add("product", _("%(product)s is no longer on sale.") % {"product": product.name}, line=place)


def _check_field(
    broken: OrderInvalid,
    model: type[Order | OrderLine],
    name: str,
    value: Any,
    *,
    line: int | None = None,
    required: bool = False,
) -> None:
    """Whether a value fits its column: length, digits, decimals, no NUL."""
    if value is None and not required:
        return
    field, length, whole, places = _limits(model, name)
    if length and type(value) is str and 0 < len(value) <= length and "\x00" not in value:
        return
    if places and type(value) is Decimal and _fits(value, whole, places):
        return
    if isinstance(value, str) and "\x00" in value:
        broken.add(name, _("This has a character (NUL) that can't be stored."), line=line)
    elif value not in ("", None) or required:
        try:
            field.clean(value, None)
        except ValidationError as error:
            broken.add(name, " ".join(error.messages), line=line)


@cache
def _limits(model: type[Order | OrderLine], name: str) -> tuple[Any, int, int, int]:
    """A column with its longest text, and the digits it has before and behind the point."""
    field: Any = model._meta.get_field(name)
    length = 0 if field.choices else getattr(field, "max_length", None) or 0
    places = getattr(field, "decimal_places", None) or 0
    return field, length, (getattr(field, "max_digits", None) or 0) - places, places


def _fits(value: Decimal, whole: int, places: int) -> bool:
    """Whether a number plainly fits; of what doesn't the column says what is wrong."""
    _sign, digits, exponent = value.as_tuple()
    return isinstance(exponent, int) and -places <= exponent <= 0 and len(digits) + exponent <= whole
