"""Runs, schedules and webhooks in words, for pages, in the reader's language."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import get_language, gettext, ngettext

from crm.lib import dates, display
from jobs.constants import DeliveryState, RunState
from jobs.messages import failure_of, label, run_done, summary
from jobs.models import Delivery, DeliveryTry, Run, Schedule, Subscription
from jobs.registry import event_kinds
from users.parameters import kinds

MARKS = {RunState.DONE: "good", RunState.FAILED: "bad", RunState.RUNNING: "acc"}


@dataclass(frozen=True)
class RunRow:
    """A run as lists and pages show it. `mark` is the class of its state's mark."""

    run: Run
    url: str
    label: str
    mark: str
    progress: str
    share: float | None
    outcome: str
    took: str


def row(run: Run) -> RunRow:
    """A run in words."""
    return RunRow(
        run=run,
        url=reverse("jobs:run_detail", args=[run.pk]),
        label=label(run.kind),
        mark=MARKS.get(RunState(run.state), ""),
        progress=progress(run),
        share=min(run.done / run.total, 1.0) if run.total else None,
        outcome=outcome(run),
        took=took(run),
    )


def outcome(run: Run) -> str:
    """What came out of a run, or why nothing did."""
    if run.state == RunState.FAILED:
        return failure_of(run)
    return summary(run.kind, run.result) if run.state == RunState.DONE else ""


def finding(run: Run) -> str:
    """The run's page in one sentence."""
    name = {"run": label(run.kind)}
    if run.state == RunState.DONE:
        return run_done({"kind": run.kind, "result": run.result})
    if run.state == RunState.FAILED:
        return gettext("%(run)s did not succeed") % name
    if run.state == RunState.CANCELLED:
        return gettext("%(run)s was stopped") % name
    if run.state == RunState.RUNNING:
        return gettext("%(run)s is running") % name
    return gettext("%(run)s is waiting") % name


def progress(run: Run) -> str:
    """How far an open run is."""
    if run.state == RunState.QUEUED:
        return _waiting(run)
    counted = {"step": run.step, "done": display.number(run.done), "total": display.number(run.total or 0)}
    if run.total and run.step:
        # Translators: what is being done, then how far it is
        return gettext("%(step)s: %(done)s of %(total)s") % counted
    if run.total:
        return gettext("%(done)s of %(total)s") % counted
    return run.step or gettext("Under way")


def _waiting(run: Run) -> str:
    if run.not_before is None or run.not_before <= timezone.now():
        return gettext("Waiting for a worker")
    again = {"count": run.attempts, "time": moment(run.not_before)}
    return (
        ngettext(
            "Tried %(count)s time; the next try is %(time)s",
            "Tried %(count)s times; the next try is %(time)s",
            run.attempts,
        )
        % again
    )


def took(run: Run) -> str:
    """How long a run took, or has taken so far."""
    if run.started_at is None:
        return ""
    seconds = max(int(((run.ended_at or timezone.now()) - run.started_at).total_seconds()), 0)
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return gettext("%(seconds)s s") % {"seconds": seconds}
    if minutes < 60:
        return gettext("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
    return gettext("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": minutes % 60}


def timing(schedule: Schedule) -> str:
    """When a schedule is due."""
    if schedule.at is not None:
        return gettext("Daily at %(time)s") % {"time": time_format(schedule.at, "H:i")}
    minutes = schedule.every_minutes or 0
    return ngettext("Every minute", "Every %(count)s minutes", minutes) % {"count": minutes}


def moment(at: dt.datetime) -> str:
    """A moment in the company's zone."""
    zone = dates.company_zone()
    language = get_language() or settings.LANGUAGE_CODE
    return display.moment(at.astimezone(zone), language=language, now=timezone.now().astimezone(zone))


def parameters_of(run: Run) -> list[tuple[str, int]]:
    """The parameters a run used, by what they are called, with their version; 0 is the defaults."""
    used = []
    for code, version in run.parameter_versions.items():
        kind = kinds.find(code)
        used.append((str(kind.label) if kind else code, version))
    return used


def asked_with(run: Run) -> list[tuple[str, Any]]:
    """What a run was asked, value by value."""
    return [
        (name, ", ".join(map(str, value)) if isinstance(value, list) else value) for name, value in run.params.items()
    ]


# ── Webhooks ────────────────────────────────────────────────────────────────

DELIVERY_MARKS = {DeliveryState.SENT: "good", DeliveryState.PARKED: "bad", DeliveryState.WAITING: "acc"}


@dataclass(frozen=True)
class DeliveryRow:
    """A delivery as the log shows it; `last` is its latest try."""

    delivery: Delivery
    label: str
    mark: str
    last: DeliveryTry | None
    answer: str


def delivery(row: Delivery) -> DeliveryRow:
    """A delivery in words."""
    last = next(iter(row.log.all()), None)
    kind = event_kinds.find(row.event.kind)
    label = str(kind.label) if kind else row.event.kind
    return DeliveryRow(row, label, DELIVERY_MARKS.get(DeliveryState(row.state), ""), last, answer(last))


def answer(last: DeliveryTry | None) -> str:
    """What a receiver answered to a try, or why there was no answer."""
    if last is None:
        return ""
    if last.status is not None:
        if 300 <= last.status < 400:
            return gettext("%(status)s, a redirect; it isn't followed") % {"status": last.status}
        return str(last.status)
    return {
        "refused": gettext("Address refused"),
        "certificate": gettext("Certificate not valid"),
        "name": gettext("Name not found"),
        "silent": gettext("No answer in time"),
        "broken": gettext("Connection failed"),
    }.get(last.error, last.error)


def webhook_health(webhook: Subscription) -> str:
    """How a subscription fares, if anything is wrong."""
    if not webhook.is_active:
        return gettext("Not active: nothing is sent.")
    principal = webhook.principal()
    if principal is None or not principal.is_active:
        return gettext("Whoever it is told in the name of is not active any more, so nothing is sent.")
    if webhook.unreachable_since:
        return gettext("Nobody has answered since %(time)s; it is tried again every few minutes.") % {
            "time": moment(webhook.unreachable_since)
        }
    return ""
