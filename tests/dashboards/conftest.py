"""Two departments with a history of tiers, for the pages that sum them."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from accounts.models import Customer
from tests import factories
from tests.segmentation.conftest import Compute, compute, sell
from users.models import Department, User

__all__ = ["compute"]


@pytest.fixture
def june() -> Iterator[None]:
    """The 16th of June 2026 at nine in the morning, UTC."""
    with time_machine.travel(dt.datetime(2026, 6, 16, 9, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def two_departments(
    june: None, east: Department, west: Department, owner: User, colleague: User, outsider: User, compute: Compute
) -> dict[str, Customer]:
    """Ten customers in the east (two of them the colleague's), two in the west; tiers to the middle of June.

    In May the tenth climbs from C to A, and the ninth's sales are taken back to nothing.
    """
    people: dict[str, Customer] = {}
    for number, amount in enumerate([5000, 2500, 1000, 500, 300, 250, 200, 150, 60, 40]):
        keeper = colleague if number in (3, 4) else owner
        people[f"E{number}"] = factories.customer(code=f"E-{number}", owner=keeper, department=east)
        sell(people[f"E{number}"], f"{amount}.00", dt.date(2026, 3, 10))
    for number in range(2):
        people[f"W{number}"] = factories.customer(code=f"W-{number}", owner=outsider, department=west)
        sell(people[f"W{number}"], "100.00", dt.date(2026, 3, 10))
    people["idle"] = factories.customer(code="E-I", owner=owner, department=east)
    sell(people["E9"], "9000.00", dt.date(2026, 5, 2))
    sell(people["E8"], "-60.00", dt.date(2026, 5, 2))
    compute()
    return people
