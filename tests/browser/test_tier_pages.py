"""The pages about tiers in a real browser: readable for all, in both languages and themes, on desk and phone."""

import datetime as dt

import pytest
from django.urls import reverse
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from accounts.models import Customer
from crm.lib import dates
from segmentation.constants import Grade
from segmentation.models import TierRun
from segmentation.services import overrides, standings
from tests import factories
from tests.browser import axe
from tests.browser.test_components import faults_of, signed_in
from tests.segmentation.conftest import Compute, compute, sell
from users.models import Department, User

__all__ = ["compute"]

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = [("en", "light"), ("en", "dark"), ("zh-hans", "light"), ("zh-hans", "dark")]


def pages(customer: Customer, day: dt.date) -> list[str]:
    """Every page about tiers, as a manager opens it."""
    past = TierRun.objects.filter(purpose="as_of").order_by("-pk").values_list("pk", flat=True).first()
    numbers = {"on": dates.month_end(dates.add_months(day, -1)).isoformat(), "grade": "A"}
    lists = [reverse("segmentation:tier_list", query=numbers)]
    lists += [reverse(f"segmentation:{name}") for name in ("mover_list", "pending_list", "recompute")]
    about = [reverse(f"segmentation:{name}", args=[customer.pk]) for name in ("history", "override")]
    runs = [reverse("segmentation:run_detail", args=[past])] if past else []
    boards = [reverse("dashboards:tiers"), reverse("dashboards:my_accounts")]
    return [*boards, *lists, *about, *runs, reverse("accounts:customer_detail", args=[customer.pk])]


def sold(east: Department, owner: User, manager: User, compute: Compute) -> Customer:
    """A dozen customers with two years of orders, one of them set by hand; the days are counted from today."""
    today = dates.today()
    customers = []
    for place in range(12):
        customer = factories.customer(owner=manager if place % 2 else owner, department=east)
        customers.append(customer)
        for months in range(1, 24, 2):
            rises = 3 if place == 7 and months < 3 else 1
            sell(customer, f"{rises * 9000 / 2**place:.2f}", dates.add_months(today, -months))
    sell(customers[5], "90000.00", dates.add_months(today, -1))
    yesterday = today - dt.timedelta(days=1)
    compute(yesterday)
    compute(dates.add_months(yesterday, -6))
    until = today + dt.timedelta(days=30)
    overrides.set_override(customer=customers[0], grade=Grade.B, reason="Plant closes", until=until, by=manager)
    return customers[0]


def look_at_all(
    browser: Browser, live_server: LiveServer, user: User, addresses: list[str], look: tuple[str, str]
) -> None:
    language, theme = look
    User.objects.filter(pk=user.pk).update(language=language, theme=theme)
    context = signed_in(browser, live_server, user, reduced_motion="reduce")
    page = context.new_page()
    faults = faults_of(page)
    found = []
    for address in addresses:
        for width in (1400, 390):
            page.set_viewport_size({"width": width, "height": 900})
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            page.wait_for_timeout(150)
            found += [(address, width, *broken) for broken in axe.violations(page)]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append((address, width, "the page scrolls sideways", []))
    context.close()
    assert found == []
    assert faults == []


@pytest.mark.parametrize("look", LOOKS)
def test_pages_with_figures(
    look: tuple[str, str],
    browser: Browser,
    live_server: LiveServer,
    east: Department,
    owner: User,
    manager: User,
    compute: Compute,
) -> None:
    customer = sold(east, owner, manager, compute)
    look_at_all(browser, live_server, manager, pages(customer, dates.today()), look)


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[3]])
def test_pages_of_a_company_without_any(
    look: tuple[str, str], browser: Browser, live_server: LiveServer, east: Department, manager: User
) -> None:
    customer = factories.customer(department=east, owner=manager)
    standings.make_for([customer.pk])
    look_at_all(browser, live_server, manager, pages(customer, dates.today()), look)
