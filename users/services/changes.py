"""Writing the change log. Every service that changes rows opens a change set in its transaction."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import models

from crm.lib.requests import is_program, request_id
from users.constants import Action, Cause
from users.models import Change, ChangeSet, User

# Derived columns say nothing a reader of the log wants to know; secrets must not stand in it.
_DERIVED = {"search_text", "search_grams", "sort_key", "updated_at", "created_at", "last_login"}
_SKIPPED = _DERIVED | {"password", "secret_hash", "secret", "old_secret"}

JsonRow = dict[str, Any]


def open_set(
    *,
    by: User | None,
    cause: Cause,
    summary: str = "",
    run_id: int | None = None,
    undoes: ChangeSet | None = None,
) -> ChangeSet:
    """Start a change set; call it inside the transaction of the rows it will describe.

    What services take for a page is the API while a program is served.
    """
    door = Cause.API if cause == Cause.PAGE and is_program.get() else cause
    return ChangeSet.objects.create(
        actor=by, cause=door, summary=summary[:200], request_id=request_id.get(), run_id=run_id, undoes=undoes
    )


def snapshot(row: models.Model) -> JsonRow:
    """A row's own columns as JSON values; take it before changing the row."""
    return {
        field.attname: _json(field, getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if not (field.primary_key or field.attname in _SKIPPED or _counts_saves(field))
    }


def record_create(
    change_set: ChangeSet, row: models.Model, *, customer_id: int | None = None, extra: JsonRow | None = None
) -> Change:
    """Log a row that was created; `extra` is what belongs to it and stands in other tables."""
    return Change.objects.create(
        change_set=change_set,
        action=Action.CREATE,
        model=row._meta.label_lower,
        object_id=row.pk,
        customer_id=customer_id,
        after=snapshot(row) | (extra or {}),
    )


def record_update(
    change_set: ChangeSet,
    row: models.Model,
    before: JsonRow,
    *,
    customer_id: int | None = None,
    extra: JsonRow | None = None,
) -> Change | None:
    """Log the fields of a row that differ from `before`; None, and nothing logged, if none does.

    `extra` is what belongs to the row and stands in other tables, as it is now; `before` holds it as it was.
    """
    change = _difference(change_set, row, before, customer_id, snapshot(row) | (extra or {}))
    if change is not None:
        change.save()
    return change


def record_delete(change_set: ChangeSet, row: models.Model, *, customer_id: int | None = None) -> Change:
    """Log a row about to be deleted; call it while the row still has its id."""
    return Change.objects.create(
        change_set=change_set,
        action=Action.DELETE,
        model=row._meta.label_lower,
        object_id=row.pk,
        customer_id=customer_id,
        before=snapshot(row),
    )


def record_bulk(
    change_set: ChangeSet, model: type[models.Model], ids: Sequence[int], *, action: Action = Action.BULK_CREATE
) -> Change | None:
    """Log a batch of rows by the ranges of their ids; the first range, None if there are none.

    Another transaction's ids may lie between ours: of created and deleted rows one range for each unbroken
    stretch, so that the log says exactly which rows they were.
    """
    ordered = sorted(ids)
    exact = action != Action.BULK_UPDATE
    gaps = [place for place, (a, b) in enumerate(pairwise(ordered), start=1) if exact and b != a + 1]
    breaks = [0, *gaps, len(ordered)]
    ranges = [
        Change(
            change_set=change_set,
            action=action,
            model=model._meta.label_lower,
            first_id=ordered[first],
            last_id=ordered[last - 1],
            rows=last - first,
        )
        for first, last in pairwise(breaks)
        if last > first
    ]
    made = Change.objects.bulk_create(ranges, batch_size=1_000)
    return made[0] if made else None


def record_updates(
    change_set: ChangeSet,
    pairs: Iterable[tuple[models.Model, JsonRow, int | None]],
    *,
    extras: Mapping[Any, JsonRow] | None = None,
) -> int:
    """Log many updated rows in one statement: (row, before, customer id). Returns how many differ.

    `extras`, by id, is what belongs to the rows and stands in other tables.
    """
    more = extras or {}
    found = (
        _difference(change_set, row, before, customer_id, snapshot(row) | more.get(row.pk, {}))
        for row, before, customer_id in pairs
    )
    changes = [change for change in found if change is not None]
    Change.objects.bulk_create(changes, batch_size=1_000)
    return len(changes)


def _difference(
    change_set: ChangeSet, row: models.Model, before: JsonRow, customer_id: int | None, after: JsonRow
) -> Change | None:
    changed = [name for name, value in after.items() if before.get(name) != value]
    if not changed:
        return None
    return Change(
        change_set=change_set,
        action=Action.UPDATE,
        model=row._meta.label_lower,
        object_id=row.pk,
        customer_id=customer_id,
        before={name: before.get(name) for name in changed},
        after={name: after[name] for name in changed},
    )


def _counts_saves(field: models.Field[Any, Any]) -> bool:
    """Whether a column only tells editors that somebody was there before; a version of parameters is more."""
    return field.attname == "version" and field.has_default()


def _json(field: models.Field[Any, Any], value: Any) -> Any:
    """A column's value as JSON keeps it, the same before and after it went through the database."""
    if isinstance(field, models.DecimalField) and value is not None:
        return str(Decimal(value).quantize(Decimal(1).scaleb(-field.decimal_places)))
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value
