"""Access to customers outside one's scope: lookups, grants, the log of reads, prints."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.constants import Door, Match
from accounts.scope import scope_of
from accounts.sections import sections
from users.models import User


class ArchiveLookup(models.Model):
    """One question whether a customer is on record: who asked, what, and what the exact match was, if any."""

    at = models.DateTimeField(_("at"), auto_now_add=True)
    user = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+")
    query = models.CharField(_("asked"), max_length=200)
    match = models.CharField(_("found by"), max_length=10, choices=Match.choices, blank=True)
    customer_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("archive lookup")
        verbose_name_plural = _("archive lookups")
        indexes = [models.Index(fields=["user", "at"], name="accounts_lookup_user")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.match or '–'}"


class AccessGrantQuerySet(models.QuerySet["AccessGrant"]):
    """Grants, by who may know of them and whether they hold."""

    def visible_to(self, user: User) -> Self:
        """One's own, and those to customers in one's scope."""
        scope = scope_of(user)
        return self if scope.everything else self.filter(Q(user=user) | scope.condition("customer__"))

    def live(self) -> Self:
        """Those that hold at this moment, by the database's clock."""
        return self.filter(starts_at__lte=Now(), ends_at__gt=Now(), withdrawn_at__isnull=True)


class AccessGrant(models.Model):
    """One person may read some sections of one customer until a moment, because a manager approved it."""

    customer = models.ForeignKey("accounts.Customer", on_delete=models.CASCADE, related_name="grants")
    user = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="grants")
    sections = ArrayField(models.CharField(max_length=40), verbose_name=_("sections"))
    may_print = models.BooleanField(_("may be printed"), default=False)
    reason = models.CharField(_("reason"), max_length=300)
    approval_id = models.BigIntegerField(null=True, blank=True)
    granted_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey("users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = AccessGrantQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("grant of access")
        verbose_name_plural = _("grants of access")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="accounts_grant_ends_after_start"),
            models.UniqueConstraint(
                fields=["approval_id"], condition=Q(approval_id__isnull=False), name="accounts_grant_approval_once"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "ends_at"], name="accounts_grant_user"),
            models.Index(fields=["customer", "-id"], name="accounts_grant_customer"),
        ]

    def __str__(self) -> str:
        return ", ".join(self.sections)

    @property
    def section_labels(self) -> list[str]:
        """What the sections are called."""
        return [str(sections.get(code).label) for code in self.sections if code in sections]


class ReadLog(models.Model):
    """One read of one customer, by a person who had a grant for it or of a record that is protected.

    It outlives the customer: `customer_id` is a plain number. `grant_id` is the grant that opened it; none if the
    reader has the customer in scope or only learned that it exists.
    """

    at = models.DateTimeField(_("at"), auto_now_add=True)
    user = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    customer_id = models.BigIntegerField()
    door = models.CharField(_("door"), max_length=10, choices=Door.choices)
    request_id = models.CharField(max_length=60)
    grant_id = models.BigIntegerField(null=True, blank=True)
    is_protected = models.BooleanField(_("protected"), default=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("read")
        verbose_name_plural = _("reads")
        constraints = [
            models.UniqueConstraint(fields=["request_id", "user", "customer_id", "door"], name="accounts_readlog_once")
        ]
        indexes = [
            models.Index(fields=["customer_id", "-id"], name="accounts_readlog_customer"),
            models.Index(fields=["user", "-id"], name="accounts_readlog_user"),
            BrinIndex(fields=["at"], name="accounts_readlog_at"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.customer_id} {self.door}"


class ArchivePrint(models.Model):
    """One print of a customer's archive. Numbers run without gaps through the whole company."""

    number = models.PositiveIntegerField(_("number"), unique=True)
    at = models.DateTimeField(_("at"))
    user = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    customer_id = models.BigIntegerField()
    sections = ArrayField(models.CharField(max_length=40), verbose_name=_("sections"))

    class Meta:
        ordering = ["-number"]
        verbose_name = _("print of an archive")
        verbose_name_plural = _("prints of archives")
        indexes = [models.Index(fields=["customer_id", "-number"], name="accounts_print_customer")]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def section_labels(self) -> list[str]:
        """What the sections are called."""
        return [str(sections.get(code).label) for code in self.sections if code in sections]
