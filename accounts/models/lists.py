"""How people look at the customer list."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from users.models import User
from users.queries import departments


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views, by who may use them."""

    def visible_to(self, user: User) -> Self:
        """One's own, and those shared with one's department or one above it."""
        home = user.department_id
        above = [pk for pk, below in departments.subtrees().items() if home in below] if home is not None else []
        return self.filter(models.Q(owner=user) | models.Q(department__in=above))


class SavedView(models.Model):
    """One named way to look at the list: filters as pairs of an address, sort, columns. Scope is the reader's own."""

    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="+", verbose_name=_("owner"))
    department = models.ForeignKey(
        "users.Department",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("shared with"),
    )
    filters = models.JSONField(_("filters"), default=list)
    sort = models.CharField(_("sorted by"), max_length=80, blank=True)
    columns = ArrayField(models.CharField(max_length=80), verbose_name=_("columns"), default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="accounts_savedview_name_unique")]

    def __str__(self) -> str:
        return self.name


class ListColumns(models.Model):
    """The columns a user chose for lists that have none of their own."""

    user = models.OneToOneField("users.User", on_delete=models.CASCADE, primary_key=True, related_name="+")
    columns = ArrayField(models.CharField(max_length=80), default=list)

    class Meta:
        verbose_name = _("list columns")
        verbose_name_plural = _("list columns")

    def __str__(self) -> str:
        return f"{self.user_id}: {', '.join(self.columns)}"
