"""The permission table, address by address: who is sent to sign in, refused, or told that there is nothing."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.meta.conftest import World, all_routes
from tests.meta.walk import fingerprint
from users.access import Caller, rules
from users.models import Department
from users.roles import ROLES

pytestmark = pytest.mark.django_db

ROUTES = [(name, arguments) for name, arguments in all_routes() if name not in {"styleguide", "mailbox"}]
READ = "get"
WRITE = "post"


def address(name: str, arguments: list[str], world: World) -> str:
    unknown = [argument for argument in arguments if argument not in world.ids]
    assert not unknown, f"{name}: tests/meta/conftest.py has no value for {unknown}"
    return reverse(name, kwargs={argument: world.ids[argument] for argument in arguments})


def call(client: Client, method: str, name: str, path: str) -> Any:
    """One call, as a page's form or as a program sends it."""
    if method == WRITE and name.startswith("api:"):
        return client.post(path, "{}", content_type="application/json")
    return getattr(client, method)(path)


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
