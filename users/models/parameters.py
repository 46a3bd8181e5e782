"""Parameters: cut-offs, weights, windows, each a version with a first day."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from users.parameters import kinds


class ParameterSet(models.Model):
    """One version of the parameters of a kind; `name` tells schemes of one kind apart.

    In force on a day is the version with the latest `valid_from` up to it, the higher of two equal ones. Versions are
    never changed or deleted: a run names the one it used.
    """

    kind = models.CharField(_("kind"), max_length=60)
    name = models.CharField(_("scheme"), max_length=60, default="main")
    version = models.PositiveIntegerField(_("version"))
    valid_from = models.DateField(_("valid from"))
    payload = models.JSONField(_("values"))
    note = models.CharField(_("reason"), max_length=300, blank=True)
    by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("saved by")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["kind", "name", "-version"]
        verbose_name = _("parameter set")
        verbose_name_plural = _("parameter sets")
        constraints = [
            models.UniqueConstraint(fields=["kind", "name", "version"], name="users_parameterset_version_unique")
        ]

    def __str__(self) -> str:
        kind = kinds.find(self.kind)
        said = {"kind": kind.label if kind else self.kind, "name": self.name, "version": self.version}
        if self.name == "main":
            return gettext("%(kind)s, version %(version)s") % said
        return gettext("%(kind)s “%(name)s”, version %(version)s") % said
