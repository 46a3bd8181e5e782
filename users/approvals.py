"""Kinds of approvals: registered by the chapter that asks for them, carried out by it when they are approved.

    approval_kinds.add("accounts.grant", ApprovalKind(
        code="accounts.grant", label=_("Access to a customer"),
        approvers=lambda approval: approvers.managers_of(department_of(approval.customer_id)),
        apply=grants.give, describe=grants.describe, url=grants.url,
    ))

An amount ladder is a sequence of steps, each needed from an amount on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.lib.registry import Registry

if TYPE_CHECKING:
    from users.models import Approval, User

Text = str | Promise
Approvers = Callable[["Approval"], "Iterable[User]"]

DEADLINE_DAYS = 3
DECISION = _("Decision")


def always(_approval: "Approval") -> bool:
    """A step that every approval of its kind takes."""
    return True


@dataclass(frozen=True)
class Step:
    """One step: who may decide it, and whether an approval needs it at all (an amount above a limit, say)."""

    approvers: Approvers
    label: Text = DECISION
    needed: Callable[["Approval"], bool] = always


@dataclass(frozen=True)
class Line:
    """One line of what is asked for: what it is called, how it is now, how it would be."""

    label: Text
    before: Text
    after: Text


@dataclass(frozen=True)
class ApprovalKind:
    """One kind of approvals.

    `approvers` is one function for a single step, or the steps in order. `apply` runs inside the transaction of
    the last approval with the decider; what it refuses (`users.errors.CannotApply`, `Invalid`, ValidationError,
    PermissionDenied) leaves the approval open and is shown. `refuse` runs inside the transaction of a refusal,
    withdrawal or expiry. `describe` says in a sentence what is asked, in the reader's language; `lines` gives
    before and after; `url` is where the thing itself is shown ("" for nowhere). What isn't decided within
    `deadline_days` is raised to the next higher manager once, for as many days again, and then expires.
    """

    code: str
    label: Text
    approvers: Approvers | Sequence[Step]
    apply: Callable[["Approval", "User"], None]
    describe: Callable[["Approval"], str]
    url: Callable[["Approval"], str] = lambda _approval: ""
    deadline_days: int = DEADLINE_DAYS
    refuse: Callable[["Approval", "User | None"], None] | None = None
    lines: Callable[["Approval", "User"], Sequence[Line]] | None = None

    @property
    def steps(self) -> Sequence[Step]:
        """The steps in order."""
        return (Step(self.approvers),) if callable(self.approvers) else self.approvers


approval_kinds: Registry[ApprovalKind] = Registry("approval kinds")
