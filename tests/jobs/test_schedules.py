"""Schedules become runs once a period, and a missed week once."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from jobs.constants import NIGHT, RunState
from jobs.models import Run, Schedule
from jobs.services import schedules
from users.models import Change, User

Register = Callable[..., str]
NOON = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)  # 12:00 in Shanghai
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def daily(db: None, register: Register) -> Schedule:
    Schedule.objects.all().delete()
    return Schedule.objects.create(kind=register(), at=dt.time(2, 0), params={"deep": True}, active_since=LONG_AGO)


def end_all() -> None:
    Run.objects.update(state=RunState.DONE)


def test_a_daily_schedule_makes_one_run_a_day_as_of_the_day_that_ended(daily: Schedule) -> None:
    made = schedules.make_due_runs(NOON)
    assert schedules.make_due_runs(NOON + dt.timedelta(seconds=5)) == []
    run = Run.objects.get()
    assert made == [run.pk]
    assert (run.period, run.as_of, run.params) == ("2026-11-20", dt.date(2026, 11, 19), {"deep": True})
    end_all()
    assert schedules.make_due_runs(NOON + dt.timedelta(hours=13)) == [], "01:00 of the next day"
    assert len(schedules.make_due_runs(NOON + dt.timedelta(hours=14))) == 1


def test_a_missed_week_is_made_up_for_once(daily: Schedule) -> None:
    schedules.make_due_runs(NOON)
    end_all()
    assert len(schedules.make_due_runs(NOON + dt.timedelta(days=7))) == 1
    assert list(Run.objects.values_list("period", flat=True)) == ["2026-11-27", "2026-11-20"]


def test_an_hourly_schedule_that_slept_makes_one_run(daily: Schedule) -> None:
    daily.at, daily.every_minutes = None, 60
    daily.save()
    assert len(schedules.make_due_runs(NOON)) == 1
    end_all()
    assert schedules.make_due_runs(NOON + dt.timedelta(minutes=59)) == []
    assert len(schedules.make_due_runs(NOON + dt.timedelta(hours=100, minutes=3))) == 1
    assert Run.objects.latest("id").period == "2026-11-24T08:00Z"


def test_a_schedule_whose_last_run_is_still_open_gets_no_second(daily: Schedule) -> None:
    schedules.make_due_runs(NOON)
    assert schedules.make_due_runs(NOON + dt.timedelta(days=1)) == []
    end_all()
    assert len(schedules.make_due_runs(NOON + dt.timedelta(days=1))) == 1


def test_what_was_due_before_the_schedule_was_set_is_not_made_up_for(daily: Schedule) -> None:
    Schedule.objects.update(active_since=NOON - dt.timedelta(hours=1))
    assert schedules.make_due_runs(NOON) == []
    assert len(schedules.make_due_runs(NOON + dt.timedelta(hours=14))) == 1


def test_a_schedule_that_is_not_active_or_whose_kind_is_gone_makes_nothing(daily: Schedule) -> None:
    Schedule.objects.create(kind="gone", every_minutes=1, active_since=LONG_AGO)
    Schedule.objects.filter(pk=daily.pk).update(is_active=False)
    assert schedules.make_due_runs(NOON) == []


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_make_one_run(daily: Schedule) -> None:
    gate = threading.Barrier(4)
    made: list[int] = []

    def sweep() -> None:
        gate.wait()
        made.extend(schedules.make_due_runs(NOON))
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert made == [Run.objects.get().pk]


def test_a_changed_schedule_is_logged_and_counts_from_now(daily: Schedule, admin_user: User) -> None:
    daily.at = dt.time(3, 30)
    assert schedules.save_schedule(schedule=daily, by=admin_user)
    change = Change.objects.get(model="jobs.schedule")
    assert change.after is not None
    assert change.after["at"] == "03:30:00"
    assert change.change_set.actor == admin_user
    assert Schedule.objects.get().active_since > LONG_AGO
    assert not schedules.save_schedule(schedule=daily, by=admin_user)
    assert Change.objects.count() == 1


@pytest.mark.django_db
def test_the_night_has_a_schedule_from_the_start() -> None:
    assert Schedule.objects.get(kind=NIGHT).at == dt.time(2, 0)
