"""Approvals: what one person asks for and others decide, step by step."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from users.approvals import approval_kinds
from users.constants import ApprovalEventKind, ApprovalState, StepState


class Approval(models.Model):
    """One request: of which kind, by whom, about what, and how it stands.

    `values` is what the kind needs to carry it out. `step` is the place of the step that waits, counted from
    one; an open approval has exactly one. `blocked` says why it could not be carried out when it was last approved.
    """

    kind = models.CharField(_("kind"), max_length=60)
    state = models.CharField(_("state"), max_length=10, choices=ApprovalState.choices, default=ApprovalState.OPEN)
    asked_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="approvals_asked", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    reason = models.TextField(_("reason"), blank=True)
    customer_id = models.BigIntegerField(_("customer"), null=True, blank=True)
    object_id = models.BigIntegerField(null=True, blank=True)
    values = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    step = models.PositiveSmallIntegerField(_("step"), default=1)
    due_at = models.DateTimeField(_("due"))
    ended_at = models.DateTimeField(_("decided"), null=True, blank=True)
    blocked = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="users_approval_ended_unless_open",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="open"), name="users_approval_due"),
            models.Index(fields=["asked_by", "-id"], name="users_approval_asked_by"),
            models.Index(
                fields=["customer_id", "-id"], condition=Q(customer_id__isnull=False), name="users_approval_customer"
            ),
            models.Index(
                fields=["kind", "object_id"], condition=Q(object_id__isnull=False), name="users_approval_object"
            ),
        ]

    def __str__(self) -> str:
        kind = approval_kinds.find(self.kind)
        return f"{kind.label if kind else self.kind} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.state == ApprovalState.OPEN


class ApprovalStep(models.Model):
    """One step of an approval: who may decide it, and who did.

    `approver_ids` are those who may, as worked out at `looked_at`: it serves lists, a decision asks the kind
    again. `raised_ids` are those it was raised to when it wasn't decided in time.
    `for_user` is in whose place a delegate decided.
    """

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    state = models.CharField(_("state"), max_length=10, choices=StepState.choices, default=StepState.WAITING)
    approver_ids = ArrayField(models.BigIntegerField(), default=list)
    raised_ids = ArrayField(models.BigIntegerField(), default=list)
    looked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    for_user = models.ForeignKey("users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        ordering = ["approval_id", "position"]
        verbose_name = _("approval step")
        verbose_name_plural = _("approval steps")
        constraints = [
            models.UniqueConstraint(fields=["approval", "position"], name="users_approvalstep_position_unique"),
            models.UniqueConstraint(fields=["approval"], condition=Q(state="open"), name="users_approvalstep_one_open"),
        ]
        indexes = [
            GinIndex(fields=["approver_ids"], name="users_approvalstep_approvers"),
            models.Index(fields=["decided_by"], name="users_approvalstep_decided_by"),
        ]

    def __str__(self) -> str:
        return f"{self.approval_id}/{self.position} {self.state}"


class ApprovalEvent(models.Model):
    """One thing that happened to an approval, in order: asked, decided, raised, commented, withdrawn, expired."""

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=ApprovalEventKind.choices)
    step = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    for_user = models.ForeignKey("users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("event of an approval")
        verbose_name_plural = _("events of approvals")

    def __str__(self) -> str:
        return f"{self.approval_id} {self.kind}"


class Delegation(models.Model):
    """Somebody decides in another's place until the end of a day."""

    giver = models.ForeignKey(
        "users.User", on_delete=models.CASCADE, related_name="delegations", verbose_name=_("from")
    )
    taker = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="+", verbose_name=_("to"))
    until = models.DateField(_("until"))
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [
            models.CheckConstraint(condition=~Q(giver=models.F("taker")), name="users_delegation_to_another"),
            models.UniqueConstraint(fields=["giver"], condition=Q(ended_at=None), name="users_delegation_one_open"),
        ]
        indexes = [models.Index(fields=["taker"], condition=Q(ended_at=None), name="users_delegation_taker")]

    def __str__(self) -> str:
        return f"{self.giver_id} → {self.taker_id}"
