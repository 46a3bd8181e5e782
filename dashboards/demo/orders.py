"""What the customers order: days, lines, prices, states and returns, drawn from their courses."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crm.lib import money
from dashboards.demo import seasons
from dashboards.demo.clients import Client
from dashboards.demo.goods import CATEGORIES, Item
from dashboards.demo.rates import UNRATED, Rates

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DAYS: Final = 731
_MAX_LINES: Final = 9
_UNRATED_SINCE: Final = 45
# Every so many lines are made to a drawing and stand in no price list.
_FREE_TEXT_SHARE: Final = 0.006
FREE_TEXT: Final = "非标定制件（按图加工）"


@dataclass(frozen=True)
class Line:
    """One line: an item by its place in the list, None for one made to a drawing; quantity below zero comes back."""

    item: int | None
    quantity: int
    unit_price: Decimal
    discount: int


@dataclass(frozen=True)
class DemoOrder:
    """One order or return. `client` is a place in the list of customers, `number` empty until somebody gives one."""

    client: int
    at: dt.datetime
    currency: str
    state: str
    lines: tuple[Line, ...]
    is_return: bool = False
    number: str = ""

    @property
    def day(self) -> dt.date:
        """The day it was placed."""
        return self.at.date()


@dataclass(frozen=True, eq=False)
class _Book:
    """The orders before they have lines: customer, days before the demo's day, yuan."""

    client: Ints
    ago: Ints
    amount: Floats


def orders(
    clients: Sequence[Client], items: Sequence[Item], rates: Rates, *, as_of: dt.date, rng: np.random.Generator
) -> list[DemoOrder]:
    """All orders by day, without numbers."""
    book = _book(clients, as_of, rng)
    counts = np.minimum(1 + rng.poisson(1.5, len(book.client)), _MAX_LINES)
    order = np.repeat(np.arange(len(book.client)), counts)
    parts = rng.gamma(1.6, 1.0, len(order)) + 0.05
    amount = book.amount[order] * parts / np.bincount(order, weights=parts)[order]
    chosen = _chosen(clients, items, book, order, amount, rng)
    lines = _lines(clients, items, rates, as_of, book, order, amount, chosen, rng)
    starts = np.searchsorted(order, np.arange(len(book.client) + 1))
    made = []
    for place, (client, ago) in enumerate(zip(book.client.tolist(), book.ago.tolist(), strict=True)):
        here = lines[starts[place] : starts[place + 1]]
        moment = dt.timedelta(minutes=int(rng.integers(8 * 60 + 20, 17 * 60 + 45)))
        day = as_of - dt.timedelta(days=ago)
        at = dt.datetime.combine(day, dt.time.min) + moment
        state = _state(ago, 0.5 if clients[client].is_story else float(rng.random()))
        made.append(DemoOrder(client, at, _currency(clients[client], ago), state, tuple(here)))
    return sorted(made, key=lambda one: (one.at, one.client))


# ── Days and amounts ────────────────────────────────────────────────────────


def _book(clients: Sequence[Client], as_of: dt.date, rng: np.random.Generator) -> _Book:
    """Orders of all spells: more on the days when everybody buys more."""
    # Place p of the weights is p days before the demo's day.
    weights = seasons.weights(as_of - dt.timedelta(days=DAYS - 1), as_of)[::-1]
    client: list[Ints] = []
    ago: list[Ints] = []
    amount: list[Floats] = []
    for place, one in enumerate(clients):
        for spell in one.spells:
            chances = np.cumsum(weights[spell.ends : spell.begins + 1])
            # One order in each of as many stretches of equal chance: a customer's purchases keep some rhythm.
            drawn = (np.arange(spell.orders) + rng.random(spell.orders)) / spell.orders
            days = spell.ends + np.searchsorted(chances, drawn * chances[-1])
            sizes = np.exp(rng.normal(0, 0.2 if one.is_story else 0.5, spell.orders))
            client.append(np.full(spell.orders, place))
            ago.append(days)
            amount.append(spell.amount * sizes / sizes.sum())
    return _Book(np.concatenate(client), np.concatenate(ago), np.concatenate(amount))


def _state(ago: int, drawn: float) -> str:
    """How far an order of an age has come; `drawn` from 0 to 1 decides between what is possible."""
    if drawn < 0.022:
        return "cancelled"
    if ago <= 4:
        return "draft" if drawn < 0.2 else "confirmed"
    if ago <= 14:
        return "confirmed" if drawn < 0.6 else "part_shipped"
    if ago <= 35:
        return "part_shipped" if drawn < 0.2 else "shipped"
    return "completed"


def _currency(client: Client, ago: int) -> str:
    """What an order is in; the customer whose currency has no rate paid in dollars until lately."""
    return "USD" if client.currency in UNRATED and ago > _UNRATED_SINCE else client.currency


# ── Lines ───────────────────────────────────────────────────────────────────


def _chosen(
    clients: Sequence[Client], items: Sequence[Item], book: _Book, order: Ints, amount: Floats, rng: np.random.Generator
) -> Ints:
    """An item for each line: of a category the customer's trade likes, not dearer than the line."""
    tastes = np.array([client.trade.tastes for client in clients])
    limits = np.cumsum(tastes / tastes.sum(axis=1, keepdims=True), axis=1)
    drawn = rng.random(len(order))
    category = (drawn[:, None] > limits[book.client[order]]).sum(axis=1).clip(0, len(CATEGORIES) - 1)
    spread = rng.random(len(order))
    chosen = np.zeros(len(order), dtype=np.int64)
    fallback = [code for code, _name in CATEGORIES].index("SEAL")
    shelves = [_shelf(items, code) for code, _name in CATEGORIES]
    affordable = np.zeros(len(order), dtype=np.int64)
    for number, (_places, prices) in enumerate(shelves):
        here = category == number
        affordable[here] = np.searchsorted(prices, amount[here] * 1.4)
    category[affordable == 0] = fallback
    for number, (places, prices) in enumerate(shelves):
        here = category == number
        reach = np.searchsorted(prices, amount[here] * 1.4).clip(1)
        # Rather the dearer ones: nobody buys a year's needs in O-rings.
        down = (spread[here] ** 1.6 * np.minimum(reach, 12)).astype(np.int64)
        chosen[here] = places[reach - 1 - down]
    return chosen


def _shelf(items: Sequence[Item], category: str) -> tuple[Ints, Floats]:
    """The items of a category from cheap to dear: their places and prices."""
    places = [place for place, item in enumerate(items) if item.category == category]
    places.sort(key=lambda place: items[place].list_price)
    return np.array(places), np.array([float(items[place].list_price) for place in places])


def _lines(
    clients: Sequence[Client],
    items: Sequence[Item],
    rates: Rates,
    as_of: dt.date,
    book: _Book,
    order: Ints,
    amount: Floats,
    chosen: Ints,
    rng: np.random.Generator,
) -> list[Line]:
    """Prices of the day in the customer's currency, discounts by the customer's size, whole quantities."""
    client = book.client[order]
    usual = np.searchsorted([3e5, 1e6, 3e6, 1e7], [one.volume for one in clients])
    discount = np.array([0, 3, 5, 8, 12])[usual][client]
    discount = np.where(rng.random(len(order)) < 0.25, (discount + 2) % 15, discount)
    ago = book.ago[order]
    year = np.array([(as_of - dt.timedelta(days=number)).year for number in range(DAYS)])[ago]
    # The price list goes up a little each New Year.
    listed = np.array([float(item.list_price) for item in items])[chosen] * 0.97 ** (as_of.year - year)
    quantity = np.maximum(1, np.rint(amount / (listed * (1 - discount / 100)))).astype(np.int64)
    free = rng.random(len(order)) < _FREE_TEXT_SHARE
    lines = []
    for place, one in enumerate(client.tolist()):
        currency = _currency(clients[one], int(ago[place]))
        day = as_of - dt.timedelta(days=int(ago[place]))
        price = _price(Decimal(listed[place]) / rates.worth(currency, day), currency)
        item = None if free[place] else int(chosen[place])
        lines.append(Line(item, int(quantity[place]), price, int(discount[place])))
    return lines


def _price(price: Decimal, currency: str) -> Decimal:
    """A price as a person quotes it: no cents from a thousand on."""
    if price >= 1_000:
        return price.quantize(Decimal(1))
    return max(money.round_money(price, currency), Decimal(1))
