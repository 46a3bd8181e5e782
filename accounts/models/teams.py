"""The account's virtual team."""

import datetime as dt
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from accounts.constants import TeamRole
from accounts.scope import scope_of
from crm.lib import dates
from users.models import User


def _point(column: str) -> Func:
    """An id as a range of one number: equality that an index on ranges can ask."""
    return Func(F(column), F(column), Value("[]"), function="int8range")


def _days() -> Func:
    return Func(F("starts_on"), F("ends_on"), Value("[]"), function="daterange")


class TeamMemberQuerySet(models.QuerySet["TeamMember"]):
    """Memberships, by whom they may be seen and when they hold."""

    def visible_to(self, user: User) -> Self:
        """Only those of customers in the user's scope."""
        return self.filter(scope_of(user).condition("customer__"))

    def live(self, *, on: dt.date | None = None) -> Self:
        """Those that hold on a day, today without one: begun, not over, not left."""
        day = on or dates.today()
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day, left_at__isnull=True)


class TeamMember(models.Model):
    """One person's part in an account's team, from a day to a day; while it holds they read the customer.

    `left_at` ends it at once. A customer has one lead at a time, a person one part at a time.
    """

    customer = models.ForeignKey("accounts.Customer", on_delete=models.CASCADE, related_name="team")
    user = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("part"), max_length=12, choices=TeamRole.choices)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        ordering = ["customer_id", "id"]
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="accounts_team_days_in_order"
            ),
            ExclusionConstraint(
                name="accounts_team_one_lead",
                expressions=[(_point("customer"), RangeOperators.OVERLAPS), (_days(), RangeOperators.OVERLAPS)],
                condition=Q(role=TeamRole.LEAD, left_at__isnull=True),
            ),
            ExclusionConstraint(
                name="accounts_team_one_part",
                expressions=[
                    (_point("customer"), RangeOperators.OVERLAPS),
                    (_point("user"), RangeOperators.OVERLAPS),
                    (_days(), RangeOperators.OVERLAPS),
                ],
                condition=Q(left_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["user"], include=["customer", "starts_on", "ends_on"], condition=Q(left_at__isnull=True),
                name="accounts_team_user",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.get_role_display()
