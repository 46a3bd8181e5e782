"""The change log: who changed what, through which door, from what to what."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from users.constants import Action, Cause


class ChangeSet(models.Model):
    """One act of one person or program: everything it changed was committed with it, or nothing was."""

    at = models.DateTimeField(_("at"), auto_now_add=True)
    cause = models.CharField(_("door"), max_length=10, choices=Cause.choices)
    actor = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    summary = models.CharField(_("what"), max_length=200, blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    run_id = models.BigIntegerField(null=True, blank=True)
    undoes = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_by",
        verbose_name=_("takes back"),
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("change set")
        verbose_name_plural = _("change sets")
        indexes = [
            BrinIndex(fields=["at"], name="users_changeset_at"),
            models.Index(fields=["actor", "-id"], name="users_changeset_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.summary or self.get_cause_display()}"


class Change(models.Model):
    """One row changed, with its fields before and after; or one batch of rows created together.

    Where a person's data were erased from it, `erased_by` is the change set that did, and `kept_hash` the hash of what
    stood here: the seals stay valid.
    """

    change_set = models.ForeignKey(ChangeSet, on_delete=models.CASCADE, related_name="changes")
    action = models.CharField(_("act"), max_length=12, choices=Action.choices)
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField(null=True, blank=True)
    customer_id = models.BigIntegerField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    first_id = models.BigIntegerField(null=True, blank=True)
    last_id = models.BigIntegerField(null=True, blank=True)
    rows = models.IntegerField(default=1)
    erased_by = models.ForeignKey(
        ChangeSet, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("erased by")
    )
    kept_hash = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        ordering = ["id"]
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [
            models.Index(fields=["erased_by"], condition=models.Q(erased_by__isnull=False), name="users_change_erased"),
            models.Index(fields=["model", "object_id", "-id"], name="users_change_object"),
            models.Index(
                fields=["customer_id", "-id"],
                condition=models.Q(customer_id__isnull=False),
                name="users_change_customer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.model} {self.object_id or f'{self.first_id}–{self.last_id}'}"
