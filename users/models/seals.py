"""Seals: the chain over the change log."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Seal(models.Model):
    """One link: a change set with those of its changes that no earlier link holds.

    `position` counts from one without a gap. `upto` is the last change it holds. `payload_hash` is over what was
    logged, `hash` over this link and the hash before it. An import writes its changes in several transactions, so a
    change set may have several links. Links follow the order in which they were sealed, not that of the ids.
    """

    position = models.BigIntegerField(primary_key=True)
    change_set_id = models.BigIntegerField()
    upto = models.BigIntegerField(default=0)
    rows = models.IntegerField(default=0)
    payload_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(_("sealed"))

    class Meta:
        ordering = ["position"]
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [models.UniqueConstraint(fields=["change_set_id", "upto"], name="users_seal_once")]

    def __str__(self) -> str:
        return f"{self.position}: {self.change_set_id}"


class SealProgress(models.Model):
    """How far the sealer has got; one row.

    Nothing up to `low_set` and `low_change` is left to seal. The marks are the highest ids there were at `mark_at`;
    when every transaction of then has ended (`mark_xid`), they become the low ones.
    """

    low_set = models.BigIntegerField(default=0)
    low_change = models.BigIntegerField(default=0)
    mark_set = models.BigIntegerField(default=0)
    mark_change = models.BigIntegerField(default=0)
    mark_xid = models.BigIntegerField(default=0)
    mark_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("progress of the sealer")
        verbose_name_plural = _("progress of the sealer")

    def __str__(self) -> str:
        return f"{self.low_set}/{self.low_change}"
