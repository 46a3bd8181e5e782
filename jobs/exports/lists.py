"""Lists of the lowest floors as files: tasks, the change log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from jobs import task_wording
from jobs.customers import CustomerName
from jobs.exports.registry import Cell, ExportColumn, ListExport, Row
from jobs.forms.tasks import TaskFilter
from jobs.models import Task
from jobs.queries import tasks as queries
from users.forms.changes import ChangeFilterForm
from users.models import Change, User
from users.queries import changes
from users.queries.change_words import Entry, entries
from users.roles import Permission

CHUNK = 500

_TASK_COLUMNS = (
    ExportColumn("text", _("Task")),
    ExportColumn("kind", _("Kind")),
    ExportColumn("customer", _("Customer")),
    ExportColumn("due", _("Due")),
    ExportColumn("assignee", _("Whose")),
    ExportColumn("state", _("State")),
    ExportColumn("reason", _("Reason")),
)


def _tasks(user: User, params: QueryDict) -> Any:
    asked = TaskFilter(params).chosen()
    team = user.may(Permission.TASK_MANAGE) and asked["whose"] == "team"
    found = queries.chosen(user, team=team, kind=asked["kind"], show=asked["show"] or queries.Show.OPEN)
    return found.select_related("assignee")


def _task_rows(user: User, params: QueryDict, codes: Sequence[str]) -> Iterator[Row]:
    last = 0
    while True:
        found: list[Task] = list(_tasks(user, params).filter(pk__gt=last).order_by("id")[:CHUNK])
        for row in task_wording.rows(user, found):
            yield [_of_task(row, code) for code in codes]
        if len(found) < CHUNK:
            return
        last = found[-1].pk


def _of_task(row: task_wording.TaskRow, code: str) -> Cell:
    customer: CustomerName | None = row.customer
    said: dict[str, Cell] = {
        "text": row.text,
        "kind": str(row.kind),
        "customer": customer.name if customer else "",
        "due": row.task.due,
        "assignee": str(row.task.assignee),
        "state": row.task.get_state_display(),
        "reason": row.reason,
    }
    return said[code]


def _task_words(_user: User, params: QueryDict) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in TaskFilter(params).chosen().items() if value]


TASKS = ListExport(
    code="tasks",
    # Translators: 任务
    label=_("Tasks"),
    permission=Permission.CUSTOMER_VIEW,
    columns=lambda user: _TASK_COLUMNS,
    rows=_task_rows,
    count=lambda user, params: int(_tasks(user, params).count()),
    words=_task_words,
    list_url="jobs:task_list",
)

_CHANGE_COLUMNS = (
    ExportColumn("at", _("When")),
    ExportColumn("who", _("Who")),
    ExportColumn("door", _("Door")),
    ExportColumn("act", _("Act")),
    ExportColumn("kind", _("What")),
    ExportColumn("subject", _("Which")),
    ExportColumn("fields", _("From what to what")),
    ExportColumn("summary", _("Summary"), usual=False),
    ExportColumn("set", _("Change set"), usual=False),
)


def _changes(user: User, params: QueryDict) -> Any:
    return changes.matching(user, ChangeFilterForm(params).filters())


def _change_rows(user: User, params: QueryDict, codes: Sequence[str]) -> Iterator[Row]:
    # Its own export is written down first: the file is what the log held before.
    last = Change.objects.order_by("-id").values_list("pk", flat=True).first() or 0
    while True:
        rows = _changes(user, params).filter(pk__lt=last).order_by("-id").select_related("change_set__actor")
        found = list(rows[:CHUNK])
        for entry in entries(found, user):
            yield [_of_entry(entry, code) for code in codes]
        if len(found) < CHUNK:
            return
        last = found[-1].pk


def _of_entry(entry: Entry, code: str) -> Cell:
    if code == "fields":
        return "; ".join(
            f"{one.label}: {one.before} → {one.after}" if one.before is not None else f"{one.label}: {one.after}"
            for one in entry.fields
        )
    said: dict[str, Cell] = {
        "at": entry.at,
        "who": entry.who,
        "door": entry.door,
        "act": entry.action,
        "kind": str(entry.kind),
        "subject": entry.subject or (str(entry.object_id) if entry.object_id else ""),
        "summary": entry.summary,
        "set": entry.change_set_id,
    }
    return said[code]


CHANGES = ListExport(
    code="changes",
    # Translators: 变更日志
    label=_("Change log"),
    permission=Permission.CHANGE_VIEW,
    columns=lambda user: _CHANGE_COLUMNS,
    rows=_change_rows,
    count=lambda user, params: int(_changes(user, params).count()),
    words=lambda user, params: [
        (name, value) for name in ChangeFilterForm.base_fields if isinstance(value := params.get(name), str) and value
    ],
    list_url="users:change_list",
)
