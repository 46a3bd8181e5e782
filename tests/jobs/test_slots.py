"""When schedules are due: the latest slot, across days, zones and clock changes."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.core import slots

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
TWO = dt.time(2, 0)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-21 17:59:59", "2026-11-21"),  # 01:59:59 of the 22nd in Shanghai
        ("2026-11-21 18:00:00", "2026-11-22"),
        ("2026-11-22 17:59:59", "2026-11-22"),
    ],
)
def test_a_day_begins_where_the_company_is(now: str, day: str) -> None:
    slot = slots.latest_daily(utc(now), TWO, SHANGHAI)
    assert slot.date().isoformat() == day
    assert slot.timetz() == TWO.replace(tzinfo=SHANGHAI)


def test_a_time_the_clocks_skip_in_spring_comes_once() -> None:
    half_past_two = dt.time(2, 30)  # Berlin, 29 March 2026: 02:00 → 03:00
    before = slots.latest_daily(utc("2026-03-29 01:29:00"), half_past_two, BERLIN)
    after = slots.latest_daily(utc("2026-03-29 01:30:00"), half_past_two, BERLIN)
    assert (before.date().day, after.date().day) == (28, 29)


def test_a_time_the_clocks_show_twice_in_autumn_comes_once() -> None:
    half_past_two = dt.time(2, 30)  # Berlin, 25 October 2026: 03:00 → 02:00; 00:30 and 01:30 UTC
    days = [
        slots.latest_daily(utc(now), half_past_two, BERLIN).date().day
        for now in ("2026-10-25 00:29:00", "2026-10-25 00:30:00", "2026-10-25 01:29:00", "2026-10-25 01:31:00")
    ]
    assert days == [24, 25, 25, 25]


MOMENTS = st.integers(1_577_836_800, 1_893_456_000).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))


@given(
    MOMENTS,
    st.times(),
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/St_Johns")]),
)
def test_now_lies_between_the_latest_slot_and_the_next(now: dt.datetime, at: dt.time, zone: ZoneInfo) -> None:
    latest, after = slots.latest_daily(now, at, zone), slots.next_daily(now, at, zone)
    assert latest.astimezone(dt.UTC) <= now < after.astimezone(dt.UTC)
    assert after.date() - latest.date() == dt.timedelta(days=1)


@given(MOMENTS, st.integers(1, 1_440))
def test_intervals_fall_on_multiples_since_1970(now: dt.datetime, minutes: int) -> None:
    slot = slots.latest_every(now, minutes)
    assert slot.timestamp() % (minutes * 60) == 0
    assert dt.timedelta(0) <= now - slot < dt.timedelta(minutes=minutes)


def test_a_moment_without_zone_and_an_interval_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        slots.latest_daily(dt.datetime(2026, 1, 1), TWO, SHANGHAI)  # noqa: DTZ001 - that is the fault
    with pytest.raises(ValueError, match="not 0"):
        slots.latest_every(utc("2026-01-01 00:00:00"), 0)
