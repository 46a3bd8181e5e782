"""Setting up and using a second factor as a person does, in a real browser."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from crm.lib import dates
from tests import factories
from tests.browser import axe
from tests.browser.test_components import faults_of, signed_in
from tests.factories import PASSWORD
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


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
def context(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=live_server.url, locale="en-GB")
    yield context
    context.close()


def password(page: Page) -> None:
    page.goto("/sign-in/")
    page.fill("[name=login]", "anna")
    page.fill("[name=password]", PASSWORD)
    page.click("form button.pri")


def code(secret: str, steps: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps))


def virtual_key(context: BrowserContext, page: Page) -> None:
    """A passkey store inside the browser that says yes to everything."""
    debugger = context.new_cdp_session(page)
    debugger.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    debugger.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_an_app_is_set_up_and_asked_for(context: BrowserContext, anna: User) -> None:
    page = context.new_page()
    faults = faults_of(page)
    password(page)
    page.goto("/me/security/")
    page.click("a[href$='totp/activate/']")
    secret = page.locator("code").inner_text()
    page.fill("[name=code]", code(secret))
    page.click("[data-save-button]")
    expect(page.locator(".codes li")).to_have_count(10)
    spare = page.locator(".codes li").first.inner_text()
    page.click(".user")
    page.click("#user-menu >> text=Sign out")
    password(page)
    expect(page.locator("h1")).to_have_text("Second factor")
    page.fill("[name=code]", "000000")
    page.click("form button.pri")
    expect(page.locator("[role=alert]").first).to_contain_text("This code isn't right")
    page.fill("[name=code]", spare)
    page.click("form button.pri")
    expect(page.locator(".rail")).to_be_visible()
    assert faults == []


def test_a_passkey_is_added_and_opens_without_the_password(context: BrowserContext, anna: User) -> None:
    page = context.new_page()
    faults = faults_of(page)
    virtual_key(context, page)
    password(page)
    page.goto("/me/security/webauthn/add/")
    page.fill("[name=name]", "My laptop")
    page.check("[name=passwordless]")
    page.click("#add-key")
    expect(page.locator(".codes li")).to_have_count(10)
    page.click(".user")
    page.click("#user-menu >> text=Sign out")
    page.goto("/sign-in/")
    page.click("#passkey-login")
    expect(page.locator(".rail")).to_be_visible()
    page.goto("/me/security/webauthn/")
    expect(page.locator(".rows li")).to_contain_text("My laptop")
    assert faults == []


def test_a_key_is_asked_for_after_the_password(context: BrowserContext, anna: User) -> None:
    page = context.new_page()
    virtual_key(context, page)
    password(page)
    page.goto("/me/security/webauthn/add/")
    page.click("#add-key")
    expect(page.locator(".codes li")).to_have_count(10)
    page.click(".user")
    page.click("#user-menu >> text=Sign out")
    password(page)
    page.click("#use-key")
    expect(page.locator(".rail")).to_be_visible()
    assert Authenticator.objects.get(user=anna, type="webauthn").last_used_at


def test_tasks_are_done_and_put_off_by_keys(browser: Browser, live_server: LiveServer, anna: User) -> None:
    today = dates.today()
    first, second = factories.task(anna, "First", due=today), factories.task(anna, "Second", due=today)
    context = signed_in(browser, live_server, anna, viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.goto("/tasks/")
    expect(page.locator("#tasks .dot")).to_have_text("2")
    for key in "jx":
        page.keyboard.press(key)
    expect(page.locator(".msgs")).to_contain_text("1 task done")
    for key in "jz":
        page.keyboard.press(key)
    expect(page.locator(".msgs")).to_contain_text("1 task put off")
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.state == "done"
    assert second.snoozed_until is not None
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_axe_finds_nothing_on_the_new_pages(
    browser: Browser, live_server: LiveServer, anna: User, theme: str, language: str
) -> None:
    User.objects.filter(pk=anna.pk).update(language=language, theme=theme, email="anna@example.com")
    for number in range(3):
        factories.task(anna, f"Task {number}", due=dates.today())
    context = signed_in(browser, live_server, anna, viewport={"width": 390, "height": 900})
    page = context.new_page()
    faults = faults_of(page)
    found = []
    for path in ("/tasks/", "/tasks/new/", "/me/notices/", "/me/security/", "/me/sessions/", "/me/confirm/"):
        page.goto(path)
        found += [(path, *one) for one in axe.violations(page)]
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            found.append((path, "too wide", []))
    assert found == []
    assert faults == []
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_before_sign_in(context: BrowserContext, anna: User, theme: str) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    totp.TOTP.activate(anna, "JBSWY3DPEHPK3PXP")
    found = []
    for step in ("password", "code"):
        if step == "password":
            page.goto("/sign-in/")
        else:
            password(page)
        found += [(step, *one) for one in axe.violations(page)]
    assert found == []
