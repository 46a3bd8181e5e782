"""The frame: what the rail shows, the pages before sign-in, the pages for faults."""

import re
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import ResolverMatch

from crm import navigation
from users.models import User


def rail_of(user: User, rf: RequestFactory, view_name: str = "") -> list[navigation.Link]:
    request: Any = rf.get("/")
    request.user = user
    request.resolver_match = ResolverMatch(lambda: None, (), {}, view_name)
    request.resolver_match.view_name = view_name
    return navigation.sections(request)


def test_the_rail_shows_what_the_permission_table_allows(owner: User, controller: User, rf: RequestFactory) -> None:
    for user in (owner, controller):
        for link in rail_of(user, rf):
            assert link.href == navigation.page_url(link.section.url_name, user)
            assert link.href


def test_a_page_that_does_not_exist_has_no_place_in_the_rail(owner: User) -> None:
    assert navigation.page_url("no:such_page", owner) == ""


def test_a_page_is_hidden_from_those_whose_role_may_not_read_it(owner: User, admin_user: User) -> None:
    assert navigation.page_url("users:user_list", owner) == ""
    assert navigation.page_url("users:user_list", admin_user) != ""


def test_the_section_of_the_page_is_marked(admin_user: User, rf: RequestFactory) -> None:
    current = [link.section.key for link in rail_of(admin_user, rf, "users:user_edit") if link.current]
    assert current == ["o"]


def test_no_page_belongs_to_two_sections() -> None:
    pages = [page for section in navigation.SECTIONS for page in (section.url_name, *section.pages)]
    names = [page for page in pages if not page.endswith(":")]
    for name in names:
        holders = [
            section.key
            for section in navigation.SECTIONS
            if name == section.url_name or name.startswith(section.pages or "-")
        ]
        assert len(set(holders)) == 1, name


def test_letters_after_g_are_taken_once() -> None:
    keys = [section.key for section in navigation.SECTIONS]
    assert len(keys) == len(set(keys))
    assert not {"t", "x", "l", "p"} & set(keys)


@pytest.mark.django_db
@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_the_theme_of_the_profile_is_on_the_page_before_any_script(owner: User, client: Client, theme: str) -> None:
    User.objects.filter(pk=owner.pk).update(theme=theme)
    client.force_login(owner)
    html = client.get("/me/").content.decode()
    shown = "dark" if theme == "dark" else "light"
    assert f'data-theme="{theme}" data-bs-theme="{shown}"' in html
    assert "data-guest" not in html


@pytest.mark.django_db
def test_the_page_speaks_the_users_language_and_says_so(owner: User, client: Client) -> None:
    User.objects.filter(pk=owner.pk).update(language="zh-hans")
    client.force_login(owner)
    html = client.get("/me/").content.decode()
    assert '<html lang="zh-Hans"' in html
    assert 'value="en" lang="en"' in html


@pytest.mark.django_db
def test_the_sign_in_page_keeps_what_was_typed_and_says_what_is_wrong(client: Client) -> None:
    answer = client.post("/sign-in/", {"login": "owner", "password": "not this one"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="owner"' in html
    assert 'class="errsum"' in html
    assert "not this one" not in html


@pytest.mark.django_db
def test_a_missing_page_looks_like_the_rest(owner: User, client: Client) -> None:
    client.force_login(owner)
    answer = client.get("/there-is-no-such-page/")
    assert answer.status_code == 404
    assert 'class="rail"' in answer.content.decode()


@pytest.mark.django_db
def test_a_refusal_says_whom_to_ask(owner: User, client: Client) -> None:
    client.force_login(owner)
    answer = client.get("/settings/users/")
    assert answer.status_code == 403
    assert "Your department manager" in answer.content.decode()


@pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "429.html", "500.html"])
def test_fault_pages_need_neither_request_nor_database(name: str) -> None:
    html = render_to_string(name)
    assert re.search(r"<h1>[^<]{10,}</h1>", html)
    assert "Keystone 要客" in html


@pytest.mark.django_db
def test_a_page_carries_no_inline_script_or_style(owner: User, client: Client) -> None:
    client.force_login(owner)
    answer = client.get("/me/")
    html = answer.content.decode()
    assert " style=" not in html
    assert re.findall(r"<script(?![^>]*src=)(?![^>]*application/json)[^>]*>", html) == []
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
