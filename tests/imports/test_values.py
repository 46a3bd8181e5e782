"""Numbers and dates as files write them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from jobs.core import moments, numbers

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 1200),
        ("1,234.50", 123450),
        ("１２３", 12300),
        ("￥１，２３４．５０", 123450),
        ("¥1,234.5", 123450),
        ("1,234.50元", 123450),
        ("CNY 10", 1000),
        ("(5.00)", -500),
        ("（5）", -500),
        ("5-", -500),
        ("−4", -400),
        ("-¥5", -500),
        ("1 234.5", 123450),
        ("1'234", 123400),
        (".5", 50),
        ("5.", 500),
        ("1e3", 100000),
        ("2.5500000000000003", 255),
        ("0.005", 1),
        ("-0.005", -1),
        ("", numbers.EMPTY),
        (" \u3000", numbers.EMPTY),
        ("abc", numbers.UNREADABLE),
        ("NaN", numbers.UNREADABLE),
        ("inf", numbers.UNREADABLE),
        ("1,5", numbers.UNREADABLE),
        ("12,34", numbers.UNREADABLE),
        ("1.2.3", numbers.UNREADABLE),
        ("-", numbers.UNREADABLE),
        ("1234567890123", numbers.TOO_LARGE),
        ("1e200", numbers.TOO_LARGE),
    ],
)
def test_numbers(text: str, value: int) -> None:
    assert numbers.scaled([text], decimals=2, digits=12)[0] == value


def test_the_decimal_comma_is_a_choice() -> None:
    assert numbers.scaled(["1.234,50", "1,5", "7"], decimals=2, digits=12, decimal_comma=True).tolist() == [
        123450,
        150,
        700,
    ]
    assert numbers.comma_is_decimal(["12,50", "3", "1.000,5"])
    assert not numbers.comma_is_decimal(["1,234", "3.5", "12,50"])


def test_percents_say_when_they_mean_percent() -> None:
    values, explicit = numbers.percents(["15%", "0.15", "85折", "9折", "", "x"])
    assert values.tolist() == [15_000_000, 150_000, 15_000_000, 10_000_000, numbers.EMPTY, numbers.UNREADABLE]
    assert explicit.tolist() == [True, False, True, True, False, False]


def micro(text: str) -> int:
    epoch = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - moments in files are local
    return int((dt.datetime.fromisoformat(text) - epoch) / dt.timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2010-12-01 08:26:00", "2010-12-01T08:26:00"),
        ("2026/1/5", "2026-01-05"),
        ("2026.11.20", "2026-11-20"),
        ("20261120", "2026-11-20"),
        ("20101201 082600", "2010-12-01T08:26:00"),
        ("2026年11月20日", "2026-11-20"),
        ("2026年11月20日 8时26分", "2026-11-20T08:26"),
        ("2026年11月20日 下午3:05", "2026-11-20T15:05"),
        ("２０２６-１１-２０", "2026-11-20"),
        ("20 Nov 2026", "2026-11-20"),
        ("01-Dec-2010", "2010-12-01"),
        ("Nov 20, 2026 3:15 PM", "2026-11-20T15:15"),
        ("2026-11-20T08:00:00Z", "2026-11-20T16:00"),
        ("2026-11-20 08:00:00.5", "2026-11-20T08:00:00.500000"),
    ],
)
def test_dates(text: str, expected: str) -> None:
    day_first, month_first = moments.moments([text], zone=SHANGHAI)
    assert day_first[0] == month_first[0] == micro(expected)


@pytest.mark.parametrize(
    "text", ["", "x", "2026-02-30", "2026-13-01", "30/2/2026", "2026-11-20 25:00", "40513", "0001-01-01", "2026-11-208"]
)
def test_what_is_no_date(text: str) -> None:
    day_first, month_first = moments.moments([text], zone=SHANGHAI)
    assert day_first[0] == month_first[0] == moments.NONE


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["5/6/2026", "16/7/2026"], "dmy"),
        (["5/6/2026", "7/16/2026"], "mdy"),
        (["5/6/2026"], None),
        (["16/7/2026", "7/16/2026"], None),
        (["5/5/2026", "2026-01-02"], "dmy"),
    ],
)
def test_the_order_of_day_and_month_is_the_one_all_dates_fit(texts: list[str], order: str | None) -> None:
    assert moments.date_order(*moments.moments(texts, zone=SHANGHAI)) == order
