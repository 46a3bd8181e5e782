"""Exchange rates, and the orders rewritten when one changes."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Customer
from crm.lib import dates
from jobs.models import Run
from sales.constants import OrderState
from sales.errors import Stale
from sales.models import ExchangeRate, Order, RollupMark
from sales.queries.rates import Rate, rates_in_force
from sales.services import orders, rates
from sales.services.order_rules import LineInput, OrderInput
from users.constants import Cause
from users.models import Change, User
from users.services import changes

pytestmark = pytest.mark.django_db
D = Decimal


def sell(owner: User, account: Customer, day: dt.date, *prices: str, currency: str = "USD") -> Order:
    lines = [LineInput(D(1), D(price), description="Pump") for price in prices]
    new = OrderInput(account.pk, dates.start_of_day(day), lines, state=OrderState.CONFIRMED, currency=currency)
    return orders.create_order(new=new, by=owner)


def test_the_rate_of_a_day_is_the_latest_up_to_it() -> None:
    first = ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 1, 1), rate=7)
    second = ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 2, 1), rate=8)
    day = dt.timedelta(days=1)
    wanted = [("USD", second.day - day), ("USD", second.day), ("USD", first.day - day), ("CNY", first.day)]
    assert rates_in_force(wanted) == {wanted[0]: Rate(first.pk, D(7)), wanted[1]: Rate(second.pk, D(8))}


def test_saving_a_rate_is_logged_and_asks_for_the_run(admin_user: User) -> None:
    row = rates.save_rate(currency=" usd", day=dt.date(2026, 1, 1), rate=D("7.1"), by=admin_user)
    assert (row.currency, Change.objects.get().after["rate"]) == ("USD", "7.10000000")
    assert Run.objects.get(kind="sales.reprice").params == {"currency": "USD", "first": "2026-01-01"}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"currency": "CNY"}, "currency"),
        ({"currency": "US"}, "currency"),
        ({"rate": D(0)}, "rate"),
        ({"rate": D("-1")}, "rate"),
        ({"rate": D("1.123456789")}, "rate"),
        ({"rate": D("99999999999")}, "rate"),
        ({"day": dt.date(2026, 5, 1)}, "day"),
    ],
)
def test_a_bad_rate_is_refused_by_field(fields: dict[str, Any], wrong: str, admin_user: User) -> None:
    ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 5, 1), rate=7)
    with pytest.raises(ValidationError) as error:
        rates.save_rate(**{"currency": "USD", "day": dt.date(2026, 6, 1), "rate": D(7)} | fields, by=admin_user)
    assert list(error.value.message_dict) == [wrong]
    assert ExchangeRate.objects.count() == 1
    assert not Run.objects.exists()


def test_only_who_sets_parameters_sets_rates(manager: User) -> None:
    with pytest.raises(PermissionDenied):
        rates.save_rate(currency="USD", day=dt.date(2026, 1, 1), rate=D(7), by=manager)


def test_two_editors_of_a_rate_do_not_overwrite_each_other(admin_user: User) -> None:
    row = ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 1, 1), rate=7)
    fields: dict[str, Any] = {"currency": "USD", "day": row.day, "rate_id": row.pk, "by": admin_user}
    rates.save_rate(**fields, rate=D(8), version=1)
    with pytest.raises(Stale):
        rates.save_rate(**fields, rate=D(9), version=1)


def test_a_new_rate_converts_the_orders_that_waited_and_those_up_to_the_next(owner: User, account: Customer) -> None:
    may, june, july = dt.date(2026, 5, 10), dt.date(2026, 6, 10), dt.date(2026, 7, 10)
    waiting = sell(owner, account, may, "10", "10", "10.01")
    ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 7, 1), rate=9)
    later = sell(owner, account, july, "10")
    euro = sell(owner, account, june, "10", currency="EUR")
    RollupMark.objects.all().delete()
    rate = ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 5, 1), rate="7.1234")
    done = rates.reprice(currency="USD", first=rate.day)
    assert (done.orders, done.rewritten) == (1, 1)
    waiting.refresh_from_db()
    assert (waiting.rate, waiting.base_minor, waiting.net, waiting.version) == (rate, 21377, D("30.01"), 2)
    assert list(waiting.lines.values_list("base_minor", flat=True)) == [7123, 7123, 7131]
    assert list(RollupMark.objects.values_list("day", flat=True)) == [may]
    for other, base in ((later, 9000), (euro, None)):
        other.refresh_from_db()
        assert (other.base_minor, other.version) == (base, 1)


def test_a_corrected_rate_rewrites_its_orders_once(
    owner: User, account: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "_BATCH", 2)
    rate = ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 5, 1), rate=7)
    made = [sell(owner, account, dt.date(2026, 5, day), "10") for day in (1, 2, 3)]
    rate.rate = D(8)
    rate.save()
    told: list[int] = []
    assert rates.reprice(currency="USD", first=rate.day, tell=told.append).rewritten == 3
    assert told == [2, 3]
    assert set(Order.objects.values_list("base_minor", flat=True)) == {8000}
    assert rates.reprice(currency="USD", first=rate.day).rewritten == 0
    assert Change.objects.filter(action="bulk_update", model="sales.order").count() == 2
    assert made[0].net == D(10)


def test_a_conversion_keeps_net_amounts_that_a_file_gave(owner: User, account: Customer) -> None:
    rate = ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 5, 1), rate=7)
    order = sell(owner, account, rate.day, "33.333333")
    order.lines.update(net="33.34")
    Order.objects.update(net="33.34", base_minor=0)
    rates.reprice(currency="USD", first=rate.day)
    order.refresh_from_db()
    assert (order.net, order.base_minor) == (D("33.34"), 23338)


def test_many_rates_are_one_log_row_and_ask_for_runs_where_orders_are_concerned(
    admin_user: User, account: Customer, owner: User
) -> None:
    sell(owner, account, dt.date(2026, 2, 3), "10")
    Run.objects.all().delete()
    change_set = changes.open_set(by=admin_user, cause=Cause.COMMAND)
    rows = [("USD", dt.date(2026, month, 1), D("7.1")) for month in (1, 2, 3)] + [("EUR", dt.date(2026, 1, 1), D(8))]
    assert rates.save_many(rows=rows, by=admin_user, change_set=change_set) == 4
    assert [run.params["first"] for run in Run.objects.all()] == ["2026-02-01"]
    assert change_set.changes.get().rows == 4
    with pytest.raises(ValidationError, match="rate from this day"):
        rates.save_many(rows=rows[:1], by=admin_user, change_set=change_set)
    with pytest.raises(PermissionDenied):
        rates.save_many(rows=[], by=owner, change_set=change_set)
