"""Events for other systems, written with the change they tell of."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Subscription(models.Model):
    """Someone outside who wants events of a kind. Without one, events of the kind aren't written."""

    kind = models.CharField(max_length=60)
    target = models.CharField(max_length=300)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["kind", "id"]
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [models.UniqueConstraint(fields=["kind", "target"], name="jobs_subscription_unique")]

    def __str__(self) -> str:
        return f"{self.kind} → {self.target}"


class OutboxEvent(models.Model):
    """One event waiting to be told; its order among a customer's events is its id's."""

    kind = models.CharField(max_length=60)
    customer_id = models.BigIntegerField(null=True, blank=True)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox events")
        indexes = [models.Index(fields=["id"], condition=Q(sent_at=None), name="jobs_outboxevent_unsent")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
