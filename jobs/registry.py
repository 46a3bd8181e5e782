"""What a chapter registers here in `AppConfig.ready()`: its kinds of runs, its steps of the night."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from crm.lib.registry import Registry
from jobs.context import RunContext
from users.models import User
from users.roles import Permission


@dataclass(frozen=True)
class RunKind:
    """One kind of run. The callable is one service call; what it returns is the run's result, as JSON.

    `summary` words a result for the run page and the bell, `result_url` is where the result is looked at.
    `retry_on` names the exceptions after which the run is tried again, a little later each time, up to
    `max_attempts` times; a lost database connection or a deadlock is always one of them. `permission` is
    asked again of whoever starts a failed run once more.
    """

    code: str
    label: str | Promise
    work: Callable[[RunContext], dict[str, Any]]
    summary: Callable[[dict[str, Any]], str] | None = None
    result_url: Callable[[int, dict[str, Any]], str] | None = None
    retry_on: tuple[type[Exception], ...] = ()
    max_attempts: int = 5
    permission: Permission | None = None


run_kinds: Registry[RunKind] = Registry("run kinds")


# The kinds of run the night consists of, each with its place among the others; leave gaps of a hundred:
# `night_steps.add("sales.rollup", 100)`.
night_steps: Registry[int] = Registry("steps of the night")


@dataclass(frozen=True)
class Recomputation:
    """A chapter that `manage.py recompute CHAPTER` computes: its kind of run, and the figures it prints."""

    kind: str
    figures: tuple[str, ...]


recomputations: Registry[Recomputation] = Registry("recomputations")


@dataclass(frozen=True)
class EventKind:
    """One kind of event that other systems can subscribe to: what it tells, and an example of its data.

    Nobody is told of events whose `permission` the subscriber lacks. Data carry ids and figures, never
    names of people. The example has the fields that every event of the kind has.
    """

    code: str
    label: str | Promise
    text: str | Promise
    permission: Permission
    example: dict[str, Any]


event_kinds: Registry[EventKind] = Registry("kinds of events")

# Of which customers a subscriber may be told: a function of (user, customer ids) that gives those within the
# user's reach now; None among the ids, an event of the whole company, is within whoever reaches all of it.
# Without an entry nobody is told anything.
event_reach: Registry[Callable[[User, Collection[int | None]], set[int | None]]] = Registry("reach of events")
