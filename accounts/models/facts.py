"""Facts: what somebody says of a customer, with where they have it from. A proposed change is an unsettled fact."""

from typing import Self

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.constants import Confidence, FactSource, FactState
from accounts.scope import scope_of
from crm.lib import dates
from users.models import User


class FactQuerySet(models.QuerySet["Fact"]):
    """Facts, seen as far as their customer is."""

    def visible_to(self, user: User) -> Self:
        """Only facts of customers in the user's scope."""
        return self.filter(scope_of(user).condition("customer__"))

    def unsettled(self) -> Self:
        """What waits to be settled and still holds."""
        holds = Q(expires_on=None) | Q(expires_on__gte=dates.today())
        return self.filter(holds, state=FactState.UNSETTLED)


class Fact(models.Model):
    """One person's word on one column of a customer or one of its contacts.

    `field` is the column, `value` what it should hold and `before` what it held when this was said, both as JSON
    values. Facts that contradict each other stand side by side until somebody settles them.
    """

    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.CASCADE, related_name="said", verbose_name=_("customer")
    )
    contact = models.ForeignKey(
        "accounts.Contact",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="said",
        verbose_name=_("contact"),
    )
    field = models.CharField(_("field"), max_length=40)
    value = models.JSONField(_("proposed"), null=True, encoder=DjangoJSONEncoder)
    before = models.JSONField(_("before"), null=True, encoder=DjangoJSONEncoder)
    source = models.CharField(_("source"), max_length=12, choices=FactSource.choices, default=FactSource.SALES)
    note = models.CharField(_("evidence"), max_length=300, blank=True)
    reporter = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("said by"))
    known_on = models.DateField(_("known on"))
    confidence = models.PositiveSmallIntegerField(
        _("confidence"),
        choices=Confidence.choices,
        default=Confidence.LIKELY,
        validators=[MinValueValidator(1), MaxValueValidator(3)],
    )
    expires_on = models.DateField(_("holds until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=FactState.choices, default=FactState.UNSETTLED)
    settled_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FactQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("proposed change")
        verbose_name_plural = _("proposed changes")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="unsettled", settled_at__isnull=True)
                | (~Q(state="unsettled") & Q(settled_at__isnull=False)),
                name="accounts_fact_settled_when_decided",
            ),
            models.CheckConstraint(condition=Q(confidence__range=(1, 3)), name="accounts_fact_confidence_1_to_3"),
        ]
        indexes = [
            models.Index(fields=["customer", "field"], condition=Q(state="unsettled"), name="accounts_fact_unsettled"),
            models.Index(fields=["reporter", "-id"], name="accounts_fact_reporter"),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.value}"
