"""Messages to people."""

from typing import TYPE_CHECKING

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from users.models import User


class MessageQuerySet(models.QuerySet["Message"]):
    """Selections of messages."""

    def visible_to(self, user: "User") -> "MessageQuerySet":
        """The messages to a user; nobody reads another's."""
        return self.filter(recipient=user)

    def unread(self) -> "MessageQuerySet":
        """What hasn't been read yet."""
        return self.filter(read_at=None)


class Message(models.Model):
    """One message to one person: what it is about in `template` and `values`, worded when read.

    `occasion` is unique per recipient, so the same occasion tells a person once. A message about a customer
    carries its id: who doesn't see the customer any more reads that there was a message, not what it says.
    """

    recipient = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="messages")
    template = models.CharField(max_length=60)
    values = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    customer_id = models.BigIntegerField(null=True, blank=True)
    url = models.CharField(max_length=300, blank=True)
    occasion = models.CharField(max_length=120)
    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [models.UniqueConstraint(fields=["recipient", "occasion"], name="jobs_message_once")]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="jobs_message_recipient"),
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="jobs_message_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.template} → {self.recipient_id}"
