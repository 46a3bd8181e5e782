"""Reading tasks: one page of a list, counts for its head and for the shell."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, F, Q
from django.utils.dateparse import parse_date

from crm.lib import dates
from jobs.constants import TaskState
from jobs.models import Task
from jobs.models.tasks import TaskQuerySet
from users.models import User

PAGE = 50
COUNT_CAP = 100
PANEL = 8
# Longer than any number the id can have.
_MOST_DIGITS = 18


class Show(StrEnum):
    """Which tasks a list shows."""

    OPEN = "open"
    SNOOZED = "snoozed"
    CLOSED = "closed"


@dataclass(frozen=True)
class TaskPage:
    """One page of tasks; `next` goes on after it, empty at the end."""

    tasks: list[Task]
    next: str


@dataclass(frozen=True)
class TaskCounts:
    """How many open tasks there are, and what is pressing among them."""

    overdue: int
    today: int
    later: int
    snoozed: int


def chosen(user: User, *, team: bool, kind: str | None = None, show: str = Show.OPEN) -> TaskQuerySet:
    """The tasks of a list: the user's own, or with `team` those of all the people they lead."""
    found = Task.objects.visible_to(user) if team else Task.objects.of(user)
    if kind:
        found = found.filter(kind=kind)
    day = dates.today()
    if show == Show.CLOSED:
        return found.exclude(state=TaskState.OPEN)
    return found.snoozed_on(day) if show == Show.SNOOZED else found.shown_on(day)


def task_page(found: TaskQuerySet, *, show: str = Show.OPEN, after: str = "") -> TaskPage:
    """One page, the most pressing first; closed ones by their id, the last first."""
    if show == Show.CLOSED:
        rows = found.filter(pk__lt=int(after)) if _is_number(after) else found
        rows = rows.order_by("-id")
    else:
        rows = _after(found, after).order_by(F("due").asc(nulls_last=True), "id")
    tasks = list(rows.select_related("assignee", "closed_by", "opened_by")[: PAGE + 1])
    more = len(tasks) > PAGE
    shown = tasks[:PAGE]
    last = shown[-1] if shown else None
    if not more or last is None:
        return TaskPage(shown, "")
    return TaskPage(shown, str(last.pk) if show == Show.CLOSED else f"{last.due or ''}.{last.pk}")


def _after(found: TaskQuerySet, cursor: str) -> TaskQuerySet:
    """What stands behind a cursor of due day and id; everything if it makes no sense."""
    day, _dot, number = cursor.partition(".")
    if not _is_number(number):
        return found
    try:
        due = parse_date(day) if day else None
    except ValueError:
        return found
    if due is None:
        return found.filter(due=None, pk__gt=int(number))
    return found.filter(Q(due__gt=due) | Q(due=due, pk__gt=int(number)) | Q(due=None))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def counts(user: User, *, team: bool) -> TaskCounts:
    """What the head of a list says, in one query."""
    day = dates.today()
    found = (Task.objects.visible_to(user) if team else Task.objects.of(user)).open()
    put_off = Q(snoozed_until__gt=day)
    figures = found.aggregate(
        overdue=Count("pk", filter=~put_off & Q(due__lt=day)),
        today=Count("pk", filter=~put_off & Q(due=day)),
        later=Count("pk", filter=~put_off & (Q(due__gt=day) | Q(due=None))),
        snoozed=Count("pk", filter=put_off),
    )
    return TaskCounts(**figures)


def pressing_count(user: User) -> int:
    """How many of a person's tasks are due today or overdue, counted up to a cap; for the shell."""
    day = dates.today()
    return Task.objects.of(user).shown_on(day).filter(due__lte=day).order_by()[:COUNT_CAP].count()


def of_customers(customer_ids: list[int]) -> list[Task]:
    """The open tasks about customers, whoever has them. The caller has made sure that they may be seen."""
    rows = Task.objects.open().filter(customer_id__in=customer_ids).select_related("assignee")
    return list(rows.order_by(F("due").asc(nulls_last=True), "id")[:PANEL])


def is_overdue(task: Task, day: dt.date) -> bool:
    """Whether an open task's day has passed."""
    return task.is_open and task.due is not None and task.due < day
