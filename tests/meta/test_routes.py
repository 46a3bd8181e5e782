"""The route walk: every address, every kind of caller. No answer may carry what its reader may not see."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from accounts import exports as list_exports
from accounts.models import Customer
from accounts.models.customers import CustomerQuerySet
from accounts.queries import customers as list_queries
from accounts.views import customers as customer_views
from segmentation.queries import boards
from tests import factories
from tests.meta.conftest import World, all_routes
from users.access import Caller, rules
from users.models import Department, User
from users.roles import ROLES

pytestmark = pytest.mark.django_db

ROUTES = [(name, arguments) for name, arguments in all_routes() if name not in {"styleguide", "mailbox"}]
READ = "get"
WRITE = "post"


def address(name: str, arguments: list[str], world: World) -> str:
    unknown = [argument for argument in arguments if argument not in world.ids]
    assert not unknown, f"{name}: tests/meta/conftest.py has no value for {unknown}"
    return reverse(name, kwargs={argument: world.ids[argument] for argument in arguments})


def tables() -> list[str]:
    ours = {"users", "jobs", "accounts", "sales", "segmentation"}
    existing = set(connection.introspection.table_names())
    names = (model._meta.db_table for model in apps.get_models() if model._meta.app_label in ours)
    return sorted(name for name in names if name in existing)


def fingerprint() -> list[tuple[str, int, int]]:
    """Count and content of all our tables."""
    parts = [
        f"SELECT '{table}', count(*), coalesce(sum(hashtext(t::text)), 0)::bigint FROM {table} t" for table in tables()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + " ORDER BY 1")
        return list(cursor.fetchall())


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace") + str(dict(answer.headers))


def call(client: Client, method: str, name: str, path: str) -> Any:
    """One call, as a page's form or as a program sends it."""
    if method == WRITE and name.startswith("api:"):
        return client.post(path, "{}", content_type="application/json")
    return getattr(client, method)(path)


def leaks(
    client: Client, world: World, *, methods: tuple[str, ...] = (READ, WRITE), only: str | None = None
) -> list[str]:
    """Addresses whose answer to this caller carries a canary, or that wrote although they refused."""
    found = []
    before = fingerprint()
    for name, arguments in ROUTES:
        if only and name != only:
            continue
        path = address(name, arguments, world)
        for method in methods:
            if name == "account_logout":
                continue
            answer = call(client, method, name, path)
            text = body(answer).replace(path, "")
            if world.leaks_in(text):
                found.append(f"{method} {name}: {world.leaks_in(text)}")
            if answer.status_code >= 400 and (after := fingerprint()) != before:
                changed = [new[0] for old, new in zip(before, after, strict=True) if old != new]
                found.append(f"{method} {name}: answered {answer.status_code} and changed {changed}")
                before = after
            elif answer.status_code < 400:
                before = fingerprint()
    return found


def test_every_address_is_in_the_permission_table_and_every_row_has_its_address() -> None:
    names = {name for name, _ in all_routes()}
    assert names - set(rules.keys()) == set()
    assert set(rules.keys()) - names - {"styleguide", "mailbox"} == set()


def test_the_anonymous_are_sent_to_sign_in_and_nothing_changes(client: Client, world: World) -> None:
    before = fingerprint()
    for name, arguments in ROUTES:
        rule = rules.get(name)
        path = address(name, arguments, world)
        for method, need in ((READ, rule.read), (WRITE, rule.write)):
            if need is Caller.ANYONE:
                continue
            answer = call(client, method, name, path)
            if name.startswith("api:"):
                assert answer.status_code == 401, f"{method} {name}: {answer.status_code}"
                continue
            assert answer.status_code == 302, f"{method} {name}: {answer.status_code}"
            assert answer["Location"].startswith(reverse("account_login")), name
    assert fingerprint() == before


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_is_refused_what_the_table_does_not_give_it(role: str, world: World, company: Department) -> None:
    user = factories.user(role, department=company)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    before = fingerprint()
    for name, arguments in ROUTES:
        rule = rules.get(name)
        path = address(name, arguments, world)
        for method, need in ((READ, rule.read), (WRITE, rule.write)):
            if need is None:
                assert call(client, method, name, path).status_code == 405, name
            elif not isinstance(need, Caller) and not user.may(need):
                assert call(client, method, name, path).status_code == 403, f"{method} {name}"
    assert fingerprint() == before


@pytest.mark.parametrize("role", ["account_manager", "sales_rep", "sales_manager", "data_steward", "service_agent"])
def test_nobody_elsewhere_reads_or_changes_the_customer(role: str, world: World, west: Department) -> None:
    client = Client()
    client.force_login(factories.user(role, department=west))
    assert leaks(client, world) == []


@pytest.mark.parametrize("role", ["account_manager", "sales_manager"])
def test_what_belongs_to_a_customer_out_of_scope_is_not_found(role: str, world: World, west: Department) -> None:
    user = factories.user(role, department=west)
    client = Client()
    client.force_login(user)
    checked = 0
    for name, arguments in ROUTES:
        if not {"customer_id", "contact_id", "order_id"} & set(arguments):
            continue
        rule = rules.get(name)
        path = address(name, arguments, world)
        for method, need in ((READ, rule.read), (WRITE, rule.write)):
            if need is not None and (isinstance(need, Caller) or user.may(need)):
                status = call(client, method, name, path).status_code
                assert status in {404, 405}, f"{method} {name}: {status}"
                checked += 1
    assert checked > 10


def test_the_owner_does_read_the_canaries(world: World, owner: User) -> None:
    """The walk sees what it looks for when it may."""
    client = Client()
    client.force_login(owner)
    for name in ("accounts:customer_list", "accounts:customer_detail"):
        assert leaks(client, world, methods=(READ,), only=name)
    assert leaks(client, world, methods=(WRITE,), only="jobs:export_new")


# ── Seeded holes: the walk must see each ────────────────────────────────────


def _everything(self: CustomerQuerySet, user: User) -> CustomerQuerySet:
    return self


@contextmanager
def hole_in_list() -> Iterator[None]:
    with mock.patch.object(CustomerQuerySet, "visible_to", _everything):
        yield


@contextmanager
def hole_in_detail() -> Iterator[None]:
    def anybody(*_: object, **__: object) -> object:
        return Customer.objects.select_related("owner", "department", "industry", "region")

    with mock.patch.object(customer_views, "readable", anybody):
        yield


class _ForEverybody:
    """The list's queries, asked in an executive's name."""

    def __init__(self, reader: User) -> None:
        self.reader = reader

    def __getattr__(self, name: str) -> Any:
        query = getattr(list_queries, name)
        return lambda _user, *args, **kwargs: query(self.reader, *args, **kwargs)


@contextmanager
def hole_in_export() -> Iterator[None]:
    reader = factories.user("executive")
    with mock.patch.object(list_exports, "customers", _ForEverybody(reader)):
        yield


@contextmanager
def hole_in_aggregate() -> Iterator[None]:
    with mock.patch.object(boards, "cube_condition", return_value=Q()):
        yield


@pytest.mark.parametrize(
    ("hole", "method", "route"),
    [
        (hole_in_list, READ, "accounts:customer_list"),
        (hole_in_detail, READ, "accounts:customer_detail"),
        (hole_in_export, WRITE, "jobs:export_new"),
        (hole_in_aggregate, READ, "dashboards:tiers"),
    ],
)
def test_the_walk_sees_a_seeded_hole(
    hole: Callable[[], Any], method: str, route: str, world: World, west: Department
) -> None:
    client = Client()
    client.force_login(factories.user("sales_manager", department=west))
    assert leaks(client, world, methods=(method,), only=route) == []
    with hole():
        assert any(f"{method} {route}:" in leak for leak in leaks(client, world, methods=(method,), only=route))
