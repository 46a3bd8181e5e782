"""Products, rates, and what the customer page shows of sales."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.constants import LifeCycle
from accounts.models import Customer
from crm.lib import dates
from jobs.models import Run
from sales import panels
from sales.constants import OrderState
from sales.models import Category, ExchangeRate, Order, Product
from sales.queries import customers, totals
from sales.services import life_cycle
from tests import factories
from users.models import User

pytestmark = pytest.mark.django_db


def test_a_product_is_entered_changed_and_listed(client: Client, manager: User) -> None:
    client.force_login(manager)
    data = {"code": "V-1", "name": "闸阀", "list_price": "1,250.5", "is_active": "on"}
    assert client.post(reverse("sales:product_create"), data).status_code == 302
    product = Product.objects.get()
    assert product.list_price == Decimal("1250.5")
    edit = reverse("sales:product_edit", args=[product.pk])
    assert client.post(edit, data | {"name": "Gate valve", "version": 1}).status_code == 302
    second = client.post(edit, data | {"name": "Mine", "version": 1})
    assert second.status_code == 409
    assert "changed this while you were editing" in second.content.decode()
    assert "Gate valve" in client.get(reverse("sales:product_list"), {"q": "gate"}).content.decode()
    assert "Gate valve" not in client.get(reverse("sales:product_list"), {"sale": "off"}).content.decode()
    assert client.get(reverse("sales:product_detail", args=[product.pk])).status_code == 200
    assert client.post(reverse("sales:product_create"), data).status_code == 422


def test_who_only_sells_reads_products(client: Client, owner: User) -> None:
    product = factories.product()
    client.force_login(owner)
    assert client.get(reverse("sales:product_detail", args=[product.pk])).status_code == 200
    for name, args in (("product_create", []), ("product_edit", [product.pk]), ("category_create", [])):
        assert client.post(reverse(f"sales:{name}", args=args), {"code": "X", "name": "X"}).status_code == 403
    assert (Product.objects.count(), Category.objects.count()) == (1, 0)


def test_a_category_is_entered(client: Client, manager: User) -> None:
    client.force_login(manager)
    url = reverse("sales:category_create")
    assert client.post(url, {"code": "G", "name": "Valves"}).status_code == 302
    assert client.post(url, {"code": "G", "name": "Pumps"}).status_code == 422


def test_products_are_found_while_typing(client: Client, owner: User) -> None:
    factories.product(code="V-1", name="闸阀 <b>", list_price="12.50", unit="pc")
    factories.product(code="V-2", is_active=False)
    client.force_login(owner)
    for query in ("v-", "zf", "阀"):
        answer = client.get(reverse("sales:product_options"), {"q": query}).json()
        assert [row["label"] for row in answer["results"]] == ["V-1 闸阀 <b>"]
    assert answer["results"][0]["price"] == "12.5"
    assert client.get(reverse("sales:product_options"), {"q": "\x00"}).json()["results"] == []


def test_a_rate_is_entered_and_corrected(client: Client, admin_user: User, account: Customer) -> None:
    factories.order(account, currency="GBP", base_minor=None)
    client.force_login(admin_user)
    page = client.get(reverse("sales:rate_list")).content.decode()
    assert "1 order in GBP lacks a rate" in page
    data = {"currency": "gbp", "day": "2026-01-01", "rate": "9.1"}
    assert client.post(reverse("sales:rate_create"), data).status_code == 302
    assert client.post(reverse("sales:rate_create"), data).status_code == 422
    rate = ExchangeRate.objects.get()
    edit = reverse("sales:rate_edit", args=[rate.pk])
    assert client.post(edit, {"rate": "9.2", "version": 1, "currency": "USD"}).status_code == 302
    assert client.post(edit, {"rate": "9.3", "version": 1}).status_code == 422
    rate.refresh_from_db()
    assert (rate.currency, rate.rate) == ("GBP", Decimal("9.2"))
    assert Run.objects.filter(kind="sales.reprice").count() == 2


def test_who_sets_no_parameters_only_reads_rates(client: Client, manager: User) -> None:
    client.force_login(manager)
    assert client.get(reverse("sales:rate_list")).status_code == 200
    data = {"currency": "USD", "day": "2026-01-01", "rate": "7"}
    assert client.post(reverse("sales:rate_create"), data).status_code == 403
    assert not ExchangeRate.objects.exists()


def bought(account: Customer) -> None:
    today = dates.today()
    factories.order(account, "1000.00", on=today)
    back = factories.order(account, "-100.00", on=today)
    back.lines.update(cost_minor=None)
    factories.order(account, "600.00", on=dates.add_months(today, -13))
    factories.order(account, on=today, currency="USD", base_minor=None)
    call_command("rollup", rebuild=True, stdout=io.StringIO())


def test_key_figures_leave_out_and_say_so(owner: User, account: Customer) -> None:
    bought(account)
    found = customers.figures_of([account.pk], as_of=dates.today())
    assert (found.net_minor, found.prior_minor, found.orders) == (90_000, 60_000, 1)
    assert (found.uncosted_lines, found.uncosted_minor, found.cost_minor) == (1, -10_000, 60_000)
    assert (found.costed_minor, found.margin_minor, found.margin_share) == (100_000, 40_000, 0.4)
    assert (found.last_on, found.without_rate) == (dates.today(), 1)
    context = panels.twelve_months(owner, account.pk, [account.pk])
    assert context["left_out"] == ["1 order lacks a rate and is left out"]


def test_monthly_sums_are_whole_numbers_with_zeros_between(account: Customer) -> None:
    other = factories.customer()
    factories.order(account, "0.10", on=dt.date(2026, 1, 31))
    factories.order(account, "0.20", on=dt.date(2026, 3, 1))
    factories.order(account, "-0.05", on=dt.date(2026, 3, 31))
    call_command("rollup", rebuild=True, stdout=io.StringIO())
    sums = customers.monthly_sums([account.pk, other.pk], first=dt.date(2026, 1, 15), last=dt.date(2026, 3, 2))
    assert sums == {account.pk: [10, 0, 15], other.pk: [0, 0, 0]}


def test_the_customer_page_shows_sales(client: Client, owner: User, account: Customer) -> None:
    bought(account)
    client.force_login(owner)
    page = client.get(reverse("accounts:customer_detail", args=[account.pk])).content.decode()
    assert "CNY 900" in page
    assert "1 line without a cost left out" in page
    assert Order.objects.latest("ordered_on").number in page
    assert "50.0% more than a year before" in page


def test_the_chart_answers_json_and_csv_within_scope(
    client: Client, owner: User, outsider: User, account: Customer
) -> None:
    bought(account)
    hidden = factories.customer()
    factories.order(hidden, "5000.00")
    call_command("rollup", rebuild=True, stdout=io.StringIO())
    url = reverse("sales:customer_months", args=[account.pk])
    client.force_login(owner)
    answer = client.get(url, {"with": f"{account.pk},{hidden.pk},x"}).json()
    assert answer["chart"]["values"][-1] == 0.9
    assert len(answer["table"]["rows"]) == 12
    assert "Month,Sales,A year before" in client.get(url, {"format": "csv"}).content.decode("utf-8-sig")
    client.force_login(outsider)
    assert client.get(url).status_code == 404


def test_the_search_finds_orders_by_number_within_scope(owner: User, outsider: User, account: Customer) -> None:
    factories.order(account, number="SO-77")
    assert [hit.label for hit in panels.find_orders(owner, "SO-7", 5)] == ["SO-77"]
    assert panels.find_orders(outsider, "SO-7", 5) == []
    assert panels.find_orders(owner, "\x00", 5) == []


@pytest.mark.parametrize(
    ("stage", "state", "days_ago", "becomes"),
    [
        (LifeCycle.PROSPECT, OrderState.COMPLETED, 10, LifeCycle.ACTIVE),
        (LifeCycle.PROSPECT, OrderState.CONFIRMED, 10, LifeCycle.PROSPECT),
        (LifeCycle.VISITOR, OrderState.COMPLETED, 10, LifeCycle.ACTIVE),
        (LifeCycle.DORMANT, OrderState.CONFIRMED, 10, LifeCycle.ACTIVE),
        (LifeCycle.ACTIVE, OrderState.COMPLETED, 365, LifeCycle.DORMANT),
        (LifeCycle.ACTIVE, OrderState.COMPLETED, 364, LifeCycle.ACTIVE),
        (LifeCycle.PROSPECT, OrderState.COMPLETED, 400, LifeCycle.DORMANT),
        (LifeCycle.LOST, OrderState.COMPLETED, 10, LifeCycle.LOST),
        (LifeCycle.GIVEN_UP, OrderState.COMPLETED, 10, LifeCycle.GIVEN_UP),
    ],
)
def test_orders_move_the_life_cycle_and_never_a_persons_choice(
    stage: Any, state: Any, days_ago: int, becomes: Any
) -> None:
    customer = factories.customer(life_cycle=stage)
    as_of = dt.date(2026, 11, 20)
    factories.order(customer, on=as_of - dt.timedelta(days=days_ago), state=state)
    life_cycle.follow_orders(as_of=as_of)
    customer.refresh_from_db()
    assert customer.life_cycle == becomes
    assert customer.transitions.exists() is (stage != becomes)
    again = life_cycle.follow_orders(as_of=as_of)
    assert (again.active, again.dormant) == (0, 0)


def test_books_that_ended_long_ago_are_read_at_their_own_end(client: Client, owner: User, account: Customer) -> None:
    factories.order(account, "1000.00", on=dt.date(2011, 12, 9))
    factories.order(account, "800.00", on=dt.date(2010, 12, 9))
    call_command("rollup", rebuild=True, stdout=io.StringIO())
    assert totals.reading_day(dt.date(2012, 1, 9)) == dt.date(2012, 1, 9), "a month without orders is no end"
    assert totals.reading_day(dt.date(2012, 1, 10)) == dt.date(2011, 12, 9)
    client.force_login(owner)
    page = client.get(reverse("accounts:customer_detail", args=[account.pk])).content.decode()
    assert "Sales in 12 months to 9 Dec 2011" in page
    assert "CNY 1,000 in twelve months, 25.0% more than a year before" in page
    months = client.get(reverse("sales:customer_months", args=[account.pk]), {"format": "csv"}).content.decode()
    assert "Dec 2011,1.0,0.8" in months


def test_books_that_are_kept_are_read_to_today(client: Client, owner: User, account: Customer) -> None:
    bought(account)
    client.force_login(owner)
    page = client.get(reverse("accounts:customer_detail", args=[account.pk])).content.decode()
    assert f"Sales in 12 months to {dates.today().day} " in page
