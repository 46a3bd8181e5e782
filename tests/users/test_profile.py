"""What people set for themselves."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from users.models import Change, User


@pytest.fixture
def signed_in(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def form(**said: Any) -> dict[str, Any]:
    return {"name": "Owner", "email": "", "language": "en", "theme": "auto"} | said


def test_name_and_address_are_saved_and_logged(signed_in: Client, owner: User) -> None:
    answer = signed_in.post("/me/", form(name="Owen", email="Owen@Example.com"))
    assert answer.url == "/me/"
    owner.refresh_from_db()
    assert (owner.name, owner.email) == ("Owen", "owen@example.com")
    change = Change.objects.get()
    assert change.before == {"name": "Owner", "email": ""}
    assert change.after == {"name": "Owen", "email": "owen@example.com"}
    assert change.change_set.actor == owner


def test_the_address_of_somebody_else_is_refused(signed_in: Client, owner: User, colleague: User) -> None:
    User.objects.filter(pk=colleague.pk).update(email="taken@example.com")
    answer = signed_in.post("/me/", form(email="Taken@example.com"))
    assert answer.status_code == 200
    assert "Another user has this e-mail address" in answer.content.decode()
    assert not Change.objects.exists()


def test_nobody_gives_themselves_a_role_through_the_profile(signed_in: Client, owner: User) -> None:
    signed_in.post("/me/", form(roles=["administrator"], username="root", is_active="", department=""))
    owner = User.objects.get(pk=owner.pk)
    assert [role.code for role in owner.roles] == ["account_manager"]
    assert (owner.username, owner.department_id is not None) == ("owner", True)


def test_the_theme_toggle_is_kept(signed_in: Client, owner: User) -> None:
    assert signed_in.post("/me/theme/", {"theme": "dark"}).status_code == 204
    owner.refresh_from_db()
    assert owner.theme == "dark"
    assert 'data-theme="dark"' in signed_in.get("/me/").content.decode()


@pytest.mark.parametrize(("address", "said"), [("/me/theme/", {"theme": "<b>"}), ("/me/language/", {"language": "fr"})])
def test_a_look_or_language_there_is_not_is_refused(
    signed_in: Client, owner: User, address: str, said: dict[str, str]
) -> None:
    answer = signed_in.post(address, said)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "text/plain"
    owner.refresh_from_db()
    assert (owner.theme, owner.language) == ("auto", "en")


@pytest.mark.parametrize("address", ["/me/theme/", "/me/language/"])
def test_a_choice_takes_a_post(signed_in: Client, address: str) -> None:
    assert signed_in.get(address).status_code == 405


def test_the_language_is_kept_on_the_user_and_for_after_signing_out(signed_in: Client, owner: User) -> None:
    answer = signed_in.post("/me/language/", {"language": "zh-hans", "next": "/settings/"})
    assert answer.url == "/settings/"
    owner.refresh_from_db()
    assert owner.language == "zh-hans"
    assert signed_in.get("/me/")["Content-Language"] == "zh-hans"
    signed_in.logout()
    signed_in.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    assert signed_in.get("/sign-in/")["Content-Language"] == "zh-hans"


def test_the_way_back_after_the_language_leads_nowhere_else(signed_in: Client) -> None:
    assert signed_in.post("/me/language/", {"language": "en", "next": "https://evil.example/"}).url == "/"


def test_a_visitor_chooses_a_language_too(client: Client, db: None) -> None:
    client.post("/language/", {"language": "zh-hans", "next": "/sign-in/"})
    assert client.get("/sign-in/")["Content-Language"] == "zh-hans"
