"""The permission table and the middleware that keeps it."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, resolve, reverse

from crm.urls import urlpatterns as served
from users.access import Caller, Rule, rules
from users.models import ChangeSet, User
from users.parameters import ParameterKind
from users.roles import Permission


def opened(request: HttpRequest) -> HttpResponse:
    ChangeSet.objects.create(cause="page", summary="the view ran")
    return HttpResponse("inside")


urlpatterns = [*served, path("unlisted/", opened, name="unlisted"), path("listed/", opened, name="listed")]

pytestmark = pytest.mark.django_db

own_urls = pytest.mark.urls("tests.users.test_access")
EVERYBODY = ["owner", "colleague", "manager", "controller", "agent", "executive", "steward", "admin_user"]
PAGES = {
    "/me/": EVERYBODY,
    "/settings/": EVERYBODY,
    "/settings/users/": ["admin_user"],
    "/settings/users/new/": ["admin_user"],
    "/settings/users/{user}/": ["admin_user"],
    "/settings/users/{user}/password/": ["admin_user"],
    "/settings/departments/": ["admin_user"],
    "/settings/departments/new/": ["admin_user"],
    "/settings/departments/{department}/": ["admin_user"],
    "/settings/changes/": ["manager", "steward", "admin_user"],
    "/settings/parameters/": ["manager", "executive", "admin_user"],
    "/settings/parameters/test.sample/main/": ["manager", "executive", "admin_user"],
    "/settings/parameters/test.sample/main/new/": ["admin_user"],
}


@pytest.mark.parametrize("who", EVERYBODY)
def test_each_role_opens_its_pages_and_no_others(
    who: str, client: Client, sample: ParameterKind, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(who)
    client.force_login(user)
    ids = {"user": user.pk, "department": user.department_id}
    answers = {page: client.get(page.format(**ids)).status_code for page in PAGES}
    assert answers == {page: 200 if who in allowed else 403 for page, allowed in PAGES.items()}


@pytest.mark.parametrize("address", PAGES)
def test_without_signing_in_every_page_leads_to_the_sign_in(address: str, client: Client) -> None:
    url = address.format(user=1, department=1)
    assert client.get(url).url == f"/sign-in/?next={url}"
    assert client.post(url).url == "/sign-in/?next=/"


@own_urls
def test_an_address_that_is_not_in_the_table_is_closed_to_everybody(client: Client, admin_user: User) -> None:
    assert client.get("/unlisted/").status_code == 403
    client.force_login(admin_user)
    assert client.get("/unlisted/").status_code == 403
    assert not ChangeSet.objects.exists()


@own_urls
@pytest.mark.parametrize(("who", "get", "post"), [("admin_user", 200, 200), ("manager", 200, 403), ("owner", 403, 403)])
def test_reading_and_writing_are_asked_for_apart(
    who: str, get: int, post: int, client: Client, monkeypatch: Any, request: pytest.FixtureRequest
) -> None:
    rule = Rule(Permission.PARAMETER_VIEW, Permission.PARAMETER_EDIT)
    monkeypatch.setitem(rules._entries, "listed", rule)
    client.force_login(request.getfixturevalue(who))
    assert client.get("/listed/").status_code == get
    before = ChangeSet.objects.count()
    assert client.post("/listed/").status_code == post
    assert ChangeSet.objects.count() - before == (post == 200)


@own_urls
def test_a_page_that_only_reads_takes_no_post(client: Client, admin_user: User, monkeypatch: Any) -> None:
    monkeypatch.setitem(rules._entries, "listed", Rule(Permission.PARAMETER_VIEW))
    client.force_login(admin_user)
    assert client.post("/listed/").status_code == 405


def test_a_role_that_is_taken_away_closes_the_door_at_once(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    assert client.get("/settings/users/").status_code == 200
    admin_user.groups.clear()
    assert client.get("/settings/users/").status_code == 403


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_first_page_leads_managers_to_the_tiers_and_others_to_their_accounts(
    who: str, client: Client, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(who)
    client.force_login(user)
    page = "dashboards:tiers" if user.may(Permission.TIER_DASHBOARD) else "dashboards:my_accounts"
    assert client.get("/").url == reverse(page)


def test_without_a_page_of_the_chapters_the_first_page_is_one_that_may_be_opened(
    client: Client, owner: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr("crm.views.FIRST_PAGES", ("no:such_page", "users:user_list"))
    client.force_login(owner)
    target = client.get("/").url
    assert target != "/"
    rule = rules.get(resolve(target).view_name)
    assert rule.read is Caller.SIGNED_IN or owner.may(rule.read)
