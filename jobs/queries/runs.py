"""Reading runs."""

import datetime as dt
from dataclasses import dataclass

from jobs.constants import NIGHT, RunState
from jobs.models import Run
from jobs.models.runs import RunQuerySet
from users.models import User

PAGE = 50
COUNT_CAP = 10_000


@dataclass(frozen=True)
class RunPage:
    """One page of runs, newest first; `newer` and `older` are the ids to go on from, None at the ends."""

    runs: list[Run]
    newer: int | None
    older: int | None
    count: int


def run_page(
    user: User, *, kind: str = "", state: str = "", before: int | None = None, after: int | None = None
) -> RunPage:
    """The runs a user may see, without the steps of chains: those before an id, those after one, or the newest."""
    chosen = Run.objects.visible_to(user).filter(parent=None)
    if kind:
        chosen = chosen.filter(kind=kind)
    if state:
        chosen = chosen.filter(state=state)
    with_names = chosen.select_related("requested_by")
    if after is not None:
        found = list(with_names.filter(pk__gt=after).order_by("id")[: PAGE + 1])
        more_newer, more_older = len(found) > PAGE, True
        runs = found[:PAGE][::-1]
    else:
        found = list((with_names.filter(pk__lt=before) if before else with_names).order_by("-id")[: PAGE + 1])
        more_newer, more_older = before is not None, len(found) > PAGE
        runs = found[:PAGE]
    return RunPage(
        runs,
        newer=runs[0].pk if runs and more_newer else None,
        older=runs[-1].pk if runs and more_older else None,
        count=_capped_count(chosen),
    )


def _capped_count(runs: RunQuerySet) -> int:
    return runs.order_by()[: COUNT_CAP + 1].count()


def steps_of(run: Run) -> list[Run]:
    """The runs of a chain's steps, in order."""
    return list(run.steps.order_by("id"))


def read_by(run: Run, user: User) -> list[Run]:
    """The runs whose results a run used, as far as the user may see them; its own steps aside."""
    return list(Run.objects.visible_to(user).filter(pk__in=run.reads).exclude(parent=run).order_by("id"))


def last_night() -> dt.datetime | None:
    """When the last night run that got to its end did so."""
    return Run.objects.filter(kind=NIGHT, state=RunState.DONE).values_list("ended_at", flat=True).first()


def latest_by_kind(kinds: list[str]) -> dict[str, Run]:
    """The latest run of each kind that has one, apart from steps of chains."""
    latest = Run.objects.filter(kind__in=kinds, parent=None).order_by("kind", "-id").distinct("kind")
    return {run.kind: run for run in latest}
