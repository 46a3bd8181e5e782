"""The same change to many customers at once, each checked, all in one change set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils import timezone

from accounts import events
from accounts.models import Customer
from accounts.queries import rights
from users.constants import Cause
from users.models import ChangeSet, User
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
    events.tell_changed(
        {
            row.pk: [name for name, value in values.items() if before.get(name) != value]
            for row, before in zip(rows, befores, strict=True)
        }
    )
    return change_set
