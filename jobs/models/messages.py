"""Messages to people."""

import datetime as dt
from typing import TYPE_CHECKING

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from jobs.constants import Channel, LeftOut, MailingState

if TYPE_CHECKING:
    from users.models import User


class MessageQuerySet(models.QuerySet["Message"]):
    """Selections of messages."""

    def visible_to(self, user: "User") -> "MessageQuerySet":
        """The messages to a user that the bell shows; nobody reads another's."""
        return self.filter(recipient=user, in_bell=True)

    def unread(self) -> "MessageQuerySet":
        """What hasn't been read yet."""
        return self.filter(read_at=None)


class Message(models.Model):
    """One message to one person: what it is about in `template` and `values`, worded when read.

    `occasion` is unique per recipient, so the same occasion tells a person once. A message about a customer
    carries its id: who doesn't see the customer any more reads that there was a message, not what it says.
    `in_bell` is false where the recipient wants none of this kind; the row then only remembers the occasion.
    """

    recipient = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="messages")
    template = models.CharField(max_length=60)
    values = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    customer_id = models.BigIntegerField(null=True, blank=True)
    url = models.CharField(max_length=300, blank=True)
    occasion = models.CharField(max_length=120)
    in_bell = models.BooleanField(default=True, db_default=True)
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
            models.Index(fields=["created_at"], name="jobs_message_created"),
        ]

    def __str__(self) -> str:
        return f"{self.template} → {self.recipient_id}"


class MailingQuerySet(models.QuerySet["Mailing"]):
    """Selections of e-mails."""

    def due(self) -> "MailingQuerySet":
        """Waiting ones whose time has come, the longest waiting first."""
        return self.filter(state=MailingState.WAITING, next_try__lte=Now()).order_by("next_try", "id")


class Mailing(models.Model):
    """One message on its way out of the house, written in the transaction of the message.

    The relay claims it by writing a `token` and moving `next_try` past its lease, sends, and marks it. A relay that
    died leaves it waiting: it is never lost, and sent twice if the crash fell between sending and marking.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mailings")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    state = models.CharField(_("state"), max_length=10, choices=MailingState.choices, default=MailingState.WAITING)
    left_out = models.CharField(_("reason"), max_length=20, choices=LeftOut.choices, blank=True)
    next_try = models.DateTimeField(_("next try"))
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    token = models.UUIDField(null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MailingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        constraints = [models.UniqueConstraint(fields=["message", "channel"], name="jobs_mailing_once")]
        indexes = [
            models.Index(fields=["next_try", "id"], condition=Q(state="waiting"), name="jobs_mailing_due"),
            models.Index(fields=["-id"], condition=Q(state="failed"), name="jobs_mailing_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.channel} {self.state}"


class MessageSettings(models.Model):
    """How one person wants to be told: a way for each kind they decided on, and the hour of the daily e-mail."""

    user = models.OneToOneField("users.User", on_delete=models.CASCADE, primary_key=True, related_name="+")
    ways = models.JSONField(default=dict)
    digest_at = models.TimeField(_("daily e-mail at"), default=dt.time(8, 0))

    class Meta:
        verbose_name = _("notice settings")
        verbose_name_plural = _("notice settings")

    def __str__(self) -> str:
        return f"{self.user_id}"
