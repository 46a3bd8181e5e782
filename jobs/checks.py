"""System checks: settings and registrations with which runs would stand still."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's name

from jobs.registry import night_steps, run_kinds

SHORTEST_LEASE, LONGEST_LEASE = 4, 45
LONGEST_SWEEP_SECONDS = 10


@register("jobs")
def check_lease(**_: Any) -> list[CheckMessage]:
    """The lease is long enough to be renewed in time and short enough to be back within a minute."""
    lease = settings.RUN_LEASE_SECONDS
    if SHORTEST_LEASE <= lease <= LONGEST_LEASE:
        return []
    hint = f"Set it from {SHORTEST_LEASE} to {LONGEST_LEASE}: a killed worker's run is to go on within a minute."
    return [Error(f"RUN_LEASE_SECONDS is {lease}.", hint=hint, id="jobs.E001")]


@register("jobs")
def check_sweep(**_: Any) -> list[CheckMessage]:
    """Beat sweeps every few seconds."""
    entries = [entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] == "jobs.sweep"]
    if any(float(str(entry["schedule"])) <= LONGEST_SWEEP_SECONDS for entry in entries):
        return []
    hint = f"Let CELERY_BEAT_SCHEDULE run jobs.sweep at least every {LONGEST_SWEEP_SECONDS} seconds."
    return [Error("Nothing sweeps: lost runs would stay lost.", hint=hint, id="jobs.E002")]


@register("jobs", deploy=True)
def check_webhooks(**_: Any) -> list[CheckMessage]:
    """In production no webhook goes to this machine itself."""
    if not settings.WEBHOOK_ALLOW_LOOPBACK:
        return []
    return [Warning("WEBHOOK_ALLOW_LOOPBACK is on: webhooks may reach this machine's own services.", id="jobs.W001")]


@register("jobs")
def check_night(**_: Any) -> list[CheckMessage]:
    """Every step of the night is a kind of run."""
    return [
        Error(f"The night has a step {kind!r} that is no kind of run.", id="jobs.E003")
        for kind in night_steps.keys()  # noqa: SIM118 - a registry iterates over its entries
        if kind not in run_kinds
    ]
