"""Signing in through an identity provider: whom it lets in, and whom not."""

import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.users import identity_provider
from tests.users.identity_provider import IdentityProvider
from users.models import User

pytestmark = pytest.mark.django_db

BEGIN = "/sign-in/with/company/"


@pytest.fixture
def provider(settings: Any) -> Iterator[IdentityProvider]:
    with identity_provider.running() as found:
        app = settings.OIDC_APP | {"client_id": "keystone", "secret": "s", "name": "The company"}
        app["settings"] = app["settings"] | {"server_url": found.url}
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        yield found


@pytest.fixture
def anna(owner: User) -> User:
    owner.username, owner.email = "anna", "anna@example.com"
    owner.save()
    return owner


def go(client: Client, **forged: str) -> Any:
    """To the provider and back."""
    away = client.get(BEGIN)
    assert away.status_code == 302, away.content
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(away.url).query))
    return client.get(f"{BEGIN}back/", {"code": "c", "state": asked["state"]} | forged)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_it_is_off_unless_set_up(client: Client) -> None:
    assert client.get(BEGIN).status_code == 404
    assert "Sign in with" not in client.get("/sign-in/").content.decode().replace("Sign in with a passkey", "")


def test_who_has_an_account_gets_in_by_the_verified_address(
    client: Client, anna: User, provider: IdentityProvider
) -> None:
    assert "Sign in with The company" in client.get("/sign-in/").content.decode()
    provider.claims["email"] = "Anna@Example.com"
    assert go(client).url == "/"
    assert client.session["_auth_user_id"] == str(anna.pk)
    assert "code_verifier" in provider.asked[0], "PKCE"
    assert not EmailAddress.objects.exists()
    assert not SocialToken.objects.exists()
    assert SocialAccount.objects.get().extra_data == {}


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_the_provider_did_not_verify_opens_nothing(
    client: Client, anna: User, provider: IdentityProvider, verified: Any
) -> None:
    provider.claims["email_verified"] = verified
    assert go(client).url == reverse("account_login")
    assert not signed_in(client)
    assert not SocialAccount.objects.exists()
    assert "nobody here has its verified" in client.get("/sign-in/").content.decode()


def test_who_has_no_account_gets_none(client: Client, anna: User, provider: IdentityProvider) -> None:
    provider.claims["email"] = "stranger@example.com"
    before = User.objects.count()
    assert go(client).url == reverse("account_login")
    assert not signed_in(client)
    assert User.objects.count() == before


def test_the_tie_holds_when_the_address_changes_hands(
    client: Client, anna: User, colleague: User, provider: IdentityProvider
) -> None:
    go(client)
    client.logout()
    User.objects.filter(pk=anna.pk).update(email="married@example.com")
    User.objects.filter(pk=colleague.pk).update(email="anna@example.com")
    go(client)
    assert client.session["_auth_user_id"] == str(anna.pk)


def test_who_may_not_sign_in_does_not_get_in_that_way(client: Client, anna: User, provider: IdentityProvider) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    go(client)
    assert not signed_in(client)
    User.objects.filter(pk=anna.pk).update(is_active=True)
    go(client)
    assert signed_in(client)
    User.objects.filter(pk=anna.pk).update(is_active=False)
    other = Client()
    assert go(other).url == reverse("account_inactive")
    assert not signed_in(other)


def test_a_program_does_not_get_in_that_way(client: Client, provider: IdentityProvider) -> None:
    row, _token = factories.key()
    User.objects.filter(pk=row.user_id).update(email="anna@example.com")
    assert go(client).url == reverse("account_login")
    assert not signed_in(client)


def test_the_second_factor_is_asked_for_all_the_same(client: Client, anna: User, provider: IdentityProvider) -> None:
    TOTP.activate(anna, "JBSWY3DPEHPK3PXP")
    assert go(client).url == reverse("mfa_authenticate")
    assert not signed_in(client)


@pytest.mark.parametrize("claims", [{"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}])
def test_a_token_for_somebody_else_opens_nothing(
    client: Client, anna: User, provider: IdentityProvider, claims: dict[str, Any]
) -> None:
    provider.token_claims = claims
    assert go(client).url == reverse("account_login")
    assert not signed_in(client)


def test_an_answer_nobody_asked_for_opens_nothing(client: Client, anna: User, provider: IdentityProvider) -> None:
    assert go(client, state="forged").url == reverse("account_login")
    assert client.get(f"{BEGIN}back/", {"code": "c"}).url == reverse("account_login")
    assert not signed_in(client)


def test_a_provider_that_is_down_leaves_the_password(client: Client, anna: User, provider: IdentityProvider) -> None:
    provider.down = True
    assert client.get(BEGIN).url == reverse("account_login")
    assert client.get("/sign-in/").status_code == 200
