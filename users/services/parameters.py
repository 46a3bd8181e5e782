"""Saving versions of parameters. What is in force is read in `users.queries.parameters`."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from users.constants import Cause
from users.errors import Conflict, Invalid
from users.models import ParameterSet, User
from users.parameters import build, kinds, to_payload
from users.queries.parameters import MAIN, InForce, in_force, latest_version
from users.services import changes

__all__ = ["InForce", "in_force", "save"]


@transaction.atomic
def save(
    *,
    kind: str,
    values: Any,
    valid_from: dt.date,
    by: User | None,
    note: str = "",
    name: str = MAIN,
    base_version: int | None = None,
    cause: Cause = Cause.PAGE,
    approved: bool = False,
) -> ParameterSet:
    """Save a new version with its change set. Two saves at once get two versions, one after the other.

    Of a kind that takes approval a user saves none: they ask in `parameter_approvals`.

    Raises
    ------
    Invalid
        If a value is out of its range or the values don't fit each other; it names the fields.
    Conflict
        If `base_version`, the last one the editor saw, is no longer the last.
    PermissionDenied
        If the kind takes approval and this wasn't approved.
    """
    if kinds.get(kind).approval and by is not None and not approved:
        raise PermissionDenied
    _built, faults = build(kinds.get(kind), _values(values))
    if faults:
        raise Invalid(faults)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"parameters:{kind}:{name}"])
    latest = latest_version(kind, name=name)
    if base_version is not None and base_version != latest:
        raise Conflict(latest)
    row = ParameterSet.objects.create(
        kind=kind,
        name=name,
        version=latest + 1,
        valid_from=valid_from,
        payload=to_payload(values),
        note=note,
        by=by,
    )
    change_set = changes.open_set(by=by, cause=cause, summary=str(row))
    changes.record_create(change_set, row)
    return row


def _values(values: Any) -> dict[str, Any]:
    """The fields of a parameter dataclass, not copied into JSON."""
    return {name: getattr(values, name) for name in values.__dataclass_fields__}
