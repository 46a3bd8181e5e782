"""Tasks in words, for pages, in the reader's language."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from crm.lib import dates
from jobs.constants import MANUAL
from jobs.customers import CustomerName, seen_by
from jobs.models import Task
from jobs.tasks_registry import TaskKind, task_kinds
from users.models import User


@dataclass(frozen=True)
class TaskRow:
    """A task as lists show it. `customer` is None where there is none, or none that the reader sees."""

    task: Task
    text: str
    reason: str
    kind: str | Promise
    action: str | Promise
    url: str
    customer: CustomerName | None
    overdue: bool


@dataclass(frozen=True)
class TaskGroup:
    """Tasks under one heading of the list; no heading where there is only one kind of them."""

    label: str
    rows: list[TaskRow]
    late: bool = False


def rows(reader: User, tasks: Sequence[Task]) -> list[TaskRow]:
    """Tasks in words. What is about a customer the reader doesn't see says only that."""
    seen = seen_by(reader, [task.customer_id for task in tasks])
    today = dates.today()
    return [_row(task, seen.get(task.customer_id or 0), today) for task in tasks]


def _row(task: Task, customer: CustomerName | None, today: dt.date) -> TaskRow:
    kind = task_kinds.find(task.kind)
    hidden = task.customer_id is not None and customer is None
    overdue = task.is_open and task.due is not None and task.due < today
    label = kind.label if kind else task.kind
    if hidden:
        text = gettext("A task about a customer you don't see any more: hand it on, or close it")
        return TaskRow(task, text, "", label, "", "", None, overdue)
    reason = kind.reason(task.values) if kind and kind.reason else ""
    action = (kind.action if kind else "") or gettext("Open")
    return TaskRow(task, task.text, reason, label, action, task.url, customer, overdue)


def groups(reader: User, tasks: Sequence[Task]) -> list[TaskGroup]:
    """Open tasks under overdue, today, later, and without a day."""
    today = dates.today()
    found: dict[str, TaskGroup] = {
        "overdue": TaskGroup(gettext("Overdue"), [], late=True),
        "today": TaskGroup(gettext("Today"), []),
        "later": TaskGroup(gettext("Later"), []),
        "undated": TaskGroup(gettext("Without a day"), []),
    }
    for row in rows(reader, tasks):
        found[_when(row.task.due, today)].rows.append(row)
    return [group for group in found.values() if group.rows]


def _when(due: dt.date | None, today: dt.date) -> str:
    if due is None:
        return "undated"
    return "overdue" if due < today else "today" if due == today else "later"


WRITTEN = TaskKind(
    MANUAL,
    # Translators: 自己记下的任务 (a task in a person's own words)
    gettext_lazy("Written down"),
    lambda values: str(values.get("text", "")),
)
