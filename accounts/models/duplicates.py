"""Records that may be of one organisation."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.constants import PairState
from accounts.scope import scope_of
from users.models import User


class DuplicateKey(models.Model):
    """One plain form of a customer's name, tax number, phone or domain. Customers that share one are compared.

    Written by the search for duplicates alone. What vanished or changed since only costs a comparison: records are
    judged by what stands in them.
    """

    pk = models.CompositePrimaryKey("kind", "value", "customer_id")
    kind = models.CharField(max_length=6)
    value = models.CharField(max_length=120)
    customer_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("key of duplicates")
        verbose_name_plural = _("keys of duplicates")
        indexes = [models.Index(fields=["customer_id"], name="accounts_duplicatekey_customer")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}: {self.customer_id}"


class DuplicatePairQuerySet(models.QuerySet["DuplicatePair"]):
    """Pairs, by who may see them."""

    def visible_to(self, user: User) -> Self:
        """Only pairs of which the user sees both customers."""
        scope = scope_of(user)
        return self.filter(scope.condition("low__"), scope.condition("high__"))


class DuplicatePair(models.Model):
    """Two customers that look like one; `low` is the one with the lower id.

    `evidence` holds what they have in common, `digest` the hash of everything they were compared by: a pair that
    somebody dismissed stays dismissed as long as the digest does.
    """

    low = models.ForeignKey("accounts.Customer", on_delete=models.CASCADE, related_name="+")
    high = models.ForeignKey("accounts.Customer", on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField(_("score"))
    evidence = models.JSONField(default=dict)
    digest = models.CharField(max_length=48)
    state = models.CharField(_("state"), max_length=9, choices=PairState.choices, default=PairState.OPEN)
    decided_by = models.ForeignKey("users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        ordering = ["-score", "id"]
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["low", "high"], name="accounts_duplicatepair_once"),
            models.CheckConstraint(
                condition=models.Q(low__lt=models.F("high")), name="accounts_duplicatepair_lower_first"
            ),
        ]
        indexes = [models.Index(fields=["state", "-score", "id"], name="accounts_duplicatepair_score")]

    def __str__(self) -> str:
        return f"{self.low_id} = {self.high_id}? {self.score}"

    @property
    def facts(self) -> dict[str, Any]:
        """The evidence as it was stored."""
        facts: dict[str, Any] = self.evidence
        return facts
