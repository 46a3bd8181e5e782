"""Webhooks as programs read and write them."""

from typing import Any

from rest_framework import serializers

from jobs.models import Delivery, Subscription
from users.api.serializers import Id, Moment, StrictSerializer


class WebhookSerializer(StrictSerializer):
    """An address that is told of events. Its secret is in the answers that make one, and nowhere else."""

    id = Id(read_only=True)
    target = serializers.CharField(max_length=500, help_text="Begins with https://.")
    description = serializers.CharField(max_length=200, allow_blank=True, default="")
    kinds = serializers.ListField(child=serializers.CharField(max_length=60), allow_empty=False, max_length=100)
    is_active = serializers.BooleanField(default=True)
    is_answering = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)

    def get_is_answering(self, row: Subscription) -> bool:
        """Whether somebody answered at the address the last time."""
        return row.unreachable_since is None


class WebhookSecretSerializer(WebhookSerializer):
    """The same with the secret that was just made."""

    secret = serializers.CharField(read_only=True)


class DeliverySerializer(StrictSerializer):
    """An event on its way to a webhook, with its latest try."""

    id = Id(read_only=True)
    event = serializers.SerializerMethodField()
    kind = serializers.CharField(source="event.kind", read_only=True)
    state = serializers.CharField(read_only=True)
    tries = serializers.IntegerField(read_only=True)
    next_at = serializers.DateTimeField(read_only=True)
    ended_at = serializers.DateTimeField(read_only=True)
    status = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    def get_event(self, row: Delivery) -> str:
        """The id under which receivers know it."""
        return f"evt_{row.event.uid.hex}"

    def get_status(self, row: Delivery) -> int | None:
        """What the receiver answered last."""
        last = self._last(row)
        return last.status if last else None

    def get_error(self, row: Delivery) -> str:
        """Why there was no answer: refused, certificate, name, silent, broken."""
        last = self._last(row)
        return last.error if last else ""

    @staticmethod
    def _last(row: Delivery) -> Any:
        return next(iter(row.log.all()), None)


class ReplaySerializer(StrictSerializer):
    """From when on events are sent again."""

    since = Moment()


class ReplayedSerializer(StrictSerializer):
    """How many events are sent again."""

    count = serializers.IntegerField(read_only=True)
