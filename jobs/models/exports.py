"""Exports: lists that left the house as files."""

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.constants import ExportFormat
from jobs.models.runs import Run
from users.roles import Permission

if TYPE_CHECKING:
    from users.models import User


class ExportQuerySet(models.QuerySet["Export"]):
    """Selections of exports."""

    def visible_to(self, user: "User") -> "ExportQuerySet":
        """The exports a user may know of: their own, or all for those who may view all runs."""
        return self if user.may(Permission.RUN_VIEW_ALL) else self.filter(by=user)


class Export(models.Model):
    """One file that was asked for: which list, with which filters and columns, by whom.

    `code` stands in every row of the file and leads back here. A small file is sent at once and not kept; a large
    one is made by `run` and lies in `folder` until `expires_at`. `reach` is what the requester's rights and scope
    were when it was made: with others the file isn't handed out any more. `approval_id` is set where somebody had
    to agree.
    """

    code = models.CharField(_("code"), max_length=16, unique=True)
    kind = models.CharField(_("list"), max_length=60)
    query = models.TextField(blank=True)
    words = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    format = models.CharField(_("format"), max_length=4, choices=ExportFormat.choices)
    language = models.CharField(max_length=10)
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    approval_id = models.BigIntegerField(null=True, blank=True)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    rows = models.BigIntegerField(_("rows"), default=0)
    reach = models.CharField(max_length=64, blank=True)
    folder = models.CharField(max_length=40, blank=True)
    size = models.BigIntegerField(_("size"), default=0)
    downloads = models.PositiveIntegerField(_("downloads"), default=0)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["by", "-id"], name="jobs_export_by"),
            models.Index(fields=["expires_at"], condition=~models.Q(folder=""), name="jobs_export_expires"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def directory(self) -> Path:
        """Where the file lies."""
        return Path(settings.MEDIA_ROOT) / "exports" / self.folder

    @property
    def path(self) -> Path:
        """The file."""
        return self.directory / f"file.{self.format}"

    @property
    def is_kept(self) -> bool:
        """Whether the file is there to be fetched."""
        return bool(self.folder) and self.made_at is not None and not self.has_expired

    @property
    def has_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()
