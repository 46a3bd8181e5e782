"""Reading and saving versions of parameters."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from users.constants import Cause
from users.models import ParameterSet, User
from users.parameters import from_payload, kinds, to_payload
from users.services import changes


@dataclass(frozen=True)
class InForce:
    """The parameters of a kind on a day: the values, and which version they are (0: the defaults)."""

    kind: str
    name: str
    version: int
    values: Any


def in_force(kind: str, *, on: dt.date, name: str = "main") -> InForce:
    """The version in force on a day, or the defaults if none has been saved."""
    row = (
        ParameterSet.objects.filter(kind=kind, name=name, valid_from__lte=on)
        .order_by("-valid_from", "-version")
        .first()
    )
    if row is None:
        return InForce(kind, name, 0, kinds.get(kind).payload())
    return InForce(kind, name, row.version, from_payload(kinds.get(kind), row.payload))


@transaction.atomic
def save(
    *, kind: str, values: Any, valid_from: dt.date, by: User | None, note: str = "", name: str = "main"
) -> ParameterSet:
    """Save a new version with its change set. Two saves at once get two versions, one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"parameters:{kind}:{name}"])
    latest = ParameterSet.objects.filter(kind=kind, name=name).order_by("-version").first()
    row = ParameterSet.objects.create(
        kind=kind,
        name=name,
        version=(latest.version if latest else 0) + 1,
        valid_from=valid_from,
        payload=to_payload(values),
        note=note,
        by=by,
    )
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=str(row))
    changes.record_create(change_set, row)
    return row
