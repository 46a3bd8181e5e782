"""Putting rows back and removing them, a statement for each kind, logged as any change."""

from collections.abc import Iterable, Sequence

from django.apps import apps
from django.db import connection

from users.constants import Action
from users.models import ChangeSet
from users.services import changes
from users.undoing import TABLE, Rows, belongings, columns_of, query, undoings


def lock(parts: Iterable[Rows]) -> None:
    """Lock the rows in the order of their ids, so that nobody changes them before the end."""
    for rows in parts:
        sql = f"""
            SELECT count(*) FROM (SELECT t.id FROM {rows.table} AS t JOIN {TABLE} AS u ON u.id = t.id
            WHERE u.model = %s ORDER BY t.id FOR UPDATE OF t) AS locked
        """  # noqa: S608 - names of our own
        query(sql, [rows.label])


def apply(back: ChangeSet, parts: Sequence[Rows]) -> None:
    """Take back the rows of each model in turn: first put back, then remove."""
    for rows in parts:
        undoing = undoings.get(rows.label)
        _restore(rows)
        undoing.restored(rows)
        _log_restored(back, rows)
        undoing.removing(rows)
        _remove(back, rows)


def _restore(rows: Rows) -> None:
    """Put the logged columns back; a column that wasn't logged keeps what it has."""
    model = apps.get_model(rows.label)
    names = {field.attname for field in model._meta.concrete_fields}
    columns = ", ".join(f'"{name}"' for name in columns_of(model))
    values = ", ".join(f'r."{name}"' for name in columns_of(model))
    stamps = {"version": "t.version + 1", "updated_at": "now()"}
    columns_and = "".join(f", {name} = {value}" for name, value in stamps.items() if name in names)
    sql = f"""
        UPDATE {rows.table} AS t
        SET ({columns}) = (SELECT {values} FROM jsonb_populate_record(t, u.before) AS r){columns_and}
        FROM {TABLE} AS u WHERE u.model = %s AND u.kind = 'restore' AND u.id = t.id
    """  # noqa: S608 - names of our own columns
    query(sql, [rows.label])


def _log_restored(back: ChangeSet, rows: Rows) -> None:
    sql = f"""
        INSERT INTO users_change (change_set_id, action, model, object_id, customer_id, before, after, rows)
        SELECT %s, %s, model, id, customer_id, after, before, 1 FROM {TABLE}
        WHERE model = %s AND kind = 'restore' ORDER BY id
    """  # noqa: S608 - names of our own
    query(sql, [back.pk, Action.UPDATE, rows.label])


def _remove(back: ChangeSet, rows: Rows) -> None:
    """Delete the created rows with what belongs to them; the log keeps which they were."""
    model = apps.get_model(rows.label)
    with connection.cursor() as cursor:
        for one in belongings:
            if one.owner == rows.label:
                cursor.execute(
                    f"DELETE FROM {Rows(one.label).table} AS r USING {TABLE} AS u"  # noqa: S608 - names of our own
                    f" WHERE u.model = %s AND u.kind = 'remove' AND u.id = r.{one.column}",
                    [rows.label],
                )
    for ids in rows.removed():
        changes.record_bulk(back, model, ids, action=Action.BULK_DELETE)
    query(
        f"DELETE FROM {rows.table} AS t USING {TABLE} AS u WHERE u.model = %s AND u.kind = 'remove' AND u.id = t.id",  # noqa: S608
        [rows.label],
    )
