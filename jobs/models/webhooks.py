"""Webhooks: who is told of events, what was sent to them, what they answered."""

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.constants import DeliveryState
from jobs.models.outbox import OutboxEvent
from users.roles import Permission, Reach

if TYPE_CHECKING:
    from users.models import User


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Selections of subscriptions."""

    def visible_to(self, user: "User") -> "SubscriptionQuerySet":
        """All for those who administer webhooks of the whole company, else those told in the user's own name."""
        if user.may(Permission.WEBHOOK_EDIT) and user.reach is Reach.ALL:
            return self
        return self.filter(subscriber=user)


class Subscription(models.Model):
    """An address outside that is told of events of some kinds. Without one, events of a kind aren't written.

    It is told of those customers alone that `subscriber`, with its `key` if it is a program, reaches when the event
    is sent. Events are
    signed with `secret`, and until `old_secret_until` with the one before it too. `paused_until` and
    `failures` hold the whole subscription back while nobody answers at its address.
    """

    target = models.CharField(_("address"), max_length=500)
    description = models.CharField(_("what for"), max_length=200, blank=True, db_default="")
    kinds = ArrayField(models.CharField(max_length=60), verbose_name=_("events"), default=list, db_default=[])
    is_active = models.BooleanField(_("active"), default=True)
    subscriber = models.ForeignKey(
        "users.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("told in the name of"),
    )
    key = models.ForeignKey(
        "users.ApiKey", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("API key")
    )
    secret = models.CharField(max_length=80, blank=True, db_default="", editable=False)
    old_secret = models.CharField(max_length=80, blank=True, db_default="", editable=False)
    old_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    unreachable_since = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["target", "id"]
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def __str__(self) -> str:
        return self.description or self.target

    def principal(self) -> "User | None":
        """In whose name it is told now: a person, or a program with the key it subscribed with or its successor.

        None if the key was withdrawn or has run out.
        """
        key = self.key
        if key is None:
            return self.subscriber
        while not key.is_good():
            successor = None if key.withdrawn_at else type(key).objects.filter(replaces=key).first()
            if successor is None:
                return None
            key = successor
        return key.principal()

    def secrets(self) -> list[str]:
        """What an event is signed with now: the present secret, and the one before while both count."""
        overlaps = self.old_secret and self.old_secret_until and self.old_secret_until > timezone.now()
        return [self.secret, self.old_secret] if overlaps else [self.secret]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Selections of deliveries."""

    def visible_to(self, user: "User") -> "DeliveryQuerySet":
        """Those of the subscriptions a user sees."""
        return self.filter(subscription__in=Subscription.objects.visible_to(user))


class Delivery(models.Model):
    """One event on its way to one subscription. Events of one lane are sent one after the other.

    The `lane` is the customer, 0 for what concerns none. A relay that sends it holds `token` until
    `lease_until`; a failed try is repeated at `next_at`, and after `gives_up_at` no more.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    lane = models.BigIntegerField()
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_at = models.DateTimeField(_("next try"))
    gives_up_at = models.DateTimeField()
    token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-event_id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["subscription", "event"], name="jobs_delivery_once")]
        indexes = [
            models.Index(fields=["subscription", "-event"], name="jobs_delivery_log"),
            models.Index(
                fields=["subscription", "lane", "event"], condition=Q(state="waiting"), name="jobs_delivery_lane"
            ),
            models.Index(
                fields=["subscription", "next_at", "event"], condition=Q(state="waiting"), name="jobs_delivery_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.subscription_id}"


class DeliveryTry(models.Model):
    """One try to deliver: when, how long it took, the status and the beginning of the answer, or what went wrong."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(_("at"), auto_now_add=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    took_ms = models.PositiveIntegerField(_("took"), default=0)
    error = models.CharField(max_length=40, blank=True)
    excerpt = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("try")
        verbose_name_plural = _("tries")

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.status or self.error}"
