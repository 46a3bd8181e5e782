"""Goods that come back: some of an order that is named, some of nobody knows which."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from dashboards.demo.clients import Client
from dashboards.demo.orders import DemoOrder

# Of all completed orders.
_MATCHED_SHARE: Final = 0.0035
_UNMATCHED_SHARE: Final = 0.0065
# Customers who bought nothing for a year and sent something back: they are below zero.
_BELOW_ZERO: Final = 4


@dataclass(frozen=True)
class Taken:
    """A part of one line of an order that comes back: its place among all orders, the line's position from 1."""

    order: int
    position: int
    quantity: int
    at: dt.datetime


def matched(orders: Sequence[DemoOrder], *, as_of: dt.date, rng: np.random.Generator) -> list[Taken]:
    """Returns that name their order, not one order twice."""
    taken = []
    for place in _some(orders, _MATCHED_SHARE, as_of, rng):
        order = orders[place]
        line = order.lines[0]
        back = max(1, int(line.quantity * rng.uniform(0.1, 0.6)))
        taken.append(Taken(place, 1, back, order.at + dt.timedelta(days=int(rng.integers(6, 45)), minutes=17)))
    return taken


def unmatched(
    orders: Sequence[DemoOrder], clients: Sequence[Client], *, as_of: dt.date, rng: np.random.Generator
) -> list[DemoOrder]:
    """Returns as an ERP writes them: negative quantities and no word of the order."""
    places = [(place, int(rng.integers(10, 60))) for place in _some(orders, _UNMATCHED_SHARE, as_of, rng)]
    places += _silent(orders, clients, as_of)
    made = []
    for place, later in places:
        order = orders[place]
        line = order.lines[-1]
        back = replace(line, quantity=-max(1, int(line.quantity * 0.3)))
        at = order.at + dt.timedelta(days=later, minutes=31)
        made.append(replace(order, at=at, lines=(back,), state="completed", is_return=True))
    return made


def _some(orders: Sequence[DemoOrder], share: float, as_of: dt.date, rng: np.random.Generator) -> list[int]:
    """Places of completed orders old enough to have come back."""
    old = [
        place
        for place, order in enumerate(orders)
        if order.state == "completed" and not order.is_return and (as_of - order.day).days > 62
    ]
    count = max(1, round(len(old) * share)) if old else 0
    return sorted(old[int(number)] for number in rng.choice(len(old), size=count, replace=False)) if count else []


def _silent(orders: Sequence[DemoOrder], clients: Sequence[Client], as_of: dt.date) -> list[tuple[int, int]]:
    """The last orders of customers who stopped buying a while ago, and how many days later something came back."""
    newest = {order.client: place for place, order in enumerate(orders)}
    found = []
    for client, place in newest.items():
        ago = (as_of - orders[place].day).days
        if orders[place].state == "completed" and 380 < ago < 600 and not clients[client].is_story:
            found.append((place, ago - 150))
    return found[:_BELOW_ZERO]
