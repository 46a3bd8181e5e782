"""Programs and their keys."""

import datetime as dt
import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Customer
from accounts.scope import acting_scope
from tests import factories
from users.errors import Invalid
from users.models import ApiKey, Change, Department, User
from users.queries import keys as queries
from users.queries import people
from users.roles import Permission
from users.services import keys as services
from users.services.keys import KeyTerms

pytestmark = pytest.mark.django_db


def terms(**other: Any) -> KeyTerms:
    in_a_month = timezone.now() + dt.timedelta(days=30)
    return KeyTerms(**{"label": "orders", "scopes": ["customer.view"], "expires_at": in_a_month} | other)


def test_a_key_is_proven_by_its_token_and_stored_as_a_hash_only() -> None:
    key, token = factories.key()
    found = queries.by_token(token)
    assert found == key
    stored = ApiKey.objects.values().get(pk=key.pk)
    secret = token.split("_", 2)[2]
    assert len(secret) >= 43
    assert secret not in str(stored)
    assert stored["prefix"] in token
    assert secret not in str(list(Change.objects.values()))
    assert "secret_hash" not in str(list(Change.objects.values()))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.upper(),
        lambda token: token.split("_", 2)[2],
        lambda token: "ks_000000000000_" + token.split("_", 2)[2],
        lambda _token: "",
        lambda _token: "ks__",
    ],
)
def test_any_other_token_is_nobody(wrong: Any) -> None:
    _key, token = factories.key()
    assert queries.by_token(wrong(token)) is None


def test_a_withdrawn_key_is_refused_by_the_next_question(admin_user: User) -> None:
    key, token = factories.key()
    services.withdraw(key_id=key.pk, by=admin_user)
    assert queries.by_token(token) is None
    change = Change.objects.filter(model="users.apikey", object_id=key.pk).latest("id")
    assert list(change.after or {}) == ["withdrawn_at"]


def test_an_expired_key_and_that_of_a_program_shut_out_are_refused() -> None:
    key, token = factories.key()
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert queries.by_token(token) is None
    key, token = factories.key()
    User.objects.filter(pk=key.user_id).update(is_active=False)
    assert queries.by_token(token) is None


def test_rotation_keeps_the_terms_and_ends_the_old_key_after_the_overlap(admin_user: User, east: Department) -> None:
    old, old_token = factories.key("order.view", "order.edit", reach="department", departments=[east])
    new, new_token = services.rotate(key_id=old.pk, overlap=dt.timedelta(hours=2), by=admin_user)
    assert (new.scopes, new.reach, new.department_ids, new.user) == (old.scopes, old.reach, (east.pk,), old.user)
    assert new.replaces == old
    assert queries.by_token(old_token) == old
    assert queries.by_token(new_token) == new
    old.refresh_from_db()
    assert old.expires_at <= timezone.now() + dt.timedelta(hours=2)
    services.rotate(key_id=new.pk, overlap=dt.timedelta(0), by=admin_user)
    assert queries.by_token(new_token) is None


def test_a_withdrawn_key_is_not_rotated(admin_user: User) -> None:
    key, _token = factories.key()
    services.withdraw(key_id=key.pk, by=admin_user)
    with pytest.raises(Invalid):
        services.rotate(key_id=key.pk, overlap=dt.timedelta(0), by=admin_user)


def test_a_key_opens_its_scopes_and_nothing_else() -> None:
    _key, token = factories.key("order.view")
    found = queries.by_token(token)
    assert found is not None
    program = found.principal()
    assert program.may(Permission.ORDER_VIEW)
    assert not program.may(Permission.ORDER_EDIT)
    assert not program.may(Permission.CUSTOMER_VIEW)
    assert not acting_scope(program, Permission.ORDER_EDIT).covers(owner_id=program.pk, department_id=None)


def test_a_program_without_its_key_may_nothing() -> None:
    key, _token = factories.key("customer.view")
    program = User.objects.get(pk=key.user_id)
    assert program.permissions == frozenset()
    assert not Customer.objects.visible_to(program).exists()


def test_the_reach_of_a_key_is_the_scope_of_its_program(
    company: Department, east: Department, west: Department, owner: User, outsider: User
) -> None:
    below = factories.department(parent=east)
    in_east = factories.customer(owner=owner, department=below)
    in_west = factories.customer(owner=outsider, department=west)

    def sees(**said: Any) -> set[Customer]:
        key, _token = factories.key("customer.view", **said)
        own = factories.customer(owner=key.user)
        seen = set(Customer.objects.visible_to(key.principal()))
        return seen - {own} if own in seen else set()

    assert sees(reach="own") == set()
    assert sees(reach="department", departments=[east]) == {in_east}
    assert sees(reach="department", departments=[east, west]) == {in_east, in_west}
    assert sees(reach="all") >= {in_east, in_west}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["user.edit"]}, "scopes"),
        ({"scopes": ["key.edit"]}, "scopes"),
        ({"scopes": ["nonsense"]}, "scopes"),
        ({"scopes": ["customer.reassign"]}, "scopes"),
        ({"reach": "world"}, "reach"),
        ({"reach": "department"}, "departments"),
        ({"expires_at": timezone.now() - dt.timedelta(days=1)}, "expires_at"),
        ({"expires_at": timezone.now() + dt.timedelta(days=400)}, "expires_at"),
        ({"rate_per_minute": 0}, "rate_per_minute"),
        ({"label": " "}, "label"),
    ],
)
def test_terms_that_do_not_fit_make_neither_key_nor_program(
    admin_user: User, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.create_with_key(name="Shop", department=None, terms=terms(**wrong), by=admin_user)
    assert list(refused.value.faults) == [field]
    assert not User.objects.filter(kind="program").exists()
    assert not ApiKey.objects.exists()


def test_only_administrators_make_rotate_and_withdraw(manager: User, admin_user: User) -> None:
    with pytest.raises(PermissionDenied):
        services.create_with_key(name="Shop", department=None, terms=terms(), by=manager)
    key, _token = services.create_with_key(name="Shop", department=None, terms=terms(), by=admin_user)
    with pytest.raises(PermissionDenied):
        services.rotate(key_id=key.pk, overlap=dt.timedelta(0), by=manager)
    with pytest.raises(PermissionDenied):
        services.withdraw(key_id=key.pk, by=manager)
    key.refresh_from_db()
    assert key.is_good()


def test_a_program_never_signs_in(client: Client) -> None:
    key, _token = factories.key()
    program = key.user
    assert not program.check_password("")
    assert people.id_by_login(program.username) is None
    program.set_password("correct horse battery")
    with transaction.atomic(), pytest.raises(IntegrityError):
        program.save()
    client.post("/sign-in/", {"login": program.username, "password": "correct horse battery"})
    assert "_auth_user_id" not in client.session


def test_programs_are_no_people(client: Client, admin_user: User) -> None:
    key, _token = factories.key()
    client.force_login(admin_user)
    assert key.user not in client.get("/settings/users/").context["page"].object_list
    assert client.get(f"/settings/users/{key.user_id}/").status_code == 404
    assert client.get(f"/settings/users/{key.user_id}/password/").status_code == 404


def test_use_is_written_once_a_minute(django_assert_num_queries: Any) -> None:
    key, _token = factories.key()
    services.note_use(key=key)
    key.refresh_from_db()
    assert key.last_used_at is not None
    with django_assert_num_queries(0):
        services.note_use(key=key)
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now() - dt.timedelta(seconds=61))
    key.refresh_from_db()
    before = key.last_used_at
    services.note_use(key=key)
    key.refresh_from_db()
    assert key.last_used_at > before


def test_the_page_shows_a_new_key_once(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    form = {
        "name": "Web shop",
        "label": "orders",
        "scopes": ["order.view", "order.edit"],
        "reach": "all",
        "expires_on": (timezone.now() + dt.timedelta(days=90)).date().isoformat(),
        "rate_per_minute": 60,
    }
    answer = client.post("/settings/programs/new/", form)
    token = re.search(r'value="(ks_[^"]+)"', answer.content.decode())
    assert token is not None
    assert "no-store" in answer["Cache-Control"]
    key = queries.by_token(token[1])
    assert key is not None
    assert key.user.name == "Web shop"
    detail = client.get(f"/settings/programs/{key.user_id}/").content.decode()
    assert token[1].split("_", 2)[2] not in detail
    assert key.prefix in detail
    assert "Web shop" in client.get("/settings/programs/").content.decode()
    rotated = client.post(f"/settings/keys/{key.pk}/rotate/", {"overlap_hours": 0}).content.decode()
    assert re.search(r'value="(ks_[^"]+)"', rotated)
    assert queries.by_token(token[1]) is None
    latest = ApiKey.objects.latest("id")
    assert client.post(f"/settings/keys/{latest.pk}/withdraw/").status_code == 302
    assert not ApiKey.objects.get(pk=latest.pk).is_good()


def test_the_page_says_what_does_not_fit(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    answer = client.post("/settings/programs/new/", {"name": "Shop", "reach": "department", "expires_on": "2020-01-01"})
    assert answer.status_code == 200
    assert not User.objects.filter(kind="program").exists()
