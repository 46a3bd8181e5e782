"""Who calls the API, what they may, how often, in which language; what errors look like."""

import datetime as dt
from typing import Any
from unittest import mock

import pytest
import redis.exceptions
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from accounts.models import Customer, ReadLog
from tests import factories
from tests.api.conftest import Api, an_order, assert_problem, program
from tests.meta.conftest import all_routes
from users.api import rates
from users.api.permissions import InTable
from users.models import ApiKey, ChangeSet, User
from users.services import keys

pytestmark = pytest.mark.django_db

ROUTES = [name for name, _arguments in all_routes() if name.startswith("api:")]


def test_a_program_reads_with_its_key_and_nobody_without(api: Api, account: Customer) -> None:
    answer = api.get(f"customers/{account.pk}")
    assert answer.status_code == 200
    assert answer.json()["name"] == account.name
    refused = Client().get(f"/api/v1/customers/{account.pk}")
    assert_problem(refused, 401)
    assert refused["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic abc", "Bearer ks_000000000000_x", "Bearer "])
def test_a_wrong_key_is_refused(header: str) -> None:
    assert_problem(Client().get("/api/v1/me", headers={"Authorization": header}), 401)


def test_a_withdrawn_key_is_out_with_the_next_call(api: Api, admin_user: User) -> None:
    assert api.get("me").status_code == 200
    keys.withdraw(key_id=api.key.pk, by=admin_user)
    assert_problem(api.get("me"), 401)


def test_an_expired_key_and_a_program_shut_out_are_out(api: Api) -> None:
    ApiKey.objects.filter(pk=api.key.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert_problem(api.get("me"), 401)
    other = program()
    User.objects.filter(pk=other.user.pk).update(is_active=False)
    assert_problem(other.get("me"), 401)


def test_a_key_does_what_its_scopes_say(reader: Api, account: Customer) -> None:
    assert reader.get(f"customers/{account.pk}").status_code == 200
    assert_problem(reader.patch(f"customers/{account.pk}", {"name": "X"}, If_Match="*"), 403)
    assert_problem(reader.post("orders", an_order(account)), 403)
    account.refresh_from_db()
    assert account.name != "X"
    assert not ChangeSet.objects.filter(cause="api").exists()


def test_a_person_uses_their_session_with_the_token_against_forgery(owner: User, account: Customer) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.get(f"/api/v1/customers/{account.pk}").status_code == 200
    refused = client.post("/api/v1/orders", an_order(account), content_type="application/json")
    assert_problem(refused, 403)
    client.get("/me/")
    token = client.cookies["csrftoken"].value
    made = client.post(
        "/api/v1/orders", an_order(account), content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert made.status_code == 201


def test_what_a_program_writes_is_logged_as_its_own(api: Api, account: Customer) -> None:
    assert api.patch(f"customers/{account.pk}", {"address": "New street"}, If_Match="*").status_code == 200
    written = ChangeSet.objects.latest("id")
    assert (written.cause, written.actor) == ("api", api.user)


def test_reads_of_protected_customers_are_logged_once(api: Api, account: Customer) -> None:
    Customer.objects.filter(pk=account.pk).update(is_protected=True)
    logged = ReadLog.objects.filter(user=api.user, customer_id=account.pk, door="api")
    api.get(f"customers/{account.pk}")
    assert logged.count() == 1
    api.get("customers")
    assert logged.count() == 2


def test_every_address_of_the_api_asks_the_permission_table() -> None:
    guarded = 0
    for pattern in _patterns(get_resolver().url_patterns):
        if pattern.name in {"schema", "docs"} or not pattern.lookup_str.count(".api."):
            continue
        view = getattr(pattern.callback, "cls", None)
        assert view is not None, pattern.name
        assert view.permission_classes == (InTable,), pattern.name
        guarded += 1
    assert guarded == len(ROUTES) - 2


def _patterns(patterns: list[Any]) -> list[Any]:
    found: list[Any] = []
    for one in patterns:
        found += _patterns(one.url_patterns) if hasattr(one, "url_patterns") else [one]
    return found


# ── How often ───────────────────────────────────────────────────────────────


def test_calls_beyond_the_rate_are_refused_until_the_next_minute() -> None:
    slow = program(rate_per_minute=2)
    first = slow.get("me")
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    assert slow.get("me").status_code == 200
    refused = slow.get("me")
    assert_problem(refused, 429)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["RateLimit-Remaining"] == "0"
    assert program(rate_per_minute=2).get("me").status_code == 200


def test_the_rate_holds_in_each_process_when_the_cache_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_here", rates._Here())
    slow = program(rate_per_minute=2)
    gone = redis.exceptions.ConnectionError("refused")
    with mock.patch.object(rates, "_in_cache", side_effect=gone) as asked:
        statuses = [slow.get("me").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert asked.call_count == 1  # it isn't asked again for a while: a cache that hangs must not slow every call


# ── Errors ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("get", "nothing-here", None, {}, 404),
        ("get", "customers/999999", None, {}, 404),
        ("get", "customers/99999999999999999999999", None, {}, 404),
        ("delete", "customers", None, {}, 405),
        ("post", "customers", b"{", {}, 400),
        ("post", "customers", b"[" * 100_000, {}, 400),
        ("post", "customers", b'{"name": NaN}', {}, 400),
        ("post", "customers", b'{"name": 1e999999}', {}, 400),
        ("post", "customers", b'{"name": "\\ud800"}', {}, 400),
        ("post", "customers", b'{"name": "\xff"}', {}, 400),
        ("post", "customers", b"", {}, 400),
        ("post", "customers", b"[]", {}, 400),
        ("post", "customers", b'{"name": "a\\u0000b"}', {}, 400),
        ("post", "customers", b"<a/>", {"Content_Type": "text/xml"}, 415),
        ("get", "customers", None, {"Accept": "text/csv"}, 406),
        ("get", "customers?limit=0", None, {}, 400),
        ("get", "customers/by-external/erp/a%00b", None, {}, 400),
    ],
)
def test_every_error_is_a_problem(
    api: Api, method: str, path: str, body: Any, headers: dict[str, str], status: int
) -> None:
    assert_problem(api.send(method, path, body, **headers), status)


def test_a_body_too_large_is_refused_before_it_is_parsed(api: Api, settings: Any) -> None:
    settings.API_MAX_BODY_BYTES = 1024**2
    assert_problem(api.post("customers", b'"' + b"a" * 1024**2 + b'"'), 413)


def test_a_fault_of_ours_is_a_problem_without_its_insides(api: Api) -> None:
    with mock.patch("accounts.api.filters.customers", side_effect=RuntimeError("secret inside")):
        answer = api.get("customers")
    assert_problem(answer, 500)
    assert "secret" not in answer.content.decode()


def test_a_problem_speaks_the_language_asked_for(api: Api) -> None:
    chinese = api.get("customers/999999", Accept_Language="zh-CN,zh;q=0.9")
    assert chinese["Content-Language"] == "zh-hans"
    english = api.get("customers/999999", Accept_Language="fr, en;q=0.5")
    assert english["Content-Language"] == "en"
    assert english.json()["title"] == "Not found"


def test_misspelt_and_read_only_fields_are_named(api: Api, account: Customer) -> None:
    before = Customer.objects.count()
    said = {"name": "New", "nmae": "x", "version": 7, "id": 1, "staff_count": -1}
    assert_problem(api.post("customers", said), 400, "/nmae", "/version", "/id", "/staff_count")
    lines = [{"description": "x", "quantity": "1", "unit_price": "1", "net": "99"}]
    assert_problem(api.post("orders", an_order(account, lines=lines)), 400, "/lines/0/net")
    assert Customer.objects.count() == before


@pytest.mark.parametrize(
    "name", ["owner_id", "department_id", "life_cycle", "version", "id", "search_text", "is_protected", "is_staff"]
)
def test_nothing_is_assigned_by_the_way(api: Api, account: Customer, outsider: User, name: str) -> None:
    before = Customer.objects.values().get(pk=account.pk)
    answer = api.patch(f"customers/{account.pk}", {name: outsider.pk}, If_Match="*")
    assert_problem(answer, 400, f"/{name}")
    assert Customer.objects.values().get(pk=account.pk) == before


def test_misspelt_parameters_are_named(api: Api) -> None:
    assert_problem(api.get("customers?nmae=x"), 400, "nmae")
    assert_problem(api.get("customers?limit=1&limit=2"), 400, "limit")
    assert_problem(api.get("customers?fields=name,secret"), 400, "fields")
    assert_problem(api.get("orders?order=net"), 400, "order")
    assert_problem(api.get("me?x=1"), 400, "x")


def test_the_programs_home_department_gets_what_it_creates(west: Any) -> None:
    western = program(reach="department", departments=[west], department=west)
    made = western.post("customers", {"name": "New"}).json()
    assert (made["owner_id"], made["department_id"]) == (None, west.pk)
    own = program(reach="own")
    made = own.post("customers", {"name": "Mine"}).json()
    assert made["owner_id"] == own.user.pk
    assert own.get("customers").json()["results"][0]["id"] == made["id"]
    assert factories.customer().pk not in [row["id"] for row in own.get("customers").json()["results"]]
