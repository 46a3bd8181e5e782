"""What a chunk of planned orders amounts to in the base currency, and how its rows are spelled for COPY."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from crm.lib import money
from crm.lib.rows import spell
from jobs.core.delimited import Ints
from jobs.errors import RunFailed
from sales.core import lines as core
from sales.imports.order_judging import Plan
from sales.imports.order_parties import NO_COST
from sales.queries.rates import Rate, rates_in_force

_DAY = 86_400_000_000
_NULL = "\\N"
# Lines are spelled and sent so many at a time, so that the server works while we spell the next ones.
_BURST = 2_000


@dataclass
class Chunk:
    """Some orders of a plan, [first, last), with their lines [start, end), and what they amount to."""

    plan: Plan
    first: int
    last: int
    start: int
    end: int
    currencies: Sequence[str]

    def __post_init__(self) -> None:
        orders, lines = slice(self.first, self.last), slice(self.start, self.end)
        self.order = self.plan.order[lines] - self.first
        self.line_net = self.plan.net[lines]
        begins = np.flatnonzero(np.diff(self.order, prepend=-1))
        self.begins = begins
        self.net = np.add.reduceat(self.line_net, begins)
        self.currency = [self.currencies[number] for number in self.plan.currency[orders].tolist()]
        day = self.plan.moment[orders] // _DAY
        self.day = [dt.date(1970, 1, 1) + dt.timedelta(days=number) for number in day.tolist()]
        self._convert()

    def __len__(self) -> int:
        return self.last - self.first

    def _convert(self) -> None:
        """Base amounts: the net itself in the base currency, converted once otherwise; absent without a rate."""
        base = settings.BASE_CURRENCY
        self.rates: dict[tuple[str, dt.date], Rate] = rates_in_force(set(zip(self.currency, self.day, strict=True)))
        self.base = self.net.copy()
        self.line_base = self.line_net.copy()
        foreign = [place for place, code in enumerate(self.currency) if code != base]
        self.unconverted: set[int] = set()
        for place in foreign:
            self._convert_one(place, base)

    def _convert_one(self, place: int, base: str) -> None:
        code = self.currency[place]
        rate = self.rates.get((code, self.day[place]))
        net = money.from_minor(int(self.net[place]), code)
        try:
            minor = core.base_minor_of(net, rate.rate if rate else None, code, base)
        except core.AmountTooLarge:
            text = _("The amount of order %(number)s is larger than the books hold.")
            raise RunFailed(text % {"number": self.plan.number[self.first + place]}) from None
        if minor is None:
            self.unconverted.add(place)
            return
        begin = int(self.begins[place])
        end = int(self.begins[place + 1]) if place + 1 < len(self.begins) else len(self.order)
        self.base[place] = minor
        self.line_base[begin:end] = money.spread(minor, self.line_net[begin:end].tolist())

    def rate_id(self, place: int) -> int | None:
        """The rate an order was converted at."""
        rate = self.rates.get((self.currency[place], self.day[place]))
        return rate.id if rate else None

    def base_of(self, place: int) -> int | None:
        """An order's base amount, or None without a rate."""
        return None if place in self.unconverted else int(self.base[place])


@dataclass(frozen=True)
class Goods:
    """What lines are of, spelled for COPY, by the numbers in the file's dictionaries; the last entry is none."""

    products: list[str]
    texts: list[str]
    costs: Ints

    @classmethod
    def spelled(cls, product_ids: Ints, texts: Sequence[str], costs: Ints) -> Goods:
        """Spell ids and descriptions once."""
        return cls(
            [*map(str, product_ids.tolist()), _NULL],
            [*map(spell, texts), ""],
            np.append(costs, NO_COST),
        )


# In the sequence of `LINE_COLUMNS`; whole numbers are scaled by their exponent, and there is no tax.
_LINE = "%d\t%d\t%s\t%s\t%de-4\t%de-6\t%de-4\t0\t%de-%d\t%s\t%s\t%s\n"
LINE_COLUMNS = (
    *("order_id", "position", "product_id", "description", "quantity", "unit_price", "discount_percent"),
    *("tax_percent", "net", "base_minor", "unit_cost", "cost_minor"),
)


def spelled_lines(chunk: Chunk, order_ids: Ints, goods: Goods, which: Ints) -> Iterator[str]:
    """The lines of a chunk's orders for COPY, some thousand at a time.

    `order_ids` has the id of each of the chunk's orders; `which` are the places of the lines to spell.
    """
    plan = chunk.plan
    position = np.arange(len(chunk.order)) - chunk.begins[chunk.order] + 1
    exponents = np.array([money.exponent(code) for code in chunk.currency], dtype=np.int64)
    missing = np.zeros(len(chunk), dtype=bool)
    missing[list(chunk.unconverted)] = True
    for begin in range(0, len(which), _BURST):
        here = which[begin : begin + _BURST]
        lines = chunk.start + here
        order = chunk.order[here]
        product = plan.product[lines]
        cost = goods.costs[product]
        columns = (
            order_ids[order].tolist(),
            position[here].tolist(),
            [goods.products[number] for number in product.tolist()],
            [goods.texts[number] for number in plan.text[lines].tolist()],
            plan.quantity[lines].tolist(),
            plan.unit_price[lines].tolist(),
            plan.discount[lines].tolist(),
            chunk.line_net[here].tolist(),
            exponents[order].tolist(),
            _nullable(chunk.line_base[here], missing[order]),
            [_NULL if one == NO_COST else f"{one}e-6" for one in cost.tolist()],
            _nullable(_costs(plan.quantity[lines], cost), cost == NO_COST),
        )
        yield "".join([_LINE % row for row in zip(*columns, strict=True)])


def _costs(quantity: Ints, unit_cost: Ints) -> Ints:
    """What lines cost in base minor units."""
    known = unit_cost != NO_COST
    if not known.any():
        return np.zeros(len(quantity), dtype=np.int64)
    try:
        return core.nets(quantity, np.where(known, unit_cost, 0), exponent=money.exponent(settings.BASE_CURRENCY))
    except core.AmountTooLarge:
        raise RunFailed(_("What a line costs is larger than the books hold; look at the products' costs.")) from None


def _nullable(values: Ints, absent: NDArray[np.bool_]) -> list[int | str]:
    if not absent.any():
        return list(values.tolist())
    return [_NULL if none else value for value, none in zip(values.tolist(), absent.tolist(), strict=True)]
