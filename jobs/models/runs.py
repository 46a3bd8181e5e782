"""Runs and the schedules that ask for them."""

from typing import TYPE_CHECKING

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.constants import ENDED, FailureKind, RunState
from users.roles import Permission, Reach

if TYPE_CHECKING:
    from users.models import User


class RunQuerySet(models.QuerySet["Run"]):
    """Selections of runs."""

    def visible_to(self, user: "User") -> "RunQuerySet":
        """The runs a user may see: their own, or all for those who may view all and reach the whole company."""
        everything = user.may(Permission.RUN_VIEW_ALL) and user.reach is Reach.ALL
        return self if everything else self.filter(requested_by=user)

    def due(self) -> "RunQuerySet":
        """Waiting runs whose time has come."""
        return self.filter(Q(not_before=None) | Q(not_before__lte=Now()), state=RunState.QUEUED)

    def abandoned(self) -> "RunQuerySet":
        """Running on paper, but the worker let the lease run out: it died, or hangs."""
        return self.filter(state=RunState.RUNNING, lease_until__lt=Now())


class Run(models.Model):
    """One execution of a job: what it was asked, how far it is, what came out.

    PostgreSQL is the truth. A worker claims a run by writing its `token` and keeps `lease_until` in
    the future while it lives; each publish repeats `AND token = mine`, so a worker that lost its claim
    can't write. `cursor` lets imports, exports and rebuilds go on where they were. `attempts` counts the
    claims since the cursor last moved. A step of a chain names the chain's run as `parent`.
    """

    kind = models.CharField(_("kind"), max_length=60)
    state = models.CharField(_("state"), max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    parameter_versions = models.JSONField(default=dict)
    as_of = models.DateField(_("as of"), null=True, blank=True)
    period = models.CharField(max_length=40, blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="steps")
    requested_by = models.ForeignKey("users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    token = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    hinted_at = models.DateTimeField(null=True, blank=True)

    step = models.CharField(max_length=80, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    cursor = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    reads = models.JSONField(default=list)
    result = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    failure = models.CharField(max_length=10, choices=FailureKind.choices, blank=True)
    error = models.TextField(blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(fields=["kind", "period"], condition=~Q(period=""), name="jobs_run_period_unique")
        ]
        indexes = [
            models.Index(fields=["state", "id"], condition=Q(state__in=["queued", "running"]), name="jobs_run_open"),
            models.Index(fields=["kind", "-id"], name="jobs_run_kind"),
            models.Index(fields=["requested_by", "-id"], name="jobs_run_requested_by"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens to the run by itself."""
        return self.state in ENDED


class Schedule(models.Model):
    """When a kind of run is due: every `every_minutes`, or daily at `at` in the company's time zone.

    Times before `active_since` aren't made up for.
    """

    kind = models.CharField(max_length=60, unique=True)
    at = models.TimeField(_("daily at"), null=True, blank=True)
    every_minutes = models.PositiveIntegerField(_("every (minutes)"), null=True, blank=True)
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    is_active = models.BooleanField(_("active"), default=True)
    active_since = models.DateTimeField(_("counts from"), default=timezone.now)

    class Meta:
        ordering = ["kind"]
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = [
            models.CheckConstraint(
                condition=Q(at__isnull=False, every_minutes__isnull=True) | Q(at__isnull=True, every_minutes__gt=0),
                name="jobs_schedule_daily_or_every",
            )
        ]

    def __str__(self) -> str:
        return self.kind
