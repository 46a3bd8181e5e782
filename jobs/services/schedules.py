"""Schedules: turning them into runs when they are due, and changing them."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.lib import dates
from jobs.constants import ENDED
from jobs.core import slots
from jobs.models import Run, Schedule
from jobs.registry import run_kinds
from users.constants import Cause
from users.models import User
from users.services import changes


@dataclass(frozen=True)
class Slot:
    """A moment a schedule is due: the period its run is known by, and the last business day before it."""

    at: dt.datetime
    period: str
    as_of: dt.date


def last_ended_day(at: dt.datetime) -> dt.date:
    """The last business day that was over at a moment; what falls due then is computed as of it."""
    return dates.business_day(at) - dt.timedelta(days=1)


def next_time(schedule: Schedule, now: dt.datetime) -> dt.datetime:
    """When an active schedule falls due next."""
    if schedule.at is not None:
        return slots.next_daily(now, schedule.at, dates.company_zone())
    every = schedule.every_minutes or 1
    return slots.latest_every(now, every) + dt.timedelta(minutes=every)


def latest_slot(schedule: Schedule, now: dt.datetime) -> Slot | None:
    """The last slot of a schedule up to `now`; None if it lies before the schedule was set."""
    if schedule.at is not None:
        at = slots.latest_daily(now, schedule.at, dates.company_zone())
        period = at.date().isoformat()
    else:
        at = slots.latest_every(now, schedule.every_minutes or 1)
        period = f"{at:%Y-%m-%dT%H:%MZ}"
    if at < schedule.active_since:
        return None
    return Slot(at, period, last_ended_day(at))


def make_due_runs(now: dt.datetime | None = None) -> list[int]:
    """Make the run of each schedule's latest slot, once; return the ids of those made.

    A schedule whose last run is still open gets no second one.
    """
    moment = now or timezone.now()
    made = []
    for schedule in Schedule.objects.filter(is_active=True):
        slot = latest_slot(schedule, moment)
        if slot is None or schedule.kind not in run_kinds or _is_open(schedule.kind):
            continue
        run = _make(schedule, slot)
        if run is not None:
            made.append(run.pk)
    return made


def _is_open(kind: str) -> bool:
    return Run.objects.filter(kind=kind, parent=None).exclude(period="").exclude(state__in=ENDED).exists()


def _make(schedule: Schedule, slot: Slot) -> Run | None:
    if Run.objects.filter(kind=schedule.kind, period=slot.period).exists():
        return None
    try:
        with transaction.atomic():
            return Run.objects.create(kind=schedule.kind, period=slot.period, as_of=slot.as_of, params=schedule.params)
    except IntegrityError:  # another sweeper was faster
        return None


@transaction.atomic
def save_schedule(*, schedule: Schedule, by: User) -> bool:
    """Save a changed schedule with its change set; slots before now aren't made up for. False if nothing changed."""
    stored = Schedule.objects.select_for_update().get(pk=schedule.pk)
    before = changes.snapshot(stored)
    stored.at, stored.every_minutes, stored.is_active = schedule.at, schedule.every_minutes, schedule.is_active
    if changes.snapshot(stored) == before:
        return False
    stored.active_since = timezone.now()
    stored.save()
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=str(stored))
    changes.record_update(change_set, stored, before)
    return True
