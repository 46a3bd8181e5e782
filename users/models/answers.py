"""What the API keeps of calls: answers to be repeated, and other systems' names for our records."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class KeptAnswer(models.Model):
    """The answer to one call with an `Idempotency-Key`, stored in the transaction of what the call wrote.

    `digest` is the hash of the call: method, address, canonical body. `body` is sent again byte for byte.
    """

    user = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="users_keptanswer_key_unique")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.key}"


class ExternalId(models.Model):
    """What another system calls one of our records; (resource, source, external id) stays taken for ever."""

    resource = models.CharField(max_length=20)
    source = models.CharField(_("source"), max_length=40)
    external_id = models.CharField(_("external id"), max_length=120)
    object_id = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("external id")
        verbose_name_plural = _("external ids")
        constraints = [
            models.UniqueConstraint(fields=["resource", "source", "external_id"], name="users_externalid_unique")
        ]
        indexes = [models.Index(fields=["resource", "object_id"], name="users_externalid_object")]

    def __str__(self) -> str:
        return f"{self.resource} {self.source}/{self.external_id}"
