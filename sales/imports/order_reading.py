"""Reading a file of order lines into columns: every cell parsed once, what can't be read refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from crm.lib import dates
from jobs.core import moments, numbers
from jobs.core.columns import BLANK, Column, Dictionary, folded
from jobs.core.delimited import Ints, Piece
from jobs.imports.work import NO_FIELD, Work
from sales.imports.order_fields import STATES, currency_of, kind_of, state_of
from sales.models import Order, OrderLine, Product

Flags = NDArray[np.bool_]

STATE_LIST = tuple(dict.fromkeys(STATES.values()))


@dataclass
class Parties:
    """Customers or products that a file names: their codes, and the first name and country given with each."""

    codes: Dictionary = field(default_factory=Dictionary)
    names: dict[int, str] = field(default_factory=dict)
    countries: dict[int, str] = field(default_factory=dict)

    def learn(self, known: dict[int, str], codes: Ints, column: Column) -> None:
        """Keep the first text that stands beside each code."""
        given = np.array([bool(text.strip()) for text in column.texts], dtype=bool)
        rows = np.flatnonzero((codes != BLANK) & given[column.codes])
        seen, first = np.unique(codes[rows], return_index=True)
        for code, place in zip(seen.tolist(), first.tolist(), strict=True):
            if code not in known:
                known[code] = folded(column.texts[int(column.codes[rows[place]])])


@dataclass
class Read:
    """A file's lines as columns, in its sequence; `reason` and `place` say which are refused already, and where.

    Numbers are scaled as `sales.core.order_files` wants them, but for `discount`: millionths of what is
    written. `moment` is microseconds of local time, read with the day first; `month_first` has the rows where
    the other reading differs.
    """

    default_currency: str
    orders: Dictionary = field(default_factory=Dictionary)
    customers: Parties = field(default_factory=Parties)
    products: Parties = field(default_factory=Parties)
    texts: Dictionary = field(default_factory=Dictionary)
    currencies: Dictionary = field(default_factory=Dictionary)
    columns: dict[str, list[NDArray[np.signedinteger]]] = field(default_factory=dict)
    rows: int = 0
    month_first: dict[str, list[Ints]] = field(default_factory=lambda: {"rows": [], "moments": []})
    damaged_orders: set[int] = field(default_factory=set)
    percent_signs: bool = False

    def add(self, name: str, values: NDArray[np.signedinteger]) -> None:
        """Append a piece's column, no wider than it must be."""
        self.columns.setdefault(name, []).append(values)

    def take(self, name: str) -> Ints:
        """A whole column, as narrow as its pieces; it is given away."""
        parts = self.columns.pop(name, [])
        whole: Ints = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
        return whole


def read(work: Work) -> Read:
    """Read the whole file. Raises FileRefused."""
    found = Read(default_currency=work.options["currency"].upper() or settings.BASE_CURRENCY)
    found.currencies.codes([found.default_currency])
    for lines, piece in work.pieces():
        _Piece(work, found, piece, lines).read()
    return found


class _Piece:
    """One piece of the file on its way into columns."""

    def __init__(self, work: Work, found: Read, piece: Piece, lines: Ints) -> None:
        self.work, self.found, self.piece = work, found, piece
        self.reason = np.zeros(len(piece), dtype=np.int32)
        self.place = np.full(len(piece), NO_FIELD, dtype=np.int16)
        self.begin = found.rows
        found.rows += len(piece)
        found.add("line", lines.astype(np.int32))

    def read(self) -> None:
        found = self.found
        self._note_damaged()
        orders = self._code("number", found.orders, _max(Order, "number"), _("The order number is missing."))
        found.add("order", orders.astype(np.int32))
        self._moments()
        customers = self._code("customer_code", found.customers.codes, 40, _("The customer is missing."))
        found.add("customer", customers.astype(np.int32))
        products = self._code("product_code", found.products.codes, _max(Product, "code"))
        found.add("product", products.astype(np.int32))
        self._names(customers, products)
        self._numbers()
        self._discount()
        found.add(
            "currency",
            self._words("currency", _currency(found), _("This isn't a currency code such as USD.")).astype(np.int16),
        )
        found.add("kind", self._words("kind", kind_of, _("This says neither order nor return.")).astype(np.int8))
        found.add("state", self._words("state", _state, _("This isn't a state that orders have.")).astype(np.int8))
        found.add("reason", self.reason)
        found.add("place", self.place)

    def _refuse(self, where: Flags, code: str, text: str) -> None:
        where = where & (self.reason == 0)
        if where.any():
            self.reason[where] = self.work.rejects.reason(text)
            self.place[where] = self.work.places[code]

    def _note_damaged(self) -> None:
        """An order that a broken line may belong to isn't complete."""
        place = self.work.places["number"]
        texts = [one.cells[place].decode("utf-8", "replace") for one in self.piece.damaged if place < len(one.cells)]
        self.found.damaged_orders.update(self.found.orders.codes(texts).tolist())

    def _code(self, code: str, dictionary: Dictionary, longest: int, missing: str = "") -> Ints:
        if not self.work.has(code):
            return np.full(len(self.piece), BLANK, dtype=np.int64)
        column = self.work.column(self.piece, code)
        self._refuse_long(column, code, longest)
        codes = dictionary.codes(column.texts)[column.codes]
        if missing:
            self._refuse(codes == BLANK, code, missing)
        return codes

    def _refuse_long(self, column: Column, code: str, longest: int) -> None:
        long = np.array([len(text) > longest and len(folded(text)) > longest for text in column.texts], dtype=bool)
        if long.any():
            self._refuse(long[column.codes], code, _("This is longer than %(count)s characters.") % {"count": longest})

    def _moments(self) -> None:
        column = self.work.column(self.piece, "ordered_at")
        day_first, month_first = moments.moments(column.texts, zone=dates.company_zone())
        blank = np.array([not text.strip() for text in column.texts], dtype=bool)
        self._refuse(blank[column.codes], "ordered_at", _("The order date is missing."))
        nonsense = (day_first == moments.NONE) & (month_first == moments.NONE)
        self._refuse(nonsense[column.codes], "ordered_at", _("There is no such date."))
        self.found.add("moment", day_first[column.codes])
        differs = np.flatnonzero((day_first != month_first)[column.codes])
        if len(differs):
            self.found.month_first["rows"].append(differs + self.begin)
            self.found.month_first["moments"].append(month_first[column.codes[differs]])

    def _names(self, customers: Ints, products: Ints) -> None:
        found, work, piece = self.found, self.work, self.piece
        for code, parties, codes, known, longest in (
            ("customer_name", found.customers, customers, found.customers.names, 200),
            ("country", found.customers, customers, found.customers.countries, 200),
            ("product_name", found.products, products, found.products.names, _max(Product, "name")),
        ):
            if work.has(code):
                column = work.column(piece, code)
                self._refuse_long(column, code, longest)
                parties.learn(known, codes, column)
                if code == "product_name":
                    self._describe(column, products)
        if not work.has("product_name"):
            found.add("text", np.full(len(piece), BLANK, dtype=np.int32))

    def _describe(self, column: Column, products: Ints) -> None:
        """A line without a product code is what its name says."""
        free = products == BLANK
        texts = np.full(len(self.piece), BLANK, dtype=np.int32)
        if free.any():
            self._refuse_long(column, "product_name", _max(OrderLine, "description"))
            wanted, inverse = np.unique(column.codes[free], return_inverse=True)
            texts[free] = self.found.texts.codes([column.texts[code] for code in wanted.tolist()])[inverse]
        self.found.add("text", texts)

    def _numbers(self) -> None:
        found, length = self.found, len(self.piece)
        quantity = self._number("quantity", decimals=4)
        price, amount = self._number("unit_price", decimals=6), self._number("amount", decimals=6)
        has_price, has_amount = price >= numbers.FIRST_VALUE, amount >= numbers.FIRST_VALUE
        neither = ~has_price & ~has_amount & (price != numbers.UNREADABLE) & (amount != numbers.UNREADABLE)
        self._refuse(
            neither, "unit_price" if self.work.has("unit_price") else "amount", _("Price and amount are missing.")
        )
        if self.work.has("quantity"):
            self._refuse(quantity == numbers.EMPTY, "quantity", _("The quantity is missing."))
        else:
            quantity = np.where(amount < 0, -10_000, 10_000).astype(np.int64)
        for name, values in (("quantity", quantity), ("unit_price", price), ("amount", amount)):
            known = np.where(values < numbers.FIRST_VALUE, 0, values)
            found.add(name, known if self.work.has(name) or name == "quantity" else np.zeros(length, dtype=np.int8))
        found.add("has_price", has_price.astype(np.int8))
        found.add("has_amount", has_amount.astype(np.int8))

    def _number(self, code: str, *, decimals: int) -> Ints:
        if not self.work.has(code):
            return np.full(len(self.piece), numbers.EMPTY, dtype=np.int64)
        column = self.work.column(self.piece, code)
        comma = self.work.options["decimal_comma"]
        values = numbers.scaled(column.texts, decimals=decimals, digits=12, decimal_comma=comma)[column.codes]
        self._refuse(values == numbers.UNREADABLE, code, _("This isn't a number."))
        self._refuse(values == numbers.TOO_LARGE, code, _("The number is larger than the field holds."))
        return values

    def _discount(self) -> None:
        if not self.work.has("discount"):
            self.found.add("discount", np.zeros(len(self.piece), dtype=np.int32))
            return
        column = self.work.column(self.piece, "discount")
        values, explicit = numbers.percents(column.texts, decimal_comma=self.work.options["decimal_comma"])
        self.found.percent_signs |= bool(explicit.any())
        self._refuse(values[column.codes] == numbers.UNREADABLE, "discount", _("This isn't a discount."))
        self._refuse(values[column.codes] == numbers.TOO_LARGE, "discount", _("This isn't a discount."))
        self.found.add("discount", np.where(values < numbers.FIRST_VALUE, 0, values)[column.codes])

    def _words(self, code: str, meaning: Callable[[str], int | None], unknown: str) -> Ints:
        if not self.work.has(code):
            return np.zeros(len(self.piece), dtype=np.int64)
        column = self.work.column(self.piece, code)
        meanings = [meaning(folded(text)) for text in column.texts]
        strange = np.array([one is None for one in meanings], dtype=bool)
        self._refuse(strange[column.codes], code, unknown)
        return np.array([one or 0 for one in meanings], dtype=np.int64)[column.codes]


def _currency(found: Read) -> Callable[[str], int | None]:
    def meaning(text: str) -> int | None:
        code = currency_of(text) if text else found.default_currency
        return int(found.currencies.codes([code])[0]) if code else None

    return meaning


def _state(text: str) -> int | None:
    """The place of a state in `STATE_LIST`, counted from 1; 0 where the file says nothing."""
    if not text:
        return 0
    state = state_of(text)
    return None if state is None else STATE_LIST.index(state) + 1


def _max(model: type[Order | OrderLine | Product], name: str) -> int:
    return getattr(model._meta.get_field(name), "max_length", 0)
