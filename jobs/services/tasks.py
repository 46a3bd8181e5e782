"""Writing tasks: opened by chapters or by hand, done, put off, handed on."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import dates
from jobs.constants import MANUAL, TaskState
from jobs.customers import sees
from jobs.models import Task
from jobs.services import messages
from jobs.tasks_registry import task_kinds
from users.constants import Cause
from users.errors import Invalid
from users.models import User
from users.queries import people
from users.roles import Permission
from users.services import changes

LONGEST_SNOOZE_DAYS = 366
LONGEST_TEXT = 300
BATCH = 1_000


@dataclass(frozen=True)
class NewTask:
    """A task to be opened; see `open_task`."""

    kind: str
    occasion: str
    assignee_id: int
    customer_id: int | None = None
    due: dt.date | None = None
    values: dict[str, Any] = field(default_factory=dict)
    url: str = ""


@transaction.atomic
def open_task(
    *,
    kind: str,
    occasion: str,
    assignee: User,
    customer_id: int | None = None,
    due: dt.date | None = None,
    values: dict[str, Any],
    url: str = "",
    by: User | None = None,
) -> Task | None:
    """Give a person something to do. None if this occasion has had its task, done or not.

    The values hold what the kind words; nothing of them is shown to who doesn't see the customer.

    Raises
    ------
    KeyError
        If the kind isn't registered in `jobs.tasks_registry`.
    """
    task_kinds.get(kind)
    fields = {"kind": kind, "assignee": assignee, "customer_id": customer_id, "due": due, "values": values, "url": url}
    task, made = Task.objects.get_or_create(occasion=occasion, defaults=fields | {"opened_by": by})
    if not made:
        return None
    change_set = changes.open_set(by=by, cause=_cause(by), summary=_("Task opened"))
    changes.record_create(change_set, task, customer_id=customer_id)
    return task


@transaction.atomic
def open_many(*, tasks: Iterable[NewTask], by: User | None = None) -> int:
    """Open many tasks, those whose occasion had one left out, in one change set. Returns how many are new."""
    rows = [Task(**vars(new), opened_by=by) for new in tasks]
    for kind in {row.kind for row in rows}:
        task_kinds.get(kind)
    known = set(Task.objects.filter(occasion__in=[row.occasion for row in rows]).values_list("occasion", flat=True))
    fresh = {row.occasion: row for row in rows if row.occasion not in known}
    Task.objects.bulk_create(fresh.values(), batch_size=BATCH, ignore_conflicts=True)
    ids = list(Task.objects.filter(occasion__in=fresh).values_list("pk", flat=True))
    if ids:
        change_set = changes.open_set(by=by, cause=_cause(by), summary=_("Tasks opened"))
        changes.record_bulk(change_set, Task, ids)
    return len(ids)


@transaction.atomic
def write_down(*, text: str, assignee: User, due: dt.date | None, customer_id: int | None, by: User) -> Task:
    """A task in a person's own words, for themselves or for somebody they may hand work to.

    Raises
    ------
    Invalid
        If nothing is said, the assignee is out of reach, or one of the two doesn't see the customer.
    """
    said = text.replace("\x00", "").strip()
    if not said or len(said) > LONGEST_TEXT:
        raise Invalid({"text": _("Say in up to %(most)s characters what is to be done.") % {"most": LONGEST_TEXT}})
    if customer_id is not None and not sees(by, customer_id):
        raise Invalid({"customer": _("There is no such customer among yours.")})
    _check_assignee(assignee, customer_id, by)
    task = open_task(
        kind=MANUAL,
        occasion=f"{MANUAL}:{uuid.uuid4()}",
        assignee=assignee,
        customer_id=customer_id,
        due=due,
        values={"text": said},
        url="",
        by=by,
    )
    if task is None:
        raise RuntimeError("a random occasion was taken")
    _tell_assignee(task, by)
    return task


def complete(*, by: User | None, task_id: int | None = None, occasion: str = "") -> Task | None:
    """Mark a task as done. None if it was closed before, or the occasion never had a task.

    By id it takes the right to the task (Task.DoesNotExist, as for one there isn't). By occasion it is for the
    service that did what the task asked for, in that service's transaction; it has asked for its own rights.
    """
    return _close(TaskState.DONE, by, task_id, occasion)


def cancel(*, by: User | None, task_id: int | None = None, occasion: str = "") -> Task | None:
    """Close a task whose reason is gone. Arguments, result and errors as in `complete`."""
    return _close(TaskState.CANCELLED, by, task_id, occasion)


@transaction.atomic
def reopen(*, task_id: int, by: User) -> bool:
    """Take back that a task was closed. False if it is open."""
    with _logged(_locked(by, task_id), by, _("Task reopened")) as task:
        if task.is_open:
            return False
        task.state, task.closed_by, task.closed_at = TaskState.OPEN, None, None
    return True


@transaction.atomic
def snooze(*, task_id: int, until: dt.date, by: User) -> bool:
    """Put an open task off until a day; its due date stays as it is. False if it was closed before.

    Raises
    ------
    Invalid
        If the day isn't after today, or more than a year away.
    """
    ahead = (until - dates.today()).days
    if not 1 <= ahead <= LONGEST_SNOOZE_DAYS:
        raise Invalid({"until": _("Choose a day from tomorrow to a year from now.")})
    with _logged(_locked(by, task_id), by, _("Task put off")) as task:
        if not task.is_open:
            return False
        task.snoozed_until = until
    return True


@transaction.atomic
def reassign(*, task_id: int, to: User, by: User) -> bool:
    """Hand an open task to somebody and tell them. False if it is theirs already, or closed.

    Raises
    ------
    Invalid
        If `to` is out of the user's reach, or doesn't see the customer.
    """
    found = _locked(by, task_id)
    _check_assignee(to, found.customer_id, by)
    with _logged(found, by, _("Task handed on")) as task:
        if not task.is_open or task.assignee_id == to.pk:
            return False
        task.assignee, task.snoozed_until = to, None
    _tell_assignee(task, by)
    return True


@transaction.atomic
def close_settled() -> int:
    """Close the open tasks whose kind says that their reason is gone. Returns how many. The night calls it."""
    closed = 0
    for kind in task_kinds:
        if kind.settled is None:
            continue
        waiting = list(Task.objects.open().filter(kind=kind.code).select_for_update(skip_locked=True))
        gone = set(kind.settled(waiting)) & {task.pk for task in waiting} if waiting else set()
        if gone:
            Task.objects.filter(pk__in=gone).update(state=TaskState.CANCELLED, closed_at=Now())
            before = {task.pk: (task, changes.snapshot(task), task.customer_id) for task in waiting if task.pk in gone}
            fresh = Task.objects.in_bulk(gone)
            change_set = changes.open_set(by=None, cause=Cause.RUN, summary=_("Tasks whose reason is gone"))
            changes.record_updates(change_set, [(fresh[pk], was, of) for pk, (_task, was, of) in before.items()])
        closed += len(gone)
    return closed


@transaction.atomic
def _close(state: TaskState, by: User | None, task_id: int | None, occasion: str) -> Task | None:
    if task_id is not None and by is not None:
        found: Task | None = _locked(by, task_id)
    else:
        found = Task.objects.select_for_update().filter(occasion=occasion).first()
    if found is None:
        return None
    with _logged(found, by, _("Task done") if state == TaskState.DONE else _("Task no longer needed")) as task:
        if not task.is_open:
            return None
        task.state, task.closed_by, task.closed_at = state, by, Now()
    return task


def _locked(by: User, task_id: int) -> Task:
    """A task the user may act on, locked; Task.DoesNotExist otherwise."""
    return Task.objects.visible_to(by).select_for_update(of=("self",)).get(pk=task_id)


@contextmanager
def _logged(task: Task, by: User | None, summary: str) -> Iterator[Task]:
    """Save and log what the block changes; nothing if it changes nothing."""
    before = changes.snapshot(task)
    yield task
    if changes.snapshot(task) != before:
        task.save()
        task.refresh_from_db(fields=["closed_at"])
        change_set = changes.open_set(by=by, cause=_cause(by), summary=summary)
        changes.record_update(change_set, task, before, customer_id=task.customer_id)


def _check_assignee(assignee: User, customer_id: int | None, by: User) -> None:
    if not people.colleagues_of(by, Permission.TASK_MANAGE).filter(pk=assignee.pk).exists():
        raise Invalid({"assignee": _("Choose somebody of your department.")})
    if customer_id is not None and not sees(assignee, customer_id):
        raise Invalid({"assignee": _("%(name)s doesn't see this customer.") % {"name": assignee}})


def _tell_assignee(task: Task, by: User) -> None:
    """Tell who has a task from somebody else."""
    if task.assignee_id == by.pk:
        return
    messages.tell(
        recipient=task.assignee,
        template="task.given",
        values={"kind": task.kind, "values": task.values, "by": str(by)},
        occasion=f"task:{task.pk}:{uuid.uuid4().hex[:8]}",
        url=reverse("jobs:task_list"),
        customer_id=task.customer_id,
    )


def _cause(by: User | None) -> Cause:
    return Cause.PAGE if by is not None else Cause.RUN
