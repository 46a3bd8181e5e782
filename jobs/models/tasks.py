"""Tasks: what people are to do."""

import datetime as dt
from typing import TYPE_CHECKING

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jobs.constants import TaskState
from jobs.tasks_registry import task_kinds
from users.queries.people import led_by
from users.roles import Permission

if TYPE_CHECKING:
    from users.models import User


class TaskQuerySet(models.QuerySet["Task"]):
    """Selections of tasks."""

    def of(self, user: "User") -> "TaskQuerySet":
        """A person's own tasks."""
        return self.filter(assignee=user)

    def led_by(self, user: "User") -> "TaskQuerySet":
        """The tasks of the people a user leads; with those the user's own."""
        return self.filter(Q(assignee=user) | led_by(user, Permission.TASK_MANAGE, "assignee__"))

    def visible_to(self, user: "User") -> "TaskQuerySet":
        """The tasks a user may see and act on: their own, and those of the people they lead."""
        return self.led_by(user) if user.may(Permission.TASK_MANAGE) else self.of(user)

    def open(self) -> "TaskQuerySet":
        """What is still to be done."""
        return self.filter(state=TaskState.OPEN)

    def shown_on(self, day: dt.date) -> "TaskQuerySet":
        """Open tasks that nobody put off beyond a day."""
        return self.open().filter(Q(snoozed_until=None) | Q(snoozed_until__lte=day))

    def snoozed_on(self, day: dt.date) -> "TaskQuerySet":
        """Open tasks that come back after a day."""
        return self.open().filter(snoozed_until__gt=day)


class Task(models.Model):
    """One thing one person is to do: what it is in `kind` and `values`, worded when read.

    `occasion` is unique for ever: the same reason gives one task, also after it was done. A task about a
    customer carries its id; who doesn't see the customer reads that there is a task, not what it says.
    """

    kind = models.CharField(_("kind"), max_length=60)
    occasion = models.CharField(max_length=160, unique=True)
    assignee = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="tasks", verbose_name=_("assigned to")
    )
    customer_id = models.BigIntegerField(null=True, blank=True)
    due = models.DateField(_("due"), null=True, blank=True)
    snoozed_until = models.DateField(_("put off until"), null=True, blank=True)
    values = models.JSONField(_("values"), default=dict, encoder=DjangoJSONEncoder)
    url = models.CharField(max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=TaskState.choices, default=TaskState.OPEN)
    opened_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    closed_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = [F("due").asc(nulls_last=True), "id"]
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=TaskState.OPEN, closed_at=None)
                | ~Q(state=TaskState.OPEN) & Q(closed_at__isnull=False),
                name="jobs_task_closed_at_when_closed",
            )
        ]
        indexes = [
            models.Index(fields=["assignee", "due", "id"], condition=Q(state="open"), name="jobs_task_to_do"),
            models.Index(fields=["assignee", "-id"], condition=~Q(state="open"), name="jobs_task_closed"),
            models.Index(fields=["kind", "id"], condition=Q(state="open"), name="jobs_task_kind_open"),
            models.Index(
                fields=["customer_id", "due", "id"], condition=Q(customer_id__isnull=False), name="jobs_task_customer"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """What is to be done, in words; the kind's code if nobody words it any more."""
        kind = task_kinds.find(self.kind)
        return kind.text(self.values) if kind else self.kind

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state == TaskState.OPEN
