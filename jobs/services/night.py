"""The night: the steps that chapters have registered, one after the other."""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

from crm.lib import display
from jobs.constants import NIGHT, RunState
from jobs.context import RunContext
from jobs.errors import RunFailed
from jobs.messages import failure_of, label
from jobs.models import Run, Schedule
from jobs.registry import night_steps
from jobs.services import runs

STARTS_AT = dt.time(2, 0)


def work(ctx: RunContext) -> dict[str, Any]:
    """Do each step as a run of its own, in order; a step that fails stops those after it.

    Each step publishes for itself. A night that is begun again does only what isn't done yet.

    Raises
    ------
    RunFailed
        If a step did not get to its end.
    """
    kinds = sorted(night_steps.keys(), key=night_steps.get)
    finished: list[int] = []
    for place, kind in enumerate(kinds):
        ctx.progress(place, len(kinds), step=label(kind))
        step = _do(ctx, kind, reads=finished)
        if step.state != RunState.DONE:
            raise RunFailed(_reason(step, left_out=kinds[place + 1 :]))
        finished.append(step.pk)
        ctx.note(reads=finished)
    ctx.progress(len(kinds), len(kinds), step="")
    return {"steps": finished}


def _do(ctx: RunContext, kind: str, *, reads: list[int]) -> Run:
    """The step's run of this night, done. One that failed in an earlier try of the night is begun again."""
    night = ctx.run
    step, made = Run.objects.get_or_create(
        kind=kind,
        period=f"{NIGHT} {night.pk}",
        defaults={
            "parent": night,
            "as_of": night.as_of,
            "requested_by": night.requested_by,
            "reads": reads,
            "hinted_at": timezone.now(),
        },
    )
    if not made and step.has_ended and step.state != RunState.DONE:
        runs.queue_again(run=step)
    return runs.run_now(step)


def _reason(step: Run, *, left_out: list[str]) -> str:
    reason = gettext("cancelled") if step.state == RunState.CANCELLED else failure_of(step)
    said = gettext("The step “%(step)s” (run %(run)s) did not succeed: %(reason)s") % {
        "step": label(step.kind),
        "run": step.pk,
        "reason": reason,
    }
    if not left_out:
        return said
    rest = gettext("Not begun: %(steps)s.") % {
        "steps": display.listed([label(kind) for kind in left_out], language=get_language() or "en")
    }
    # Translators: two whole sentences
    return gettext("%(failure)s %(rest)s") % {"failure": said, "rest": rest}


def summary(result: dict[str, Any]) -> str:
    """What a night came to."""
    count = len(result.get("steps", []))
    return ngettext("%(count)s step done", "%(count)s steps done", count) % {"count": count}


def keep_schedule(**_: Any) -> None:
    """Make the night's schedule if there is none; called after each migration."""
    Schedule.objects.get_or_create(kind=NIGHT, defaults={"at": STARTS_AT})
