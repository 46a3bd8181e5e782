"""Runs and the schedules that ask for them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jobs.constants import RunState


class Run(models.Model):
    """One execution of a job: what it was asked, how far it is, what came out.

    PostgreSQL is the truth. A worker claims a run by writing its `token` and keeps `lease_until` in
    the future while it lives; each publish repeats `AND token = mine`, so a worker that lost its claim
    can't write. `cursor` lets imports, exports and rebuilds go on where they were.
    """

    kind = models.CharField(_("kind"), max_length=60)
    state = models.CharField(_("state"), max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    params = models.JSONField(default=dict)
    parameter_versions = models.JSONField(default=dict)
    as_of = models.DateField(_("as of"), null=True, blank=True)
    period = models.CharField(max_length=40, null=True, blank=True)
    requested_by = models.ForeignKey("users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    token = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)

    step = models.CharField(max_length=80, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    cursor = models.JSONField(default=dict)
    reads = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "period"], condition=Q(period__isnull=False), name="jobs_run_period_unique"
            )
        ]
        indexes = [
            models.Index(fields=["state", "id"], condition=Q(state__in=["queued", "running"]), name="jobs_run_open"),
            models.Index(fields=["kind", "-id"], name="jobs_run_kind"),
            models.Index(fields=["requested_by", "-id"], name="jobs_run_requested_by"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Schedule(models.Model):
    """When a kind of run is due: every `every_minutes`, or daily at `at` in the company's time zone."""

    kind = models.CharField(max_length=60, unique=True)
    at = models.TimeField(_("daily at"), null=True, blank=True)
    every_minutes = models.PositiveIntegerField(_("every (minutes)"), null=True, blank=True)
    params = models.JSONField(default=dict)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["kind"]
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = [
            models.CheckConstraint(
                condition=Q(at__isnull=False, every_minutes__isnull=True)
                | Q(at__isnull=True, every_minutes__isnull=False),
                name="jobs_schedule_daily_or_every",
            )
        ]

    def __str__(self) -> str:
        return self.kind
