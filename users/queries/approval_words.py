"""Approvals in words, for the list and the page of one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from users.approvals import ApprovalKind, Line, approval_kinds
from users.models import Approval, ApprovalEvent, ApprovalStep, User
from users.queries import approvals as queries
from users.queries import approvers


@dataclass(frozen=True)
class Row:
    """One request of a list."""

    approval: Approval
    label: str | Promise
    sentence: str


@dataclass(frozen=True)
class StepRow:
    """One step: who may decide it, or who did."""

    step: ApprovalStep
    label: str | Promise
    people: Sequence[User]


@dataclass(frozen=True)
class Sheet:
    """One request with all that its page shows."""

    approval: Approval
    label: str | Promise
    sentence: str
    url: str
    lines: Sequence[Line]
    steps: Sequence[StepRow]
    events: Sequence[ApprovalEvent]
    decides: bool
    in_place_of: User | None
    is_own: bool


def rows_of(approvals: Iterable[Approval]) -> list[Row]:
    """Requests in words; kinds describe them from what was asked, without a query each."""
    found = []
    for approval in approvals:
        kind = approval_kinds.find(approval.kind)
        found.append(
            Row(approval, kind.label if kind else approval.kind, kind.describe(approval) if kind else str(approval))
        )
    return found


def sheet(approval: Approval, user: User) -> Sheet:
    """One request in words, as this user sees it."""
    kind = approval_kinds.find(approval.kind)
    steps = list(approval.steps.select_related("decided_by", "for_user"))
    decides, place = _decides(approval, steps, user)
    return Sheet(
        approval=approval,
        label=kind.label if kind else approval.kind,
        sentence=kind.describe(approval) if kind else str(approval),
        url=kind.url(approval) if kind else "",
        lines=kind.lines(approval, user) if kind and kind.lines else (),
        steps=_step_rows(kind, steps),
        events=list(approval.events.select_related("by", "for_user")),
        decides=decides,
        in_place_of=place,
        is_own=approval.asked_by_id == user.pk,
    )


def _decides(approval: Approval, steps: Sequence[ApprovalStep], user: User) -> tuple[bool, User | None]:
    """Whether to offer the decision, and in whose place; the service decides for good."""
    now = next((step for step in steps if step.position == approval.step), None)
    if not approval.is_open or now is None or approval.asked_by_id == user.pk:
        return False, None
    if not queries.customer_is_visible(approval, user):
        return False, None
    people = list(User.objects.filter(pk__in=now.approver_ids))
    if user in people or approvers.is_above(user, people):
        return True, None
    giver = next((giver for giver in approvers.givers_to(user) if giver in people), None)
    return giver is not None, giver


def _step_rows(kind: ApprovalKind | None, steps: Sequence[ApprovalStep]) -> list[StepRow]:
    wanted = {pk for step in steps for pk in step.approver_ids}
    names = {user.pk: user for user in User.objects.filter(pk__in=wanted)}
    return [
        StepRow(
            step,
            kind.steps[step.position - 1].label if kind and step.position <= len(kind.steps) else "",
            [names[pk] for pk in step.approver_ids if pk in names],
        )
        for step in steps
    ]
