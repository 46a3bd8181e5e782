"""The lock-out behind and before a proxy, with many names, and without Redis; sessions that end at once over HTTP."""

import http.cookiejar
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from crm.cache import FallbackCache
from tests.factories import PASSWORD
from users.models import User


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def anna(owner: User) -> User:
    owner.username = "anna"
    owner.set_password(PASSWORD)
    owner.save()
    return owner


@pytest.fixture
def dead_redis(settings: Any, db: None) -> Iterator[None]:
    """A cache whose Redis nobody listens for, and the table that stands in."""
    settings.CACHES = {
        "default": {
            "BACKEND": "crm.cache.FallbackCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.2},
        },
        "fallback": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "users_cache"},
    }
    FallbackCache._silent_until = 0.0
    yield
    caches["fallback"].clear()
    FallbackCache._silent_until = 0.0


def sign_in(client: Client, login: str = "anna", password: str = PASSWORD, **headers: Any) -> Any:
    return client.post("/sign-in/", {"login": login, "password": password}, **headers)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.django_db
@pytest.mark.parametrize("proxies", [0, 1])
def test_changing_the_forwarded_address_does_not_fool_the_count_of_an_account(
    client: Client, anna: User, settings: Any, proxies: int
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    for number in range(10):
        sign_in(client, password="wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}, 192.0.2.{number}")
    answer = sign_in(client, HTTP_X_FORWARDED_FOR="10.9.9.9, 192.0.2.99")
    assert "this account is locked" in answer.content.decode()
    assert not signed_in(client)


@pytest.mark.django_db
@pytest.mark.parametrize(("proxies", "forged"), [(0, "10.0.{n}.1"), (1, "10.0.{n}.1, 203.0.113.7")])
def test_many_names_from_one_address_are_counted_whatever_it_claims(
    client: Client, anna: User, settings: Any, proxies: int, forged: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "20/15m/ip,10/15m/key", "login": "1000/m/ip"}
    for number in range(20):
        sign_in(client, f"name{number}", "wrong", HTTP_X_FORWARDED_FOR=forged.format(n=number))
    answer = sign_in(client, HTTP_X_FORWARDED_FOR=forged.format(n=99))
    assert "from your network" in answer.content.decode()
    assert not signed_in(client)


@pytest.mark.django_db
def test_another_client_behind_the_same_proxy_is_not_locked_with_it(client: Client, anna: User, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "20/15m/ip,10/15m/key", "login": "1000/m/ip"}
    for number in range(20):
        sign_in(client, f"name{number}", "wrong", HTTP_X_FORWARDED_FOR="203.0.113.7")
    sign_in(client, HTTP_X_FORWARDED_FOR="203.0.113.8")
    assert signed_in(client)


# ── Without Redis ────────────────────────────────────────────────────────────


def test_sign_in_works_while_redis_is_gone(client: Client, anna: User, dead_redis: None) -> None:
    begin = time.monotonic()
    sign_in(client)
    assert signed_in(client)
    assert time.monotonic() - begin < 3
    assert client.get("/me/").status_code == 200


def test_the_lock_holds_while_redis_is_gone(client: Client, anna: User, dead_redis: None) -> None:
    for _ in range(10):
        sign_in(client, password="wrong")
    assert "this account is locked" in sign_in(client).content.decode()
    assert not signed_in(client)


def test_the_cache_comes_back_with_redis(dead_redis: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.cache import cache
    from django.core.cache.backends.redis import RedisCache

    cache.set("a", 1)
    assert cache.get("a") == 1
    assert FallbackCache._silent_until > time.monotonic()
    monkeypatch.setattr(RedisCache, "get", lambda *_args, **_kwargs: "from Redis")
    assert cache.get("a") == 1, "it isn't asked again at once"
    FallbackCache._silent_until = 0.0
    assert cache.get("a") == "from Redis"


def test_an_error_of_ours_is_not_taken_for_a_dead_redis(dead_redis: None) -> None:
    from django.core.cache import cache

    with pytest.raises(ValueError, match="Key 'missing' not found"):
        cache.incr("missing")


# ── Out at once ──────────────────────────────────────────────────────────────


class Browser:
    """A real client over HTTP, with cookies."""

    def __init__(self, base: str) -> None:
        self.base = base
        jar = http.cookiejar.CookieJar()
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar), _Stay()).open
        self.jar = jar

    def ask(self, path: str, data: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
        token = next((cookie.value for cookie in self.jar if cookie.name == "csrftoken"), "") or ""
        body = urllib.parse.urlencode(data | {"csrfmiddlewaretoken": token}).encode() if data is not None else None
        request = urllib.request.Request(self.base + path, body, {"Referer": self.base, **headers})
        try:
            with self.open(request, timeout=10) as answer:
                return answer.status, answer.headers.get("Location", "")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("Location", "")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


@pytest.mark.django_db(transaction=True)
def test_a_deactivated_user_is_out_within_a_second_over_http(live_server: LiveServer, anna: User) -> None:
    browser = Browser(live_server.url)
    browser.ask("/sign-in/")
    assert browser.ask("/sign-in/", {"login": "anna", "password": PASSWORD})[0] == 302
    for path in ("/me/", "/notices/bell/", "/customers/"):
        assert browser.ask(path)[0] == 200
    User.objects.filter(pk=anna.pk).update(is_active=False)
    begin = time.monotonic()
    for path, headers in (("/me/", {}), ("/notices/bell/", {"HX-Request": "true"}), ("/customers/", {})):
        status, where = browser.ask(path, **headers)
        assert (status, where.startswith(reverse("account_login"))) == (302, True), path
    status, where = browser.ask("/me/theme/", {"theme": "dark"}, **{"HX-Request": "true"})
    assert (status, where.startswith(reverse("account_login"))) == (302, True)
    assert time.monotonic() - begin < 1
    anna.refresh_from_db()
    assert anna.theme != "dark"


@pytest.mark.django_db(transaction=True)
def test_a_form_without_its_token_is_refused_over_http(live_server: LiveServer, anna: User) -> None:
    browser = Browser(live_server.url)
    browser.ask("/sign-in/")
    browser.jar.clear()
    assert browser.ask("/sign-in/", {"login": "anna", "password": PASSWORD})[0] == 403


# ── The way back, cookies ────────────────────────────────────────────────────


@pytest.mark.django_db
@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "https:evil.example"],
)
def test_the_way_back_stays_here(client: Client, anna: User, target: str) -> None:
    query = urllib.parse.urlencode({"next": target})
    answer = client.post(f"/sign-in/?{query}", {"login": "anna", "password": PASSWORD, "next": target})
    assert not urllib.parse.urlsplit(answer.url).netloc
    assert answer.url.startswith("/")
    assert not answer.url.startswith(("//", "/\\"))


@pytest.mark.django_db
def test_the_session_cookie_is_out_of_scripts_and_other_sites_reach(client: Client, anna: User) -> None:
    sign_in(client)
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
