"""Customers that were merged: which record went into which, and everything needed to part them again."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.customers import Customer
from accounts.scope import scope_of
from users.models import User


class MergeQuerySet(models.QuerySet["Merge"]):
    """Merges, by who may see them."""

    def visible_to(self, user: User) -> Self:
        """Only those whose surviving record the user sees; the one merged last where it was merged on."""
        scope = scope_of(user)
        if scope.everything:
            return self
        survivors = CustomerRedirect.objects.filter(scope.condition("survivor__"))
        return self.filter(
            models.Q(pk__in=survivors.values("merge_id"))
            | models.Q(undone_at__isnull=False, survivor_id__in=Customer.objects.visible_to(user).values("pk"))
        )


class Merge(models.Model):
    """One merge: the record `loser_id` went into `survivor_id`. The ids are plain, for either may be gone.

    `loser` is the removed row and `before` the survivor's, as the database knew them; `after` the fields that the
    merge gave the survivor.
    """

    survivor_id = models.BigIntegerField(db_index=True)
    loser_id = models.BigIntegerField()
    loser_code = models.CharField(_("code"), max_length=40)
    loser_name = models.CharField(_("legal name"), max_length=200)
    loser = models.JSONField()
    before = models.JSONField()
    after = models.JSONField()
    change_set = models.ForeignKey("users.ChangeSet", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey("users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = MergeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.CheckConstraint(condition=~models.Q(survivor_id=models.F("loser_id")), name="accounts_merge_of_two"),
            models.UniqueConstraint(
                fields=["loser_id"], condition=models.Q(undone_at=None), name="accounts_merge_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loser_id} → {self.survivor_id}"


class MergeMove(models.Model):
    """What a merge did with the rows of one table that named the loser: ids that were moved, rows put aside."""

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="moves")
    reference = models.CharField(max_length=120)
    moved = ArrayField(models.BigIntegerField(), default=list)
    removed = models.JSONField(default=list)

    class Meta:
        ordering = ["id"]
        verbose_name = _("moved rows")
        verbose_name_plural = _("moved rows")
        constraints = [models.UniqueConstraint(fields=["merge", "reference"], name="accounts_mergemove_once")]

    def __str__(self) -> str:
        return f"{self.reference}: {len(self.moved)}"


class CustomerRedirect(models.Model):
    """Where a merged record is found now. Follows its survivor into a further merge, so one step always leads there."""

    old_id = models.BigIntegerField(primary_key=True)
    old_code = models.CharField(max_length=40, unique=True)
    survivor = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, related_name="redirects")
    merge = models.OneToOneField(Merge, on_delete=models.CASCADE, related_name="redirect")

    class Meta:
        verbose_name = _("redirect of a merged customer")
        verbose_name_plural = _("redirects of merged customers")

    def __str__(self) -> str:
        return f"{self.old_code} → {self.survivor_id}"
