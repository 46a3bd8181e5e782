"""The tiers a customer has had, and those that people set."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Abs
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.scope import reading, scope_of
from crm.lib import display
from segmentation.constants import TIER_SECTION, Cause, Grade
from users.models import User


class TierHistoryQuerySet(models.QuerySet["TierHistory"]):
    """Intervals, seen as far as their customer is."""

    def visible_to(self, user: User) -> Self:
        """Only those of customers in the user's scope."""
        return self.filter(scope_of(user).condition("customer__"))

    def readable_by(self, user: User) -> Self:
        """Those in scope and those whose customer's tiers are granted; each such read is to be noted."""
        return self.filter(reading(user, TIER_SECTION, "customer__"))


class TierHistory(models.Model):
    """One customer in one tier over [valid_from, valid_to), the open one without an end.

    `idle` says that there were no positive sales in the window: dashboards count such a customer as lost,
    though its tier falls only as the buffer lets it. A step that only turns `idle` has `previous` = `grade`.
    `before` and `after` hold the figures at the evaluation before and at the one that made the change:
    value_minor, sales_minor, orders, position in millionths of the total, and as_of.
    """

    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.CASCADE, db_index=False, related_name="tier_history"
    )
    grade = models.CharField(_("tier"), max_length=1, choices=Grade.choices)
    previous = models.CharField(_("tier before"), max_length=1, choices=Grade.choices, blank=True)
    idle = models.BooleanField(_("no sales in the window"), default=False)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True)
    cause = models.CharField(_("cause"), max_length=12, choices=Cause.choices)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    delta_minor = models.BigIntegerField(default=0)
    run_id = models.BigIntegerField(null=True)

    objects = TierHistoryQuerySet.as_manager()

    class Meta:
        ordering = ["customer_id", "-valid_from"]
        verbose_name = _("tier history")
        verbose_name_plural = _("tier history")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(valid_to=None), name="segmentation_tierhistory_one_open"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")),
                name="segmentation_tierhistory_ends_later",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-valid_from"], name="segmentation_history_customer"),
            models.Index(fields=["valid_from"], name="segmentation_history_from"),
            # The largest changes first; those of other months are passed over without a look at the table.
            models.Index(
                Abs("delta_minor").desc(),
                "customer",
                "valid_from",
                condition=~Q(previous=""),
                name="segmentation_history_movers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.grade} {self.valid_from}–{self.valid_to or ''}"

    @property
    def is_up(self) -> bool:
        """Whether the tier rose."""
        return self.grade < self.previous

    @property
    def value_minor(self) -> int:
        """Value in the window at the change."""
        value: int = self.after.get("value") or 0
        return value

    @property
    def size_minor(self) -> int:
        """How much sales changed against the year before, without a sign."""
        return abs(self.delta_minor)


class Override(models.Model):
    """A tier that a person set, with a reason and a last day. The computed one stays beside it."""

    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.CASCADE, related_name="tier_overrides", verbose_name=_("customer")
    )
    grade = models.CharField(_("tier"), max_length=1, choices=Grade.choices)
    reason = models.CharField(_("reason"), max_length=300)
    until = models.DateField(_("until"))
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("set by"))
    created_at = models.DateTimeField(auto_now_add=True)
    ended_on = models.DateField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("ended by")
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("manual tier")
        verbose_name_plural = _("manual tiers")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(ended_on=None), name="segmentation_override_one_live"
            )
        ]

    def __str__(self) -> str:
        said = {"grade": self.grade, "until": display.day(self.until, language=get_language() or "en")}
        return gettext("%(grade)s until %(until)s") % said
