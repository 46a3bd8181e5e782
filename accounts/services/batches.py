"""The same change to many customers at once, each checked, all in one change set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.constants import LifeCycle
from accounts.models import Customer, LifeCycleTransition
from accounts.queries import rights
from accounts.scope import acting_scope
from crm.lib import dates
from users.constants import Action, Cause
from users.models import Change, ChangeSet, User
from users.roles import Permission
from users.services import changes


@dataclass(frozen=True)
class Outcome:
    """What came of a change to many customers, in customers; `previous` holds the old values of the changed ones."""

    done: int
    unchanged: int
    refused: int
    missing: int
    change_set_id: int | None = None
    previous: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


def apply(
    *, customer_ids: Sequence[int], values: Mapping[str, Any], permission: Permission, summary: str, by: User
) -> Outcome:
    """Set columns of those customers that the user sees and may change, with their change set.

    Rows are locked in the order of their ids. Must run inside a transaction. Raises PermissionDenied if
    the user may do this to none of them.
    """
    wanted = set(customer_ids)
    visible = Customer.objects.visible_to(by).filter(pk__in=wanted)
    rows = list(visible.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    allowed = [row for row in rows if rights.may(by, permission, row)]
    if rows and not allowed:
        raise PermissionDenied
    differing = [row for row in allowed if any(getattr(row, name) != value for name, value in values.items())]
    previous = {row.pk: {name: getattr(row, name) for name in values} for row in differing}
    change_set = write(rows=differing, values=values, summary=summary, by=by) if differing else None
    return Outcome(
        done=len(differing),
        unchanged=len(allowed) - len(differing),
        refused=len(rows) - len(allowed),
        missing=len(wanted) - len(rows),
        change_set_id=change_set.pk if change_set else None,
        previous=previous,
    )


def write(*, rows: Sequence[Customer], values: Mapping[str, Any], summary: str, by: User) -> ChangeSet:
    """Set columns of locked rows in one statement and log each row's difference."""
    befores = [changes.snapshot(row) for row in rows]
    Customer.objects.filter(pk__in=[row.pk for row in rows]).update(
        **values, version=F("version") + 1, updated_at=timezone.now()
    )
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=summary)
    changes.record_updates(change_set, zip(rows, befores, (row.pk for row in rows), strict=True))
    return change_set


# What a batch can take back: the columns it sets, and what changing them asks.
_UNDOABLE = {
    "owner_id": Permission.CUSTOMER_REASSIGN,
    "department_id": Permission.CUSTOMER_REASSIGN,
    "life_cycle": Permission.CUSTOMER_EDIT,
}


@transaction.atomic
def undo(*, change_set_id: int, by: User) -> Outcome:
    """Take back a batch of one's own, customer by customer, where nothing was changed since.

    Raises ChangeSet.DoesNotExist for somebody else's or one that isn't a batch. Customers whose values
    are no longer those the batch gave, or that the user may no longer change, are refused and kept.
    """
    change_set = ChangeSet.objects.get(pk=change_set_id, actor=by)
    log = {
        change.object_id or 0: change
        for change in change_set.changes.filter(model=Customer._meta.label_lower, action=Action.UPDATE)
        if change.before and set(change.before) <= set(_UNDOABLE)
    }
    if not log:
        raise ChangeSet.DoesNotExist
    rows = Customer.objects.filter(pk__in=list(log)).select_for_update(no_key=True).order_by("pk")
    back: dict[tuple[tuple[str, Any], ...], list[Customer]] = {}
    for row in rows:
        if _can_go_back(row, log[row.pk], by):
            back.setdefault(tuple(sorted((log[row.pk].before or {}).items())), []).append(row)
    for values, together in back.items():
        if "life_cycle" in dict(values):
            _log_steps_back(together, dict(values)["life_cycle"], by)
        write(rows=together, values=dict(values), summary=_("Taken back"), by=by)
    done = sum(map(len, back.values()))
    return Outcome(done, 0, len(rows) - done, len(log) - len(rows))


def _can_go_back(row: Customer, change: Change, by: User) -> bool:
    before, after = change.before or {}, change.after or {}
    if any(getattr(row, name) != after.get(name) for name in before):
        return False
    # Who gave a customer away may take it back, though it has left their reach: they did have the right.
    return all(
        acting_scope(by, _UNDOABLE[name]).covers(
            owner_id=before.get("owner_id", row.owner_id),
            department_id=before.get("department_id", row.department_id),
        )
        for name in before
    )


def _log_steps_back(rows: Sequence[Customer], stage: str, by: User) -> None:
    LifeCycleTransition.objects.bulk_create(
        LifeCycleTransition(
            customer=row, before=row.life_cycle, after=LifeCycle(stage), on=dates.today(), reason=_("Taken back"), by=by
        )
        for row in rows
    )
