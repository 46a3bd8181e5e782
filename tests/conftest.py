"""The fixed cast. `account` is the owner's customer in the east department.

The owner keeps it, a colleague of the same department doesn't, the manager leads the department,
the outsider works in another one. Controller, executive and administrator see the whole company.
"""

from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import Customer
from tests import factories
from users.models import Department, User


@pytest.fixture(autouse=True)
def own_cache(settings: Any) -> None:
    """A cache of this process's own, empty for each test: lock-outs and limits don't outlive it."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def company(db: None) -> Department:
    return factories.department(code="HQ", name="Company")


@pytest.fixture
def east(company: Department) -> Department:
    return factories.department(code="EAST", name="East", parent=company)


@pytest.fixture
def west(company: Department) -> Department:
    return factories.department(code="WEST", name="West", parent=company)


@pytest.fixture
def owner(east: Department) -> User:
    return factories.user("account_manager", username="owner", name="Owner", department=east)


@pytest.fixture
def colleague(east: Department) -> User:
    return factories.user("sales_rep", username="colleague", name="Colleague", department=east)


@pytest.fixture
def manager(east: Department) -> User:
    return factories.user("sales_manager", username="manager", name="Manager", department=east)


@pytest.fixture
def outsider(west: Department) -> User:
    return factories.user("account_manager", username="outsider", name="Outsider", department=west)


@pytest.fixture
def controller(company: Department) -> User:
    return factories.user("credit_controller", username="controller", name="Controller", department=company)


@pytest.fixture
def agent(company: Department) -> User:
    return factories.user("service_agent", username="agent", name="Agent", department=company)


@pytest.fixture
def executive(company: Department) -> User:
    return factories.user("executive", username="executive", name="Executive", department=company)


@pytest.fixture
def steward(east: Department) -> User:
    return factories.user("data_steward", username="steward", name="Steward", department=east)


@pytest.fixture
def admin_user(company: Department) -> User:
    return factories.user("administrator", username="administrator", name="Administrator", department=company)


@pytest.fixture
def account(owner: User, east: Department) -> Customer:
    return factories.customer(
        code="KH-000001", name="华为技术有限公司", short_name="华为", owner=owner, department=east
    )
