"""The life cycle's steps, dated."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.constants import LifeCycle


class LifeCycleTransition(models.Model):
    """One step of a customer's life cycle: from, to, when, why, and who (nobody: a job)."""

    customer = models.ForeignKey("accounts.Customer", on_delete=models.CASCADE, related_name="transitions")
    before = models.CharField(_("from"), max_length=10, choices=LifeCycle.choices, blank=True)
    after = models.CharField(_("to"), max_length=10, choices=LifeCycle.choices)
    on = models.DateField(_("on"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["customer_id", "-id"]
        verbose_name = _("life-cycle step")
        verbose_name_plural = _("life-cycle steps")

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.before or '–'} → {self.after}"
