"""Backups: what was copied, and whether it could be restored."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Backup(models.Model):
    """One copy of database and files in the folder `name`; restored for trial at `drilled_at`.

    `fault` says why the trial failed. A backup that wasn't restored counts as none.
    """

    name = models.CharField(_("folder"), max_length=60, unique=True)
    taken_at = models.DateTimeField(_("taken"))
    size = models.BigIntegerField(_("size"), default=0)
    rows = models.BigIntegerField(_("rows"), default=0)
    files = models.IntegerField(_("files"), default=0)
    drilled_at = models.DateTimeField(_("restored for trial"), null=True, blank=True)
    is_good = models.BooleanField(null=True, blank=True)
    fault = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-taken_at"]
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        indexes = [models.Index(fields=["-drilled_at"], condition=models.Q(is_good=True), name="jobs_backup_good")]

    def __str__(self) -> str:
        return self.name
