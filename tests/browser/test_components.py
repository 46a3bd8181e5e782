"""Every component in a real browser: what a person does with it, and what axe says of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser import axe
from users.models import User

MISSING = "the server responded with a status of 404"  # the style guide shows a figure that fails

pytestmark = [pytest.mark.urls("tests.browser.styleguide_urls"), pytest.mark.django_db(transaction=True)]


def signed_in(browser: Browser, live_server: LiveServer, user: User, **options: Any) -> BrowserContext:
    client = Client()
    client.force_login(user)
    context = browser.new_context(base_url=live_server.url, **options)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return context


def faults_of(page: Page) -> list[str]:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    return faults


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, admin_user: User) -> Iterator[Page]:
    User.objects.filter(pk=admin_user.pk).update(language="en", theme="light")
    context = signed_in(browser, live_server, admin_user, viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.goto("/styleguide/")
    expect(page.locator("[aria-labelledby=f-trend] .fig svg")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    yield page
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_axe_finds_nothing_and_the_policy_blocks_nothing(
    browser: Browser, live_server: LiveServer, admin_user: User, theme: str, width: int, language: str
) -> None:
    User.objects.filter(pk=admin_user.pk).update(language=language, theme=theme)
    context = signed_in(browser, live_server, admin_user, viewport={"width": width, "height": 900})
    page = context.new_page()
    faults = faults_of(page)
    page.goto("/styleguide/")
    expect(page.locator("[aria-labelledby=f-line] .fig svg")).to_be_visible()
    page.wait_for_timeout(400)
    assert axe.violations(page) == []
    assert [fault for fault in faults if MISSING not in fault] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_keys_open_help_and_move_through_a_list(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    for key in "jjx":
        page.keyboard.press(key)
    expect(page.locator(".t.list tr[aria-selected=true] .name")).to_have_text("Norvik Marine AS")
    expect(page.locator("[data-bulk]")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("1")
    page.click("[data-unselect]")
    expect(page.locator("[data-bulk]")).to_be_hidden()


def test_a_verdict_opens_its_reason_and_escape_gives_the_focus_back(page: Page) -> None:
    verdict = page.locator("[popovertarget=why-tier]")
    verdict.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#why-tier")).to_be_visible()
    expect(verdict).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#why-tier")).to_be_hidden()
    expect(verdict).to_be_focused()


def test_a_figure_turns_into_its_table_and_downloads(page: Page, tmp_path: Path) -> None:
    panel = page.locator("[aria-labelledby=f-trend]").first
    panel.locator("[data-show=table]").click()
    expect(panel.locator(".fig-table table")).to_be_visible()
    expect(panel.locator(".fig")).to_be_hidden()
    panel.locator("[data-show=chart]").click()
    starts = {"csv": b"\xef\xbb\xbf", "svg": b"<svg", "png": b"\x89PNG"}
    for kind, start in starts.items():
        panel.locator(".tools [popovertarget]").click()
        with page.expect_download() as download:
            panel.locator(f"[data-save={kind}]").click()
        path = tmp_path / f"trend.{kind}"
        download.value.save_as(path)
        assert download.value.suggested_filename == f"trend.{kind}"
        assert path.read_bytes().startswith(start)


def test_a_figure_that_does_not_arrive_says_so_and_can_be_tried_again(page: Page) -> None:
    columns = [{"label": "Industry", "numeric": False}, {"label": "Sales", "numeric": True}]
    answer = {
        "kind": "bars",
        "caption": "Sales",
        "heading": "It arrived",
        "table": {"columns": columns, "rows": [["Mining", "1"]], "foot": []},
        "chart": {"labels": ["Mining"], "series": [{"name": "Sales", "values": [1]}]},
    }
    panel = page.locator("[data-src]")
    expect(panel.locator("[data-retry]")).to_be_visible()
    page.route("**/no-such-figure", lambda route: route.fulfill(json=answer))
    panel.locator("[data-retry]").click()
    expect(panel.locator(".fig svg")).to_be_visible()
    expect(panel.locator(".pt")).to_have_text("It arrived")


def test_the_theme_is_kept_in_the_profile(page: Page, admin_user: User) -> None:
    with page.expect_response("**/me/theme/"):
        page.click(".bar [data-theme-toggle]")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    admin_user.refresh_from_db()
    assert admin_user.theme == "dark"


def test_lines_are_filled_in_by_keyboard_alone(page: Page) -> None:
    def answer(route: Route) -> None:
        found = [{"value": "11", "label": "Valve DN50"}, {"value": "12", "label": "Valve DN80", "sub": "V-080"}]
        route.fulfill(json={"results": found if "q=va" in route.request.url else [], "none": "No product matches"})

    page.route("**/products/pick/**", answer)
    page.locator("[name=lines-0-price]").press("Enter")
    expect(page.locator("[name=lines-TOTAL_FORMS]")).to_have_value("2")
    page.keyboard.type("va")
    expect(page.locator(".found:visible li")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("[name=lines-1-product]")).to_have_value("12")
    page.keyboard.press("Tab")
    page.keyboard.type("3")
    expect(page.locator("[name=lines-1-quantity]")).to_have_value("3")
    page.keyboard.press("Control+Backspace")
    expect(page.locator("[name=lines-1-DELETE]")).to_have_value("on")
    expect(page.locator("table.lines tbody tr:visible")).to_have_count(1)


def test_a_refused_button_does_nothing_and_says_why(page: Page) -> None:
    page.locator("[aria-disabled=true][aria-describedby=why-not]").press("Enter")
    expect(page.locator("#status")).to_contain_text("above your 300,000")


def test_tables_of_figures_can_be_read_without_scripts(
    browser: Browser, live_server: LiveServer, admin_user: User
) -> None:
    context = signed_in(browser, live_server, admin_user, java_script_enabled=False)
    page = context.new_page()
    page.goto("/styleguide/")
    expect(page.locator("[aria-labelledby=f-trend] .fig-table table").first).to_be_visible()
    context.close()
