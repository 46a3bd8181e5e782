"""Approvals: asking, deciding, withdrawing; what wasn't decided in time is raised, then expires."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from users.approvals import ApprovalKind, Step, approval_kinds
from users.constants import ApprovalEventKind as Happened
from users.constants import ApprovalState, Cause, StepState, UserKind
from users.errors import AlreadyDecided, CannotApply, Invalid, NobodyToAsk, NotAnApprover, OwnRequest
from users.models import Approval, ApprovalEvent, ApprovalStep, ChangeSet, User
from users.queries import approvals as queries
from users.queries import approvers
from users.registry import approval_hooks
from users.services import changes

logger = logging.getLogger(__name__)

OVERDUE_AT_ONCE = 200
REFUSALS = (CannotApply, Invalid, ValidationError, PermissionDenied)


@transaction.atomic
def ask(
    *,
    kind: str,
    by: User,
    values: dict[str, Any],
    reason: str = "",
    customer_id: int | None = None,
    object_id: int | None = None,
    cause: Cause = Cause.PAGE,
) -> Approval:
    """Ask for an approval; those who decide the first step are told.

    Whether the asker may ask for this is the caller's to check. Raises NobodyToAsk if no one could decide.
    """
    of = approval_kinds.get(kind)
    approval = Approval(
        kind=kind,
        asked_by=by,
        reason=reason.strip(),
        customer_id=customer_id,
        object_id=object_id,
        values=values,
        due_at=_deadline(of),
    )
    places = [place for place, step in enumerate(of.steps, start=1) if step.needed(approval)]
    if not places:
        raise ValueError(f"{kind} needs no step: carry it out instead of asking")
    approval.step = places[0]
    approval.save()
    ApprovalStep.objects.bulk_create(ApprovalStep(approval=approval, position=place) for place in places)
    changes.record_create(_change_set(by, cause, approval), approval, customer_id=customer_id)
    _note(approval, Happened.ASKED, by=by, comment=approval.reason)
    _begin_step(approval)
    return approval


@transaction.atomic
def decide(*, approval_id: int, approve: bool, by: User, comment: str = "", step: int | None = None) -> Approval:
    """Decide the step that waits. Of two at once exactly one does, the other gets AlreadyDecided naming who.

    The last approval carries the request out in this transaction. If that is refused, everything stays as it
    was: the approval comes back open, and its `blocked` says why. `step` is the one the decider saw.

    Raises
    ------
    Approval.DoesNotExist
        If the user may not see the request, or not the customer it concerns.
    AlreadyDecided
        If somebody decided, withdrew or let it expire meanwhile.
    OwnRequest, NotAnApprover
        If the decision isn't the user's; both are PermissionDenied.
    """
    approval = _locked(approval_id, by)
    _refuse_late(approval, step)
    kind = approval_kinds.get(approval.kind)
    row = approval.steps.get(position=approval.step)
    for_user = _in_whose_place(approval, row, kind, by)
    before = changes.snapshot(approval)
    try:
        with transaction.atomic():
            _write_decision(approval, row, approve=approve, by=by, for_user=for_user, comment=comment.strip())
            _go_on(approval, kind, approve=approve, by=by)
            changes.record_update(
                _change_set(by, Cause.PAGE, approval), approval, before, customer_id=approval.customer_id
            )
    except REFUSALS as refusal:
        return _keep_open(approval_id, refusal, by=by, for_user=for_user)
    return approval


@transaction.atomic
def withdraw(*, approval_id: int, by: User, comment: str = "") -> Approval:
    """Take one's own request back. Raises Approval.DoesNotExist, NotAnApprover and AlreadyDecided."""
    approval = _locked(approval_id, by)
    if approval.asked_by_id != by.pk:
        raise NotAnApprover
    _refuse_late(approval, None)
    _note(approval, Happened.WITHDRAWN, by=by, comment=comment.strip())
    _end(approval, ApprovalState.WITHDRAWN, by=by)
    return approval


@transaction.atomic
def add_comment(*, approval_id: int, by: User, comment: str) -> ApprovalEvent:
    """Say something about a request one sees. Raises Approval.DoesNotExist, and Invalid if nothing was said."""
    if not comment.strip():
        raise Invalid({"comment": _("Write something first.")})
    approval = _locked(approval_id, by)
    event = _note(approval, Happened.COMMENT, by=by, comment=comment.strip())
    if approval.is_open:
        step = approval.steps.get(position=approval.step)
        others = [*User.objects.filter(pk__in=step.approver_ids), approval.asked_by]
        _tell(approval, Happened.COMMENT, [user for user in others if user != by])
    return event


# ── Time ────────────────────────────────────────────────────────────────────


def expire_due(now: dt.datetime | None = None) -> int:
    """Raise what wasn't decided in time, or let it expire. Each in a transaction of its own; returns how many."""
    moment = now or timezone.now()
    due = Approval.objects.filter(state=ApprovalState.OPEN, due_at__lte=moment)
    count = 0
    for pk in due.order_by("due_at").values_list("pk", flat=True)[:OVERDUE_AT_ONCE]:
        try:
            count += _overdue(pk, moment)
        except Exception:  # a kind is another chapter's code: one that fails must not hold up the others
            logger.exception("approval %s could not be raised or expire", pk)
    return count


@transaction.atomic
def _overdue(approval_id: int, now: dt.datetime) -> bool:
    open_ones = Approval.objects.filter(state=ApprovalState.OPEN, due_at__lte=now)
    approval = open_ones.select_for_update(skip_locked=True).filter(pk=approval_id).first()
    kind = approval_kinds.find(approval.kind) if approval else None
    if approval is None:
        return False
    row = approval.steps.get(position=approval.step)
    higher = [] if kind is None or row.raised_ids else _higher(approval, kind)
    if kind is not None and higher:
        row.raised_ids = [user.pk for user in higher]
        row.approver_ids = sorted({*row.approver_ids, *row.raised_ids})
        row.save(update_fields=["raised_ids", "approver_ids"])
        approval.due_at = now + dt.timedelta(days=kind.deadline_days)
        approval.save(update_fields=["due_at"])
        _note(approval, Happened.RAISED)
        _tell(approval, Happened.RAISED, approvers.with_delegates(higher))
        return True
    _note(approval, Happened.EXPIRED)
    _end(approval, ApprovalState.EXPIRED, by=None)
    return True


def look_again(*, older_than: dt.timedelta = dt.timedelta(minutes=10), limit: int = 100) -> int:
    """Work out anew who may decide the open steps: people change roles, departments, and leave."""
    due = ApprovalStep.objects.filter(state=StepState.OPEN, looked_at__lt=timezone.now() - older_than)
    steps = due.select_related("approval__asked_by").order_by("looked_at")[:limit]
    count = 0
    for row in steps:
        kind = approval_kinds.find(row.approval.kind)
        ids = sorted(user.pk for user in _eligible(row.approval, row, kind)) if kind else row.approver_ids
        ApprovalStep.objects.filter(pk=row.pk, state=StepState.OPEN).update(approver_ids=ids, looked_at=timezone.now())
        count += 1
    return count


# ── Within a transaction ────────────────────────────────────────────────────


def _locked(approval_id: int, by: User) -> Approval:
    """The approval, locked, if the user may see it."""
    approval = Approval.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=approval_id)
    if not queries.visible_to(by).filter(pk=approval_id).exists() and not _may_see_as_approver(approval, by):
        raise Approval.DoesNotExist
    return approval


def _may_see_as_approver(approval: Approval, by: User) -> bool:
    """Whether someone became an approver since lists were last brought up to date."""
    kind = approval_kinds.find(approval.kind)
    row = approval.steps.filter(position=approval.step).first()
    if kind is None or row is None or not queries.customer_is_visible(approval, by):
        return False
    deciders = {user.pk for user in _eligible(approval, row, kind)}
    return bool(deciders & {by.pk, *(giver.pk for giver in approvers.givers_to(by))})


def _refuse_late(approval: Approval, step: int | None) -> None:
    if approval.is_open and step in (None, approval.step):
        return
    if approval.is_open:
        seen = approval.steps.filter(position=step or 0).select_related("decided_by").first()
        who = str(seen.decided_by or "") if seen else ""
        raise AlreadyDecided(who=who, state=seen.get_state_display() if seen else approval.get_state_display())
    last = approval.events.filter(kind=approval.state).select_related("by").last()
    raise AlreadyDecided(who=str(last.by) if last and last.by else "", state=approval.get_state_display())


def _in_whose_place(approval: Approval, row: ApprovalStep, kind: ApprovalKind, by: User) -> User | None:
    """For whom the user decides: None for themselves. Raises OwnRequest and NotAnApprover."""
    if approval.asked_by_id == by.pk:
        raise OwnRequest
    if not by.is_active or not queries.customer_is_visible(approval, by):
        raise NotAnApprover
    eligible = _eligible(approval, row, kind)
    if by in eligible or approvers.is_above(by, eligible):
        return None
    givers = approvers.givers_to(by)
    for giver in givers:
        if giver in eligible:
            return giver
    if approval.asked_by in givers:
        raise OwnRequest
    raise NotAnApprover


def _eligible(approval: Approval, row: ApprovalStep, kind: ApprovalKind) -> list[User]:
    """Who may decide a step as things are now: people, never who asked."""
    step = _step_of(kind, row.position)
    people = [*step.approvers(approval), *User.objects.filter(pk__in=row.raised_ids)]
    fit = (user for user in people if user.is_active and user.kind == UserKind.PERSON)
    return list({user.pk: user for user in fit if user.pk != approval.asked_by_id}.values())


def _step_of(kind: ApprovalKind, position: int) -> Step:
    return kind.steps[position - 1]


def _higher(approval: Approval, kind: ApprovalKind) -> list[User]:
    row = approval.steps.get(position=approval.step)
    return approvers.above(_eligible(approval, row, kind), but=approval.asked_by)


def _begin_step(approval: Approval) -> None:
    """Open the step whose turn it is, and tell those who decide it."""
    kind = approval_kinds.get(approval.kind)
    row = approval.steps.get(position=approval.step)
    people = _eligible(approval, row, kind)
    if not people:
        raise NobodyToAsk
    row.state, row.looked_at = StepState.OPEN, timezone.now()
    row.approver_ids = sorted(user.pk for user in people)
    row.save(update_fields=["state", "looked_at", "approver_ids"])
    told = [user for user in approvers.with_delegates(people) if user.pk != approval.asked_by_id]
    _tell(approval, Happened.ASKED, told)


def _write_decision(
    approval: Approval, row: ApprovalStep, *, approve: bool, by: User, for_user: User | None, comment: str
) -> None:
    row.state = StepState.APPROVED if approve else StepState.REFUSED
    row.decided_by, row.for_user, row.decided_at, row.comment = by, for_user, timezone.now(), comment
    row.save(update_fields=["state", "decided_by", "for_user", "decided_at", "comment"])
    happened = Happened.APPROVED if approve else Happened.REFUSED
    _note(approval, happened, by=by, for_user=for_user, comment=comment)


def _go_on(approval: Approval, kind: ApprovalKind, *, approve: bool, by: User) -> None:
    """After a decision: the next step, or the end."""
    following = approval.steps.filter(state=StepState.WAITING).order_by("position").first()
    if approve and following is not None:
        approval.step, approval.due_at, approval.blocked = following.position, _deadline(kind), ""
        approval.save(update_fields=["step", "due_at", "blocked"])
        _begin_step(approval)
        return
    _end(approval, ApprovalState.APPROVED if approve else ApprovalState.REFUSED, by=by)


def _end(approval: Approval, state: ApprovalState, *, by: User | None) -> None:
    """End an approval: carry it out or tell its kind that nothing comes of it, and tell the asker."""
    kind = approval_kinds.find(approval.kind)
    approval.state, approval.ended_at, approval.blocked = state, timezone.now(), ""
    approval.save(update_fields=["state", "ended_at", "blocked"])
    left = approval.steps.filter(state__in=[StepState.WAITING, StepState.OPEN])
    left.update(state=StepState.DROPPED)
    if kind is not None and state == ApprovalState.APPROVED and by is not None:
        kind.apply(approval, by)
    elif kind is not None and kind.refuse is not None:
        kind.refuse(approval, by)
    if by != approval.asked_by:
        _tell(approval, Happened(state), [approval.asked_by])


def _keep_open(approval_id: int, refusal: Exception, *, by: User, for_user: User | None) -> Approval:
    """After a refusal by what was to be carried out: note why; the row is still locked."""
    approval = Approval.objects.select_related("asked_by").get(pk=approval_id)
    approval.blocked = _worded(refusal)
    approval.save(update_fields=["blocked"])
    _note(approval, Happened.BLOCKED, by=by, for_user=for_user, comment=approval.blocked)
    return approval


def _worded(refusal: Exception) -> str:
    if isinstance(refusal, ValidationError):
        return " ".join(refusal.messages)
    if isinstance(refusal, Invalid):
        return " ".join(str(reason) for reason in refusal.faults.values())
    if isinstance(refusal, PermissionDenied) and not str(refusal):
        return str(NotAnApprover())
    return str(refusal)


def _note(
    approval: Approval, happened: Happened, *, by: User | None = None, for_user: User | None = None, comment: str = ""
) -> ApprovalEvent:
    return ApprovalEvent.objects.create(
        approval=approval, kind=happened, step=approval.step, by=by, for_user=for_user, comment=comment
    )


def _tell(approval: Approval, happened: Happened, people: Sequence[User]) -> None:
    for hook in approval_hooks:
        hook(approval, happened, people)


def _deadline(kind: ApprovalKind) -> dt.datetime:
    return timezone.now() + dt.timedelta(days=kind.deadline_days)


def _change_set(by: User, cause: Cause, approval: Approval) -> ChangeSet:
    return changes.open_set(by=by, cause=cause, summary=str(approval))
