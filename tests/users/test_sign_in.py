"""Signing in and out, and the lock-out after wrong passwords."""

import time
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client
from django.urls import NoReverseMatch, reverse

from crm import settings as written
from tests import factories
from tests.factories import PASSWORD
from users.models import User

SIGN_IN = "/sign-in/"


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Any) -> None:
    """Argon2 is meant to be slow; what is tested here doesn't depend on it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def anna(owner: User) -> User:
    owner.username, owner.email = "Anna", "anna@example.com"
    owner.set_password(PASSWORD)
    owner.save()
    return owner


def sign_in(client: Client, login: str = "anna", password: str = PASSWORD, **headers: Any) -> Any:
    return client.post(SIGN_IN, {"login": login, "password": password}, **headers)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["Anna", "anna", "anna@example.com", "ANNA@example.com", " Anna "])
def test_name_and_address_in_any_case_sign_in(client: Client, anna: User, login: str) -> None:
    answer = sign_in(client, login)
    assert answer.status_code == 302
    assert answer.url == "/"
    assert signed_in(client)


def test_passwords_are_kept_with_argon2() -> None:
    assert written.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert make_password(PASSWORD, hasher=Argon2PasswordHasher()).startswith("argon2$")


def test_a_wrong_password_is_refused_in_words(client: Client, anna: User) -> None:
    answer = sign_in(client, password="wrong")
    assert answer.status_code == 200
    assert "User name or password is wrong" in answer.content.decode()
    assert not signed_in(client)


def test_signing_in_keeps_no_second_record_of_the_address(client: Client, anna: User) -> None:
    from allauth.account.models import EmailAddress

    sign_in(client, "anna@example.com")
    assert not EmailAddress.objects.exists()


def test_an_address_that_was_given_up_signs_in_no_longer(client: Client, anna: User) -> None:
    sign_in(client, "anna@example.com")
    client.logout()
    User.objects.filter(pk=anna.pk).update(email="new@example.com")
    sign_in(client, "anna@example.com")
    assert not signed_in(client)


def test_ten_wrong_passwords_lock_the_account_and_name_the_end(client: Client, anna: User) -> None:
    for _ in range(10):
        assert "User name or password is wrong" in sign_in(client, password="wrong").content.decode()
    answer = sign_in(client)
    assert "this account is locked. Try again in 15 minutes, at " in answer.content.decode()
    assert not signed_in(client)


def test_another_account_is_not_locked_with_it(client: Client, anna: User, colleague: User) -> None:
    colleague.set_password(PASSWORD)
    colleague.save()
    for _ in range(11):
        sign_in(client, password="wrong")
    sign_in(client, "colleague")
    assert signed_in(client)


def test_the_lock_is_not_fooled_by_another_name_header_or_host(client: Client, anna: User) -> None:
    tries: list[tuple[str, dict[str, Any]]] = [
        ("anna", {}),
        ("ANNA", {}),
        ("anna@example.com", {}),
        ("Anna@Example.com", {}),
        ("anna", {"HTTP_X_FORWARDED_FOR": "10.0.0.1"}),
        ("anna", {"HTTP_X_FORWARDED_FOR": "10.0.0.2"}),
        ("anna", {"REMOTE_ADDR": "10.0.0.3"}),
        ("anna", {"HTTP_HOST": "localhost:1"}),
        ("anna", {"HTTP_HOST": "localhost:2"}),
        ("anna", {"HTTP_HOST": "127.0.0.1"}),
    ]
    for login, headers in tries:
        sign_in(client, login, "wrong", **headers)
    answer = sign_in(client, "anna@example.com", HTTP_X_FORWARDED_FOR="10.0.0.9", HTTP_HOST="localhost:3")
    assert "this account is locked" in answer.content.decode()
    assert not signed_in(client)


def test_the_lock_opens_after_a_quarter_of_an_hour(client: Client, anna: User) -> None:
    for _ in range(10):
        sign_in(client, password="wrong")
    later = time.time() + 15 * 60 + 1
    # Both the library's clock and the test cache's.
    with mock.patch("time.time", return_value=later):
        sign_in(client)
    assert signed_in(client)


def test_a_name_nobody_has_is_locked_alike(client: Client, db: None) -> None:
    for _ in range(10):
        sign_in(client, "nobody", "wrong")
    assert "this account is locked" in sign_in(client, "nobody").content.decode()


def test_who_may_not_sign_in_is_told_so(client: Client, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    answer = sign_in(client)
    assert answer.url == reverse("account_inactive")
    assert not signed_in(client)


def test_a_session_ends_at_once_with_the_right_to_sign_in(client: Client, anna: User) -> None:
    sign_in(client)
    assert client.get("/me/").status_code == 200
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert client.get("/me/").url.startswith(SIGN_IN)


def test_signing_out_takes_a_post(client: Client, anna: User) -> None:
    client.force_login(anna)
    client.get("/sign-out/")
    assert signed_in(client)
    client.post("/sign-out/")
    assert not signed_in(client)


def test_the_way_back_leads_nowhere_else(client: Client, anna: User) -> None:
    answer = client.post(f"{SIGN_IN}?next=https://evil.example/", {"login": "anna", "password": PASSWORD})
    assert answer.url == "/"


@pytest.mark.parametrize("name", ["account_signup", "account_email", "account_reset_password", "account_set_password"])
def test_what_the_library_also_has_is_not_there(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_changing_the_password_is_logged_and_ends_other_sessions(client: Client, anna: User) -> None:
    from users.models import Change

    other = Client()
    sign_in(client)
    sign_in(other)
    said = {"oldpassword": PASSWORD, "password1": "a better battery", "password2": "a better battery"}
    assert client.post("/me/password/", said).url == reverse("users:profile")
    assert client.get("/me/").status_code == 200
    assert other.get("/me/").status_code == 302
    change = Change.objects.get(model="users.user")
    assert change.after == {"password": True}
    assert change.change_set.actor == anna


def test_a_weak_or_unconfirmed_password_is_refused(client: Client, anna: User) -> None:
    sign_in(client)
    for new in ("short", "1234567890", "password12"):
        answer = client.post("/me/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
        assert answer.status_code == 200
    answer = client.post(
        "/me/password/", {"oldpassword": "wrong", "password1": "a better one", "password2": "a better one"}
    )
    assert "This is not your present password" in answer.content.decode()
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)


def test_too_many_requests_answer_429(client: Client, db: None) -> None:
    for _ in range(31):
        answer = sign_in(client, "", "")
    assert answer.status_code == 429


def test_users_of_the_factory_cannot_sign_in_without_password(client: Client, db: None) -> None:
    factories.user(username="plain")
    sign_in(client, "plain", "")
    assert not signed_in(client)
