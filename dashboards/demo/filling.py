"""Writing the demo company through the services that people's pages use: every row with its log, marks and runs."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.db import transaction
from django.utils import translation

from accounts.models import Customer, Industry, Region
from accounts.services import contacts, duplicates, reference
from accounts.services import customers as customer_service
from accounts.services.contacts import NewContact
from accounts.services.customers import NewCustomer
from dashboards.demo import company as drawing
from dashboards.demo import filling_access, filling_orders, filling_together, filling_verdicts, staff, twins
from dashboards.demo.clients import Client
from dashboards.demo.company import Company
from dashboards.demo.goods import CATEGORIES
from dashboards.demo.markets import REGIONS, TRADES
from jobs import runs
from jobs.services.runs import run_now
from sales.models import Category, Order, Product
from sales.services import products, rates
from sales.services.products import ProductInput
from users.constants import Cause
from users.models import Department, User
from users.services import changes, departments, people
from users.services.people import Particulars

Tell = Callable[[str, float], None]
_DAYS_A_YEAR = 365


def is_empty() -> bool:
    """Whether nothing is there that the demo company could get in the way of."""
    return not any(model.objects.exists() for model in (User, Department, Customer, Product, Order))


def fill(*, customers: int, seed: int, as_of: dt.date, tell: Tell = lambda step, seconds: None) -> None:
    """Make the demo company with so many customers and two years of orders up to a day, and judge it.

    The database must be empty and nobody else at work. Each step is a transaction or several; `tell` is told
    its name and seconds. Whoever is interrupted begins with an empty database again.
    """
    with translation.override("zh-hans"):
        with _timed("drawn", tell):
            company = drawing.drawn(customers=customers, seed=seed, as_of=as_of)
        with _timed("people", tell):
            users = _people()
        admin = users["admin"]
        with _timed("lists and products", tell):
            _lists(company, as_of, admin)
        with _timed("customers", tell):
            ids = _customers(company, as_of, users)
        with _timed("contacts", tell):
            _contacts(company, ids, admin)
        with _timed("orders", tell):
            filling_orders.bring_in(company, ids, by=admin)
        with _timed("typed orders and returns", tell):
            filling_orders.type_in(company, ids, users)
        with _timed("life cycles", tell):
            filling_verdicts.live(company, ids, as_of, users)
        with _timed("tiers", tell):
            filling_verdicts.judge(company, ids, as_of, users)
        with _timed("teams and access", tell):
            filling_access.open_up(as_of, users)
        with _timed("twins", tell):
            _twins(company, as_of, users)
        with _timed("working together", tell):
            filling_together.fill(company, ids, users)


@contextmanager
def _timed(step: str, tell: Tell) -> Iterator[None]:
    started = time.monotonic()
    yield
    tell(step, time.monotonic() - started)


# ── Our own people ──────────────────────────────────────────────────────────


@transaction.atomic
def _people() -> dict[str, User]:
    """Departments and users by user name; those who show a role may sign in with the demo's password."""
    made: dict[str, Department] = {}
    for division in staff.DIVISIONS:
        made[division.code] = departments.create_department(
            code=division.code, name=division.name, parent=made.get(division.parent), by=None, cause=Cause.COMMAND
        )
    users = {}
    for person in staff.PEOPLE:
        particulars = Particulars(
            username=person.username,
            name=person.name,
            email=f"{person.username}@{staff.DOMAIN}",
            department=made[person.division],
            roles=[person.role],
            language=person.language,
        )
        password = staff.PASSWORD if person.login else None
        users[person.username] = people.create_user(of=particulars, password=password, by=None, cause=Cause.COMMAND)
    return users


# ── What is sold, and in what ───────────────────────────────────────────────


@transaction.atomic
def _lists(company: Company, as_of: dt.date, by: User) -> None:
    """Industries, regions, products with their categories, and rates."""
    change_set = changes.open_set(by=by, cause=Cause.COMMAND, summary=staff.COMPANY)
    trades = [(trade.code, trade.name_en, trade.name_zh) for trade in TRADES]
    reference.create_many(model=Industry, rows=trades, by=by, change_set=change_set)
    reference.create_many(model=Region, rows=REGIONS, by=by, change_set=change_set)
    shelves: dict[str, Category] = {
        code: products.create_category(code=code, name=name, parent_id=None, by=by, cause=Cause.COMMAND)
        for code, name in CATEGORIES
    }
    for item in company.items:
        new = ProductInput(
            code=item.code,
            name=item.name,
            category_id=shelves[item.category].pk,
            unit=item.unit,
            grade=item.grade,
            standard_cost=item.cost,
            list_price=item.list_price,
            launched_on=as_of - dt.timedelta(days=item.launched_years * _DAYS_A_YEAR),
            stage=item.stage,
            prospect=item.prospect,
        )
        products.create_product(new=new, by=by, cause=Cause.COMMAND)
    rates.save_many(rows=company.rates.rows, by=by, change_set=change_set)


# ── Customers ───────────────────────────────────────────────────────────────


def _customers(company: Company, as_of: dt.date, users: dict[str, User]) -> list[int]:
    """The ids of the customers in the company's sequence. Parents are made before their subsidiaries."""
    places = _Places(users)
    ids = [0] * len(company.clients)
    left = list(range(len(ids)))
    while left:
        here = [place for place in left if _parent_id(company.clients[place], ids) != 0]
        # The longest known come first, as codes are given in the order people came.
        here.sort(key=lambda place: -company.clients[place].since_days)
        made = _one_level([company.clients[place] for place in here], ids, as_of, places, users["admin"])
        for place, pk in zip(here, made, strict=True):
            ids[place] = pk
        left = [place for place in left if not ids[place]]
    return ids


def _parent_id(client: Client, ids: list[int]) -> int | None:
    """The parent's id: None if it has no parent, 0 if the parent isn't made yet."""
    return None if client.parent is None else ids[client.parent]


@transaction.atomic
def _one_level(clients: list[Client], ids: list[int], as_of: dt.date, places: "_Places", by: User) -> list[int]:
    change_set = changes.open_set(by=by, cause=Cause.COMMAND, summary=staff.COMPANY)
    rows = [_new_customer(client, _parent_id(client, ids), places) for client in clients]
    since = [as_of - dt.timedelta(days=client.since_days) for client in clients]
    return list(customer_service.create_many(rows=rows, by=by, change_set=change_set, since=since).values())


def _new_customer(client: Client, parent_id: int | None, places: "_Places") -> NewCustomer:
    return NewCustomer(
        name=client.name,
        short_name=client.short_name,
        kind=client.kind,
        life_cycle=client.stage,
        country=client.country,
        tax_number=client.tax_number,
        industry_id=places.industries[client.trade.code],
        region_id=places.regions[client.region],
        owner_id=places.users[client.owner] if client.owner else None,
        department_id=places.departments[client.division],
        parent_id=parent_id,
        address=client.address or client.city,
        website=client.website,
        staff_count=client.staff_count,
        yearly_turnover=Decimal(client.staff_count * 800_000) if client.staff_count else None,
        founded_year=client.founded,
        currency=client.currency,
        language=client.language,
        note=client.note,
    )


def _twins(company: Company, as_of: dt.date, users: dict[str, User]) -> None:
    """Some customers a second time, and the search that finds them."""
    places = _Places(users)
    with transaction.atomic():
        change_set = changes.open_set(by=users["admin"], cause=Cause.COMMAND, summary=staff.COMPANY)
        rows = [_new_customer(client, None, places) for client in twins.twins(company.clients)]
        since = [twins.entered_on(as_of)] * len(rows)
        customer_service.create_many(rows=rows, by=users["admin"], change_set=change_set, since=since)
    run_now(runs.request(duplicates.KIND, by=users["admin"]))


class _Places:
    """Ids by the codes and names that the drawing uses."""

    def __init__(self, users: dict[str, User]) -> None:
        self.industries = dict(Industry.objects.values_list("code", "pk"))
        self.regions = dict(Region.objects.values_list("code", "pk"))
        self.departments = dict(Department.objects.values_list("code", "pk"))
        self.users = {name: user.pk for name, user in users.items()}


@transaction.atomic
def _contacts(company: Company, ids: list[int], by: User) -> None:
    change_set = changes.open_set(by=by, cause=Cause.COMMAND, summary=staff.COMPANY)
    named = ("name", "post", "department", "mobile", "email", "role", "influence", "attitude")
    rows = [
        NewContact(ids[person.client], {name: getattr(person, name) for name in named}, person.reports_to)
        for person in company.contacts
    ]
    contacts.create_many(rows=rows, by=by, change_set=change_set)
