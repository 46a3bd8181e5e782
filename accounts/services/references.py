"""Moving everything that names one customer to another, by the registry, and moving it back."""

import json
from typing import Any

from django.apps import apps
from django.db import connection, models

from accounts.models import Merge, MergeMove
from accounts.registry import CustomerReference, Follow, customer_references


def move_all(*, merge: Merge) -> int:
    """Give the survivor what names the loser, put aside what can't go; returns how many rows moved.

    Keeps the ids and the removed rows with the merge. Must run inside the transaction of the merge.
    """
    count = 0
    for reference in customer_references:
        if reference.follow is Follow.STAY:
            continue
        removed = _put_aside(reference, merge)
        moved = _move(reference, merge) if reference.follow is Follow.MOVE else []
        if removed or moved:
            MergeMove.objects.create(merge=merge, reference=reference.key, moved=moved, removed=removed)
            count += len(moved)
    return count


def move_back(*, merge: Merge) -> int:
    """Give the loser back what the survivor still has of it, and what was put aside; returns how many rows moved."""
    count = 0
    for kept in merge.moves.all():
        reference = customer_references.find(kept.reference)
        if reference is None:
            continue
        model = apps.get_model(reference.model)
        count += _update(model, reference.column, merge.loser_id, merge.survivor_id, kept.moved)
        _restore(model, kept.removed)
    return count


def restore_row(model: type[models.Model], row: dict[str, Any]) -> None:
    """Insert one row as it was stored; columns made since take their defaults."""
    _restore(model, [row])


def stored_row(model: type[models.Model], pk: int) -> dict[str, Any]:
    """One row as the database knows it, for `restore_row`."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t) FROM {model._meta.db_table} AS t WHERE id = %s", [pk])  # noqa: S608
        return _as_dict(cursor.fetchone()[0])


def _as_dict(row: str) -> dict[str, Any]:
    # Exact numbers stay text: a float would lose the last digits of an amount.
    stored: dict[str, Any] = json.loads(row, parse_float=str)
    return stored


def _put_aside(reference: CustomerReference, merge: Merge) -> list[dict[str, Any]]:
    table = apps.get_model(reference.model)._meta.db_table
    sql = f"DELETE FROM {table} AS gone WHERE gone.{reference.column} = %s"  # noqa: S608 - our own names
    params = [merge.loser_id]
    if reference.follow is Follow.MOVE:
        if not reference.clash:
            return []
        clash = reference.clash.format(gone="gone", kept="kept")
        sql += f" AND EXISTS (SELECT FROM {table} AS kept WHERE kept.{reference.column} = %s AND {clash})"
        params.append(merge.survivor_id)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING to_jsonb(gone)", params)
        return [_as_dict(row) for (row,) in cursor.fetchall()]


def _move(reference: CustomerReference, merge: Merge) -> list[int]:
    model = apps.get_model(reference.model)
    table, key = model._meta.db_table, model._meta.pk.column
    stamp = ", updated_at = now()" if _is_stamped(model) else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {reference.column} = %s{stamp} WHERE {reference.column} = %s RETURNING {key}",  # noqa: S608
            [merge.survivor_id, merge.loser_id],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _update(model: type[models.Model], column: str, to: int, of: int, ids: list[int]) -> int:
    if not ids:
        return 0
    stamp = ", updated_at = now()" if _is_stamped(model) else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} SET {column} = %s{stamp}"  # noqa: S608
            f" WHERE {column} = %s AND {model._meta.pk.column} = ANY(%s)",
            [to, of, ids],
        )
        return int(cursor.rowcount)


def _is_stamped(model: type[models.Model]) -> bool:
    return any(field.name == "updated_at" for field in model._meta.concrete_fields)


def _restore(model: type[models.Model], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    table = model._meta.db_table
    columns = {field.column for field in model._meta.concrete_fields}
    names = ", ".join(f'"{name}"' for name in rows[0] if name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"  # noqa: S608
            " ON CONFLICT DO NOTHING",
            [json.dumps(rows)],
        )
