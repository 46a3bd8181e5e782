"""The whole company, drawn from one seed and one day."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from dashboards.demo import clients as customer_drawing
from dashboards.demo import goods, order_file, people, returns
from dashboards.demo import orders as order_drawing
from dashboards.demo import rates as rate_drawing
from dashboards.demo.clients import Client
from dashboards.demo.goods import Item
from dashboards.demo.names import Names
from dashboards.demo.orders import DemoOrder
from dashboards.demo.people import Person
from dashboards.demo.rates import Rates
from dashboards.demo.returns import Taken

# Orders of the last days were typed in on our pages; older ones came from the ERP.
_TYPED_DAYS: Final = 4


@dataclass(frozen=True, eq=False)
class Company:
    """Everything but our own people, who are the same in every drawing.

    `filed` are the ERP's orders and returns, with numbers; `typed` those of the last days. `taken` names
    places among `filed`.
    """

    clients: list[Client]
    contacts: list[Person]
    items: list[Item]
    rates: Rates
    filed: list[DemoOrder]
    typed: list[DemoOrder]
    taken: list[Taken]


def drawn(*, customers: int, seed: int, as_of: dt.date) -> Company:
    """The company as of a day; the same seed, size and day give the same one."""
    rng = np.random.default_rng([seed, customers])
    clients = customer_drawing.clients(customers, as_of=as_of, rng=rng)
    contacts = people.contacts(clients, Names(rng))
    items, rates = goods.items(), rate_drawing.monthly(as_of=as_of, rng=rng)
    placed = order_drawing.orders(clients, items, rates, as_of=as_of, rng=rng)
    old = [order for order in placed if (as_of - order.day).days >= _TYPED_DAYS]
    back = returns.unmatched(old, clients, as_of=as_of, rng=rng)
    filed = order_file.numbered(sorted([*old, *back], key=lambda order: (order.at, order.client)))
    return Company(
        clients=clients,
        contacts=contacts,
        items=items,
        rates=rates,
        filed=filed,
        typed=placed[len(old) :],
        taken=returns.matched(filed, as_of=as_of, rng=rng),
    )
