"""Imports: files that people bring in."""

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jobs.models.runs import Run
from users.roles import Permission, Reach

if TYPE_CHECKING:
    from users.models import User


class ImportQuerySet(models.QuerySet["Import"]):
    """Selections of imports."""

    def visible_to(self, user: "User") -> "ImportQuerySet":
        """The imports a user may see: their own, or all for those who may view all runs of the whole company."""
        everything = user.may(Permission.RUN_VIEW_ALL) and user.reach is Reach.ALL
        return self if everything else self.filter(by=user)


class Import(models.Model):
    """One file brought in: where it lies, how its columns are read, the run that checked it and the one that wrote it.

    `mapping` is the header for each field; `headers` are the file's columns. A later file of the same person
    with the same `headers_digest` is read the same way. Of a spreadsheet, `sheets` are its sheets and `sheet` the one
    that is read. After a while the files are removed, at `removed_at`.
    """

    kind = models.CharField(_("kind"), max_length=20)
    file_name = models.CharField(_("file"), max_length=255)
    folder = models.CharField(max_length=40)
    size = models.BigIntegerField(_("size"))
    headers = models.JSONField(default=list)
    headers_digest = models.CharField(max_length=32)
    delimiter = models.CharField(max_length=1, default=",")
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    sheets = models.JSONField(default=list, db_default=[])
    sheet = models.CharField(_("sheet"), max_length=255, blank=True, db_default="")
    saved_mapping = models.ForeignKey(
        "jobs.SavedMapping", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)
    check_run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["by", "kind", "headers_digest", "-id"], name="jobs_import_remembered"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def directory(self) -> Path:
        """Where the file and its rejected rows lie."""
        return Path(settings.MEDIA_ROOT) / "imports" / self.folder

    @property
    def path(self) -> Path:
        """The file."""
        return self.directory / "source"

    @property
    def workbook(self) -> Path:
        """The spreadsheet that the file was read from, if it was one."""
        return self.directory / "workbook.xlsx"

    @property
    def rejected_path(self) -> Path:
        """The rejected rows of the import; there if any were."""
        return self.directory / "rejected.csv"

    @property
    def check_path(self) -> Path:
        """The rejected rows of the dry run; there if any were."""
        return self.directory / "check.csv"


class SavedMapping(models.Model):
    """A way to read files of one kind, kept under a name; proposed for files with the same columns."""

    kind = models.CharField(_("kind"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    headers_digest = models.CharField(max_length=32)
    by = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="+", verbose_name=_("by"))
    saved_at = models.DateTimeField(_("saved"), auto_now=True)

    class Meta:
        ordering = ["kind", "name"]
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        constraints = [models.UniqueConstraint(fields=["by", "kind", "name"], name="jobs_savedmapping_name_unique")]

    def __str__(self) -> str:
        return self.name
