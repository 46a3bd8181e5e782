"""One factory a model: valid rows with as little said as possible."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import AccessGrant, Contact, Customer, TeamMember
from crm.lib import dates
from jobs.models import Task
from sales.constants import OrderKind, OrderState
from sales.models import Category, Order, OrderLine, Product
from users.models import ApiKey, Department, User
from users.services import keys

_numbers = itertools.count(1)
PASSWORD = "correct horse battery"


def department(**fields: Any) -> Department:
    number = next(_numbers)
    return Department.objects.create(**{"code": f"D{number}", "name": f"Department {number}"} | fields)


def user(role: str = "account_manager", **fields: Any) -> User:
    """A user with one role. No password: sign in with `client.force_login`."""
    number = next(_numbers)
    made = User.objects.create(**{"username": f"user{number}", "name": f"User {number}", "language": "en"} | fields)
    made.groups.add(Group.objects.get(name=role))
    return made


def key(*scopes: str, **terms: Any) -> tuple[ApiKey, str]:
    """A key of a new program, and its token."""
    administrator = user("administrator")
    named = {name: terms.pop(name) for name in ("name", "department") if name in terms}
    given = {
        "label": "test",
        "scopes": scopes or ("customer.view",),
        "expires_at": timezone.now() + dt.timedelta(days=30),
    } | terms
    program = {"name": f"Program {next(_numbers)}", "department": None} | named
    return keys.create_with_key(**program, terms=keys.KeyTerms(**given), by=administrator)


def task(assignee: User, text: str = "Call them", **fields: Any) -> Task:
    number = next(_numbers)
    return Task.objects.create(
        **{"kind": "manual", "occasion": f"test:{number}", "assignee": assignee, "values": {"text": text}} | fields
    )


def customer(**fields: Any) -> Customer:
    number = next(_numbers)
    return Customer.objects.create(**{"code": f"T-{number:06}", "name": f"Customer {number}"} | fields)


def contact(of: Customer, **fields: Any) -> Contact:
    return Contact.objects.create(customer=of, **{"name": f"Contact {next(_numbers)}"} | fields)


def member(of: Customer, user: User, **fields: Any) -> TeamMember:
    """A technical member of the team since today."""
    return TeamMember.objects.create(
        **{"customer": of, "user": user, "role": "technical", "starts_on": dates.today()} | fields
    )


def grant(of: Customer, user: User, *sections: str, **fields: Any) -> AccessGrant:
    """A grant of some sections for the next hour."""
    now = timezone.now()
    times = {"starts_at": now - dt.timedelta(minutes=1), "ends_at": now + dt.timedelta(hours=1)}
    return AccessGrant.objects.create(
        **{"customer": of, "user": user, "sections": list(sections), "reason": "a visit", "granted_by": user}
        | times
        | fields
    )


def category(**fields: Any) -> Category:
    number = next(_numbers)
    return Category.objects.create(**{"code": f"G{number}", "name": f"Category {number}"} | fields)


def product(**fields: Any) -> Product:
    number = next(_numbers)
    return Product.objects.create(**{"code": f"P{number:05}", "name": f"Product {number}"} | fields)


def order(of: Customer, amount: str | Decimal = "100.00", *, on: dt.date | None = None, **fields: Any) -> Order:
    """A confirmed order of one free-text line in the base currency; negative amounts make a return."""
    number = next(_numbers)
    net = Decimal(amount)
    day = on or dates.today()
    minor = int(net * 100)
    made = Order.objects.create(
        **{
            "number": f"O{number:06}",
            "kind": OrderKind.RETURN if net < 0 else OrderKind.ORDER,
            "state": OrderState.CONFIRMED,
            "customer": of,
            "ordered_at": dates.start_of_day(day) + dt.timedelta(hours=10),
            "ordered_on": day,
            "currency": "CNY",
            "net": net,
            "base_minor": minor,
        }
        | fields
    )
    OrderLine.objects.create(
        order=made,
        position=1,
        description="Goods",
        quantity=-1 if net < 0 else 1,
        unit_price=abs(net),
        net=net,
        base_minor=minor,
        cost_minor=minor * 6 // 10,
    )
    return made
