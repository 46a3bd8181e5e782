"""The standing: what segmentation says of a customer now."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.scope import reading, scope_of
from segmentation.constants import TIER_SECTION, Flag, Grade, Why
from users.models import User


class StandingQuerySet(models.QuerySet["Standing"]):
    """Standings, seen as far as their customer is."""

    def visible_to(self, user: User) -> Self:
        """Only those of customers in the user's scope."""
        return self.filter(scope_of(user).condition("customer__"))

    def readable_by(self, user: User) -> Self:
        """Those in scope and those whose customer's tiers are granted; each such read is to be noted."""
        return self.filter(reading(user, TIER_SECTION, "customer__"))


class Standing(models.Model):
    """One customer's standing; made with the customer, written only where it differs.

    It holds what is the customer's own. What is everybody's (totals, lines in money, the curve) is in
    the `TierRun`; `core.position` reads rank, share and distances from both. Money is in base-currency
    minor units. `stable` is the tier after hysteresis, `computed` the day's; `grade` is the one in force:
    live override, else stable, else computed.
    """

    customer = models.OneToOneField(
        "accounts.Customer", on_delete=models.CASCADE, primary_key=True, related_name="tier_standing"
    )
    grade = models.CharField(_("tier"), max_length=1, choices=Grade.choices, blank=True)
    computed = models.CharField(_("computed tier"), max_length=1, choices=Grade.choices, blank=True)
    stable = models.CharField(_("tier after month end"), max_length=1, choices=Grade.choices, blank=True)
    override = models.CharField(_("manual tier"), max_length=1, choices=Grade.choices, blank=True)
    flag = models.CharField(_("remark"), max_length=12, choices=Flag.choices, default=Flag.NOT_YET, blank=True)
    why = models.CharField(max_length=12, choices=Why.choices, default=Why.UNCLASSIFIED)
    is_new = models.BooleanField(_("new customer"), default=False)
    pending_a = models.PositiveSmallIntegerField(default=0)
    pending_b = models.PositiveSmallIntegerField(default=0)
    value_minor = models.BigIntegerField(_("value in the window"), null=True)
    sales_minor = models.BigIntegerField(_("sales in the window"), null=True)
    prior_minor = models.BigIntegerField(_("sales in the same window a year before"), null=True)
    orders = models.IntegerField(_("orders in the window"), default=0)
    uncosted_lines = models.IntegerField(_("lines without a cost"), default=0)
    first_on = models.DateField(_("first order"), null=True)
    last_on = models.DateField(_("last order"), null=True)
    since = models.DateField(_("in this tier since"), null=True)
    run_id = models.BigIntegerField(null=True)

    objects = StandingQuerySet.as_manager()

    class Meta:
        verbose_name = _("tier standing")
        verbose_name_plural = _("tier standings")
        indexes = [
            models.Index(fields=["grade", "customer"], name="segmentation_standing_grade"),
            models.Index(fields=["sales_minor", "customer"], name="segmentation_standing_sales"),
            models.Index(fields=["last_on", "customer"], name="segmentation_standing_last_on"),
            models.Index(
                fields=["-sales_minor", "customer"],
                condition=models.Q(pending_a__gt=0) | models.Q(pending_b__gt=0),
                name="segmentation_standing_pending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.grade or self.flag}"
