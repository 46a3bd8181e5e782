"""Numbers, money and dates as the two languages write them (wording table of the design)."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib import display

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("amount", "chinese", "english"),
    [
        ("841355000", "¥8.41亿", "CNY 841.4 m"),
        ("13864000", "¥1,386.4万", "CNY 13.86 m"),
        ("559000", "¥55.9万", "CNY 559,000"),
        ("0", "¥0", "CNY 0"),
        ("200", "¥200", "CNY 200"),
        ("0.30", "¥0.30", "CNY 0.30"),
        ("9999.40", "¥9,999", "CNY 9,999"),
        ("9999.60", "¥1.0万", "CNY 10,000"),
        ("99999400", "¥9,999.9万", "CNY 100.0 m"),
        ("99999600", "¥1.00亿", "CNY 100.0 m"),
        ("999999.60", "¥100.0万", "CNY 1.00 m"),
        ("999999999", "¥10.00亿", "CNY 1.00 bn"),
        ("-865000", "−¥86.5万", "CNY −865,000"),
        ("-0.001", "¥0.00", "CNY 0.00"),
    ],
)
def test_money_takes_one_unit_and_rounds_up_into_the_next(amount: str, chinese: str, english: str) -> None:
    assert display.money(Decimal(amount), language="zh-hans") == chinese
    assert display.money(Decimal(amount), language="en") == english


def test_running_text_drops_decimals_that_are_zero() -> None:
    assert display.money(Decimal(42_000_000), language="zh-hans", trim=True) == "¥4,200万"
    assert display.money(Decimal(126_000_000), language="en", trim=True) == "CNY 126 m"
    assert display.money(Decimal(13_864_000), language="en", trim=True) == "CNY 13.86 m"
    assert display.money(Decimal(100), language="en", trim=True) == "CNY 100"


def test_other_currencies_go_by_their_code() -> None:
    assert display.money(Decimal(1_386_400), "USD", language="zh-hans") == "USD 138.6万"
    assert display.money(Decimal(1_386_400), "USD", language="en") == "USD 1.39 m"


def test_full_amounts_keep_the_currencys_digits() -> None:
    assert display.money_full(Decimal(865000), language="zh-hans") == "¥865,000.00"
    assert display.money_full(Decimal("-865000.5"), language="en") == "CNY −865,000.50"
    assert display.money_full(Decimal(1200), "JPY", language="en") == "JPY 1,200"
    assert display.money_full(Decimal("-0.001"), language="en") == "CNY 0.00"


def test_a_column_of_amounts_has_one_unit_named_in_its_head() -> None:
    assert display.table_amount(Decimal(13_864_000), language="zh-hans") == "1,386.4"
    assert display.table_unit(language="zh-hans") == "万元"
    assert display.table_unit("USD", language="zh-hans") == "万 USD"
    assert display.table_amount(Decimal(-13_864_000), language="en") == "−13,864.0"
    assert display.table_unit(language="en") == "CNY thousand"


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(1248, 0, "1,248"), (-42, 0, "−42"), (-0.04, 1, "0.0"), (2.5, 0, "3"), (-2.5, 0, "−3"), (0.702828, 3, "0.703")],
)
def test_numbers_have_separators_and_a_real_minus(value: float, decimals: int, text: str) -> None:
    assert display.number(value, decimals) == text


def test_shares_and_points() -> None:
    assert display.percent(Decimal("0.157")) == "15.7%"
    assert display.percent(1, 0) == "100%"
    assert display.points(0.046, language="en") == "4.6 points"
    assert display.points(0.01, language="en") == "1.0 point"
    assert display.points(-0.046, language="zh-hans") == "−4.6 点"


def test_a_capped_count_says_so() -> None:
    assert display.capped(9_999) == "9,999"
    assert display.capped(10_000) == "10,000+"


def test_names_are_joined_as_the_language_does() -> None:
    assert display.listed(["已成交", "沉睡"], language="zh-hans") == "已成交、沉睡"
    assert display.listed(["won", "asleep"], language="en") == "won, asleep"


def test_the_arrow_says_up_or_down_and_the_judgement_better_or_worse() -> None:
    assert display.percent_change(0.068) == display.Change("▲", "6.8%", "good")
    assert display.percent_change(-0.062) == display.Change("▼", "6.2%", "bad")
    assert display.number_change(11, good="down", unit="days") == display.Change("▲", "11 days", "bad")
    assert display.point_change(-0.046, language="zh-hans") == display.Change("▼", "4.6 点", "bad")
    assert display.number_change(3, good="") == display.Change("▲", "3", "")


@pytest.mark.parametrize("ratio", [0, 0.0004, -0.0004])
def test_a_change_that_rounds_to_nothing_has_no_direction(ratio: float) -> None:
    assert display.percent_change(ratio) == display.Change("", "0.0%", "")
    assert str(display.percent_change(ratio)) == "0.0%"


def test_there_is_no_relative_change_from_nothing() -> None:
    assert display.ratio(5, 0) is None
    assert display.ratio(5, -2) is None
    assert display.ratio(Decimal(15), Decimal(10)) == Decimal("0.5")


def test_a_date_drops_the_year_it_is_read_in() -> None:
    date = dt.date(2026, 11, 20)
    assert display.day(date, language="zh-hans") == "2026年11月20日"
    assert display.day(date, language="en") == "20 Nov 2026"
    assert display.day(date, language="zh-hans", today=dt.date(2026, 1, 1)) == "11月20日"
    assert display.day(date, language="en", today=dt.date(2026, 1, 1)) == "20 Nov"
    assert display.day(date, language="en", today=dt.date(2027, 1, 1)) == "20 Nov 2026"


def test_a_moment_is_today_with_the_clock_then_the_date() -> None:
    now = dt.datetime(2026, 11, 20, 16, 0, tzinfo=SHANGHAI)
    assert display.moment(now.replace(hour=14, minute=12), language="en", now=now) == "today 14:12"
    assert display.moment(now.replace(hour=14, minute=12), language="zh-hans", now=now) == "今天 14:12"
    assert display.moment(now.replace(day=19), language="en", now=now) == "19 Nov 16:00"
    assert display.moment(now.replace(year=2025), language="en", now=now) == "20 Nov 2025"


def test_months() -> None:
    assert display.month(dt.date(2026, 10, 31), language="en") == "Oct 2026"
    assert display.month(dt.date(2026, 10, 31), language="zh-hans") == "2026年10月"
    assert display.month_short(dt.date(2026, 10, 31), language="zh-hans") == "10月"


@given(st.decimals(min_value=0, max_value=10**12, places=2), st.sampled_from(["en", "zh-hans"]))
def test_money_never_shows_four_digits_of_a_unit_that_has_a_larger_one(amount: Decimal, language: str) -> None:
    text = display.money(amount, language=language)
    if text.endswith("万"):
        assert Decimal(text.strip("¥万").replace(",", "")) < 10_000
    if text.endswith(" m"):
        assert Decimal(text.removeprefix("CNY ").removesuffix(" m").replace(",", "")) < 1_000
