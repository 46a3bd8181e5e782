"""A small company with a history: enough month ends for tiers to move."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Customer
from jobs import runs
from jobs.models import Run
from jobs.services.runs import run_now
from sales.models import RollupMark
from tests import factories

AS_OF = dt.date(2026, 6, 15)

Compute = Callable[..., Run]


def sell(customer: Customer, amount: str, on: dt.date, **fields: Any) -> None:
    """An order (or return) with the mark that a service would have left."""
    factories.order(customer, amount, on=on, **fields)
    RollupMark.objects.create(customer_id=customer.pk, day=on)


@pytest.fixture
def compute(db: None) -> Compute:
    """Recompute tiers and demand that it worked."""

    def run(as_of: dt.date = AS_OF, **params: Any) -> Run:
        done = run_now(runs.request("segmentation.tiers", as_of=as_of, params=params))
        assert done.state == "done", done.error
        return done

    return run


@pytest.fixture
def ten(db: None) -> list[Customer]:
    """Ten customers selling 5,000 … 40 in March 2026: 10,000 in all."""
    amounts = [5000, 2500, 1000, 500, 300, 250, 200, 150, 60, 40]
    customers = []
    for number, amount in enumerate(amounts):
        customer = factories.customer(code=f"S-{number}", name=f"Seller {number}")
        sell(customer, f"{amount}.00", dt.date(2026, 3, 10))
        customers.append(customer)
    return customers
