"""Events for other systems, written with the change they tell of."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutboxEvent(models.Model):
    """One event to be told; its order among a customer's events is its id's.

    `uid` is what receivers know it by, however often it comes. `relayed_at` is when the relay made a
    delivery of it for each subscription that wants it.
    """

    uid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    kind = models.CharField(max_length=60)
    customer_id = models.BigIntegerField(null=True, blank=True)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(auto_now_add=True)
    relayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox events")
        indexes = [
            models.Index(fields=["id"], condition=Q(relayed_at=None), name="jobs_outboxevent_unsent"),
            models.Index(fields=["created_at"], name="jobs_outboxevent_created"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
