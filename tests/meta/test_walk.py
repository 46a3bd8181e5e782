"""The permission walk: every address × method × role × relation to a customer, pages and programs.

Relations: none, a grant that ended, a grant of one section, a team, the owner's, the department's. The quick walks take
the methods that pages use and the roles that differ in reach; the slow ones all of both.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from accounts import exports as list_exports
from accounts.api import customers as customer_api
from accounts.api import filters as api_filters
from accounts.models import Contact, Customer
from accounts.models.customers import CustomerQuerySet
from accounts.queries import customers as list_queries
from accounts.queries import searching
from accounts.services import batches, contacts
from accounts.views import contacts as contact_views
from accounts.views import customers as customer_views
from jobs.models import Run
from sales.models import Order, RollupMark
from sales.views import customers as month_views
from segmentation.models import CubeRow, MoveRow
from segmentation.queries import boards
from tests import factories
from tests.meta.conftest import CANARY, CANARY_MONEY, World
from tests.meta.walk import ALL, ROUTES, Suspect, Walk, address, seen_by
from users.access import Caller, rules
from users.api.permissions import InTable
from users.models import Department, User
from users.roles import NOT_FOR_KEYS, ROLES, Reach

pytestmark = pytest.mark.django_db

NEAR = [code for code, role in ROLES.items() if role.reach is not Reach.ALL]
# All that an administrator can give a key.
GIVEN = sorted(one.value for one in ROLES["administrator"].permissions - NOT_FOR_KEYS)
# Pages that show a granted customer, as far as its sections go, and the list of one's own grants.
OPENED_BY_A_GRANT = (
    "accounts:customer_detail", "accounts:customer_peek", "accounts:customer_print", "accounts:access",
    "accounts:access_request", "segmentation:history", "api:customer",
)  # fmt: skip
# What a grant of "identity" doesn't open, even there. (The name of a record that went into it is a former name.)
OTHER_SECTIONS = [f"{CANARY} person", f"{CANARY}-O1", f"{CANARY} order", f"{CANARY} task", f"{CANARY} twin",
                  f"{CANARY} request", *CANARY_MONEY]  # fmt: skip


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def related(relation: str, role: str, world: World, west: Department) -> User:
    """Somebody of a role who stands to the canary customer in a relation and in no other."""
    account = world.account
    if relation == "department":
        return factories.user(role, department=account.department)
    user = factories.user(role, department=west)
    if relation == "team":
        factories.member(account, user, role="service")
    if relation == "granted":
        factories.grant(account, user, "identity")
    if relation == "expired":
        now = timezone.now()
        factories.grant(account, user, "identity", starts_at=now - dt.timedelta(days=3), ends_at=now)
    if relation == "own":
        Customer.objects.filter(pk=account.pk).update(owner=user)
    return user


def walk(relation: str, role: str, world: World, west: Department, **terms: Any) -> list[Suspect]:
    """What is suspect in all that such a person does."""
    client = signed_in(related(relation, role, world, west))
    if relation == "granted":
        terms |= {"allowed": OPENED_BY_A_GRANT, "kept_back": OTHER_SECTIONS}
    return Walk(client, world, **terms).suspects()


def complaints(suspects: list[Suspect]) -> str:
    return "\n".join(map(str, suspects))


# ── Quick: each relation, the roles that differ in reach ────────────────────


@pytest.mark.parametrize(
    ("relation", "role"),
    [("none", "account_manager"), ("none", "sales_manager"), ("expired", "data_steward"), ("granted", "sales_rep")],
)
def test_who_does_not_see_the_customer_reads_and_changes_nothing_of_it(
    relation: str, role: str, world: World, west: Department
) -> None:
    suspects = walk(relation, role, world, west)
    assert suspects == [], complaints(suspects)


@pytest.mark.parametrize("role", ["account_manager"])
def test_a_team_member_reads_the_customer_and_is_refused_what_only_its_writers_do(
    role: str, world: World, west: Department
) -> None:
    suspects = walk("team", role, world, west, allowed=[name for name, _ in ROUTES], mine=True)
    assert suspects == [], complaints(suspects)
    client = signed_in(related("team", role, world, west))
    customer, contact = world.account, Contact.objects.get(pk=world.ids["contact_id"])
    assert CANARY in client.get(f"/customers/{customer.pk}/").content.decode()
    for name in ("accounts:customer_edit", "accounts:contact_edit", "accounts:contact_delete", "sales:order_edit"):
        arguments = next(arguments for route, arguments in ROUTES if route == name)
        assert client.post(address(name, arguments, world), world.payload()).status_code == 403, name
    assert Customer.objects.get(pk=customer.pk).name == customer.name
    assert Contact.objects.get(pk=contact.pk).name == contact.name


@pytest.mark.parametrize(("relation", "role"), [("own", "account_manager"), ("department", "data_steward")])
def test_who_works_with_the_customer_reads_it_and_a_refusal_changes_nothing(
    relation: str, role: str, world: World, west: Department
) -> None:
    client = signed_in(related(relation, role, world, west))
    everywhere = [name for name, _ in ROUTES]
    suspects = Walk(client, world, allowed=everywhere, mine=True).suspects()
    assert suspects == [], complaints(suspects)
    reading = Walk(client, world, methods=("get",), mine=True).suspects()
    seen = {suspect.route for suspect in reading if "shows" in suspect.why}
    expected = {"accounts:customer_list", "accounts:customer_detail", "accounts:customer_options", "search",
                "sales:order_list", "sales:order_detail", "api:customers", "api:customer", "api:orders", "api:contacts",
                "accounts:merge_list"}  # fmt: skip
    assert expected <= seen, "the walk sees what it looks for when it may"


def key_of(reach: str, *scopes: str, **terms: Any) -> str:
    return factories.key(*(scopes or GIVEN), reach=reach, **terms)[1]


def test_a_program_of_another_department_reads_and_changes_nothing(world: World, west: Department) -> None:
    token = key_of("department", departments=[west], department=west)
    suspects = Walk(Client(raise_request_exception=False), world, token=token).suspects()
    assert suspects == [], complaints(suspects)


def refused_beyond_scopes(world: World, scope: str) -> list[str]:
    """The addresses that let a key do what its one scope doesn't say."""
    caller = Walk(Client(raise_request_exception=False), world, token=key_of("all", scope))
    found = []
    for name, arguments in ROUTES:
        if not name.startswith("api:"):
            continue
        path, rule = address(name, arguments, world), rules.get(name)
        for method, need in (("get", rule.read), ("post", rule.write)):
            if need is None or isinstance(need, Caller) or need == scope:
                continue
            status = caller.call(method, name, path).status_code
            if status != 403:
                found.append(f"{method} {name} asks {need}: {status}")
    return found


@pytest.mark.parametrize("scope", ["product.view", "customer.view"])
def test_a_program_does_no_more_than_its_scopes_say(scope: str, world: World) -> None:
    assert refused_beyond_scopes(world, scope) == []


# ── What is hidden leaves no trace in what is shown ─────────────────────────


def add_hidden(world: World, east: Department, owner: User) -> None:
    """Many more customers of the east, with all that lists count and dashboards sum."""
    day = timezone.now().date() - dt.timedelta(days=20)
    for _ in range(7):
        customer = factories.customer(owner=owner, department=east, life_cycle="active")
        factories.contact(customer)
        factories.order(customer, "7654321.00", on=day)
        RollupMark.objects.create(customer_id=customer.pk, day=day)
        factories.task(owner, customer_id=customer.pk)
    for row in list(CubeRow.objects.filter(department_id=east.pk)):
        row.pk = None
        row.count, row.value_minor = 7, 765432100
        row.save()
    for row in list(MoveRow.objects.filter(department_id=east.pk)):
        row.pk, row.count = None, 7
        row.save()
    Order.objects.filter(pk=world.ids["order_id"]).update(state="shipped")
    Run.objects.create(kind="segmentation.tiers", requested_by=owner)


def traces(client: Client, world: World, east: Department, owner: User, **terms: Any) -> list[str]:
    """The addresses whose answer to a reader changes with what is hidden from them."""
    seen_by(client, world, **terms)
    before = seen_by(client, world, **terms)
    add_hidden(world, east, owner)
    after = seen_by(client, world, **terms)
    # The machine's own counters move with every call.
    return [name for name, text in before.items() if after[name] != text and not name.startswith("metrics")]


@pytest.mark.parametrize("role", ["sales_manager"])
def test_counts_sums_and_charts_do_not_move_with_what_is_hidden(
    role: str, world: World, west: Department, east: Department, owner: User
) -> None:
    assert traces(signed_in(factories.user(role, department=west)), world, east, owner) == []


# ── Seeded holes: the walk must see each ────────────────────────────────────


def _everything(self: CustomerQuerySet, user: User) -> CustomerQuerySet:
    return self


def _anybody(*_: object, **__: object) -> object:
    return Customer.objects.select_related("owner", "department", "industry", "region")


class _ForEverybody:
    """A module of queries, asked in an executive's name."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.reader = factories.user("executive")

    def __getattr__(self, name: str) -> Any:
        query = getattr(self.module, name)
        return (lambda _user, *args, **kwargs: query(self.reader, *args, **kwargs)) if callable(query) else query


def in_a_list() -> AbstractContextManager[Any]:
    return mock.patch.object(CustomerQuerySet, "visible_to", _everything)


def in_a_detail() -> AbstractContextManager[Any]:
    return mock.patch.object(customer_views, "readable", _anybody)


def in_an_export() -> AbstractContextManager[Any]:
    return mock.patch.object(list_exports, "customers", _ForEverybody(list_queries))


def in_a_sum() -> AbstractContextManager[Any]:
    return mock.patch.object(boards, "cube_condition", return_value=Q())


def in_a_count() -> AbstractContextManager[Any]:
    return mock.patch.object(list_queries, "exact_count", _count_all)


def _count_all(*_: object) -> int:
    return Customer.objects.count()


def in_a_charts_numbers() -> AbstractContextManager[Any]:
    return mock.patch.object(month_views.Customer.objects, "readable_by", return_value=Customer.objects.all())


def in_an_autocomplete() -> AbstractContextManager[Any]:
    reader = factories.user("executive")
    named = searching.customers_named
    return mock.patch.object(searching, "customers_named", lambda _user, *a, **k: named(reader, *a, **k))


@contextmanager
def in_a_bulk_action() -> Iterator[None]:
    with (
        mock.patch.object(CustomerQuerySet, "visible_to", _everything),
        mock.patch.object(batches.rights, "may", return_value=True),
    ):
        yield


def in_an_api_list() -> AbstractContextManager[Any]:
    def unscoped(request: Any) -> Any:
        with mock.patch.object(CustomerQuerySet, "visible_to", _everything):
            return customers(request)

    customers = api_filters.customers
    return mock.patch.object(api_filters, "customers", unscoped)


def in_an_api_retrieve() -> AbstractContextManager[Any]:
    return mock.patch.object(customer_api, "visible", lambda _user, pk: Customer.objects.get(pk=pk))


def in_a_refusal_after_writing() -> AbstractContextManager[Any]:
    def delete_and_refuse(*, contact_id: int, by: User) -> None:
        Contact.objects.filter(pk=contact_id).delete()
        raise PermissionDenied

    def editable(_request: Any, contact_id: int) -> Contact:
        return Contact.objects.get(pk=contact_id)

    return mock.patch.multiple(
        contact_views, _editable=editable, contacts=mock.Mock(wraps=contacts, delete=delete_and_refuse)
    )


HOLES: list[tuple[Callable[[], AbstractContextManager[Any]], str, str, str]] = [
    (in_a_list, "get", "accounts:customer_list", "shows"),
    (in_a_detail, "get", "accounts:customer_detail", "shows"),
    (in_an_export, "post", "jobs:export_new", "shows"),
    (in_a_sum, "get", "dashboards:tiers", "shows"),
    (in_a_charts_numbers, "get", "sales:customer_months", "shows"),
    (in_an_autocomplete, "get", "accounts:customer_options", "shows"),
    (in_a_bulk_action, "post", "accounts:batch_stage", "changed the customer"),
    (in_an_api_list, "get", "api:customers", "shows"),
    (in_an_api_retrieve, "get", "api:customer", "shows"),
    (in_a_refusal_after_writing, "post", "accounts:contact_delete", "refused and changed"),
]


def test_the_walk_sees_each_seeded_hole(world: World, west: Department) -> None:
    """One world for all: nothing that a walk does outlives it."""
    manager = signed_in(factories.user("sales_manager", department=west))
    steward = signed_in(factories.user("data_steward", department=west))
    unseen = []
    for hole, method, route, why in HOLES:
        client = steward if route == "accounts:contact_delete" else manager
        said = {"stage": "lost", "sure": "1"}
        one = Walk(client, world, only=[route], methods=[method], said=said)
        assert one.suspects() == [], hole.__name__
        with hole():
            suspects = one.suspects()
        if not any(why in suspect.why for suspect in suspects):
            unseen.append(f"{hole.__name__}: {complaints(suspects)}")
    assert unseen == []


def test_the_walk_sees_a_count_of_everybodys_customers(
    world: World, west: Department, east: Department, owner: User
) -> None:
    client = signed_in(factories.user("sales_manager", department=west))
    with in_a_count():
        found = traces(client, world, east, owner, only=["accounts:customer_count"])
    assert found
    assert traces(client, world, east, owner, only=["accounts:customer_count"]) == []


def test_the_walk_sees_a_key_whose_scopes_nobody_asks(world: World) -> None:
    def anybody(self: InTable, request: Any, view: Any) -> bool:
        return True

    with mock.patch.object(InTable, "has_permission", anybody):
        assert len(refused_beyond_scopes(world, "product.view")) > 10


# ── Slow: everything ────────────────────────────────────────────────────────


@pytest.mark.walk
@pytest.mark.parametrize("relation", ["none", "expired", "granted"])
@pytest.mark.parametrize("role", NEAR)
def test_no_role_in_no_relation_gets_at_the_customer_by_any_method(
    relation: str, role: str, world: World, west: Department
) -> None:
    suspects = walk(relation, role, world, west, methods=ALL, thorough=True)
    assert suspects == [], complaints(suspects)


@pytest.mark.walk
@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("relation", ["own", "department", "team"])
def test_a_refusal_changes_nothing_whoever_is_refused(relation: str, role: str, world: World, west: Department) -> None:
    suspects = walk(
        relation, role, world, west, methods=ALL, thorough=True, allowed=[name for name, _ in ROUTES], mine=True
    )
    assert suspects == [], complaints(suspects)


@pytest.mark.walk
@pytest.mark.parametrize("role", NEAR)
def test_no_count_of_any_role_moves_with_what_is_hidden(
    role: str, world: World, west: Department, east: Department, owner: User
) -> None:
    assert traces(signed_in(factories.user(role, department=west)), world, east, owner) == []


@pytest.mark.walk
@pytest.mark.parametrize("scope", GIVEN)
def test_no_scope_opens_more_than_it_says(scope: str, world: World) -> None:
    assert refused_beyond_scopes(world, scope) == []
