"""Which rows a change set is about, and what stands against taking it back. Everything in the database, set by set."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from users.constants import Action, Cause
from users.models import Change, ChangeSet, User
from users.undoing import TABLE, Reason, Rows, belongings, columns_of, query, undo_guards, undoings

_CREATES = (Action.CREATE, Action.BULK_CREATE)
_HANDLED = (*_CREATES, Action.UPDATE, Action.EXPORT)
_SHOWN = 5


def drop() -> None:
    """Forget the rows of an earlier look in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{TABLE}")


def collect(change_set: ChangeSet) -> None:
    """Write the rows of a change set into the temporary table, with their columns as they were and as they were left.

    A row changed several times goes back to the first; one that the set itself created is removed.
    """
    drop()
    params: dict[str, Any] = {
        "set": change_set.pk,
        "models": undoings.keys(),
        "update": Action.UPDATE,
        "creates": list(_CREATES),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE {TABLE} (model text, id bigint, kind text, before jsonb, after jsonb,"
            " customer_id bigint, PRIMARY KEY (model, id)) ON COMMIT DROP"
        )
        cursor.execute(_REMOVED, params)
        cursor.execute(_RESTORED, params)
        for undoing in undoings:
            table = Rows(undoing.label).table
            cursor.execute(
                f"DELETE FROM {TABLE} AS u WHERE model = %s AND kind = 'remove'"  # noqa: S608 - names of our own
                f" AND NOT EXISTS (SELECT FROM {table} AS t WHERE t.id = u.id)",
                [undoing.label],
            )
        cursor.execute(f"ANALYZE {TABLE}")


_REMOVED = f"""
    INSERT INTO {TABLE} (model, id, kind)
    SELECT c.model, one.id, 'remove' FROM users_change AS c
    CROSS JOIN LATERAL generate_series(coalesce(c.first_id, c.object_id), coalesce(c.last_id, c.object_id)) AS one(id)
    WHERE c.change_set_id = %(set)s AND c.action = ANY(%(creates)s) AND c.model = ANY(%(models)s)
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - names of our own

_RESTORED = f"""
    INSERT INTO {TABLE} (model, id, kind, before, after, customer_id)
    SELECT c.model, c.object_id, 'restore', jsonb_object_agg(b.key, b.value ORDER BY c.id DESC),
           jsonb_object_agg(b.key, c.after -> b.key ORDER BY c.id), max(c.customer_id)
    FROM users_change AS c CROSS JOIN LATERAL jsonb_each(c.before) AS b
    WHERE c.change_set_id = %(set)s AND c.action = %(update)s AND c.model = ANY(%(models)s)
    GROUP BY c.model, c.object_id
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - names of our own


def unknown(change_set: ChangeSet) -> list[Reason]:
    """What of a change set can't be taken back at all: its models, its acts, ranges with strangers in them."""
    reasons = []
    found = Change.objects.filter(change_set=change_set).values_list("model", "action").distinct().order_by("model")
    for label, action in found:
        undoing = undoings.find(label)
        closed = undoing is not None and undoing.causes and change_set.cause not in undoing.causes
        if undoing is None or closed or action not in _HANDLED:
            what = {"kind": _kind(label), "act": Action(action).label}
            reasons.append(Reason(_("%(kind)s – %(act)s: changes of this kind aren't taken back here.") % what))
    sql = (
        "SELECT count(*) FROM users_change WHERE change_set_id = %s AND action = %s AND last_id - first_id + 1 <> rows"
    )
    if query(sql, [change_set.pk, Action.BULK_CREATE])[0][0]:
        reasons.append(Reason(_("The log doesn't say exactly which rows were created.")))
    if Change.objects.filter(change_set=change_set, action=Action.EXPORT).exists():
        reasons.append(Reason(_("What left the house as a file can't be taken back.")))
    return reasons


def against(change_set: ChangeSet, rows: Rows, by: User) -> list[Reason]:
    """What stands against taking back the rows of one model."""
    reasons = [_gone(rows), *_changed_since(change_set, rows, by), *_hanging(rows, by)]
    found = [reason for reason in reasons if reason is not None]
    keys = [key for key in undo_guards.keys() if key.partition(":")[0] == rows.label]  # noqa: SIM118 - no dict
    for key in keys:
        found += undo_guards.get(key)(by, rows)
    return found


def _gone(rows: Rows) -> Reason | None:
    sql = f"""
        SELECT count(*) FROM {TABLE} AS u WHERE u.model = %s AND u.kind = 'restore'
        AND NOT EXISTS (SELECT FROM {rows.table} AS t WHERE t.id = u.id)
    """  # noqa: S608 - names of our own
    count = query(sql, [rows.label])[0][0]
    return Reason(_("%(kind)s: deleted since") % {"kind": _kind(rows.label)}, count) if count else None


# A change that was itself taken back, and the taking back, are as if they had never been. What a job made of created
# rows (their stage, their grade) follows from them and goes with them.
_LATER = f"""
    SELECT u.id FROM {TABLE} AS u
    WHERE u.model = %(model)s AND EXISTS (
        SELECT FROM users_change AS later JOIN users_changeset AS s ON s.id = later.change_set_id
        WHERE later.model = u.model AND later.object_id = u.id AND later.change_set_id > %(set)s
        AND s.undoes_id IS NULL AND NOT EXISTS (SELECT FROM users_changeset AS back WHERE back.undoes_id = s.id)
        AND (u.kind = 'remove' AND NOT (s.cause = %(run)s AND s.actor_id IS NULL)
             OR u.kind = 'restore' AND later.before ?| ARRAY(SELECT jsonb_object_keys(u.before))))
    ORDER BY u.id
"""  # noqa: S608 - names of our own


def _changed_since(change_set: ChangeSet, rows: Rows, by: User) -> list[Reason]:
    ids = [pk for (pk,) in query(_LATER, {"model": rows.label, "set": change_set.pk, "run": Cause.RUN})]
    model = apps.get_model(rows.label)
    logged = query(
        f"SELECT DISTINCT jsonb_object_keys(before) FROM {TABLE} WHERE model = %s AND kind = 'restore'",  # noqa: S608
        [rows.label],
    )
    columns = sorted({name for (name,) in logged} & set(columns_of(model)))
    if columns:
        now, was = (", ".join(f'{row}."{name}"' for name in columns) for row in ("t", "r"))
        sql = f"""
            SELECT u.id FROM {TABLE} AS u JOIN {rows.table} AS t ON t.id = u.id
            CROSS JOIN LATERAL jsonb_populate_record(t, u.after) AS r
            WHERE u.model = %s AND u.kind = 'restore' AND ROW({now}) IS DISTINCT FROM ROW({was})
        """  # noqa: S608 - names of our own columns
        ids = sorted({*ids, *(pk for (pk,) in query(sql, [rows.label]))})
    if not ids:
        return []
    text = _("%(kind)s: changed since") % {"kind": _kind(rows.label)}
    return [Reason(text, len(ids), names(rows.label, ids[:_SHOWN], by))]


def _hanging(rows: Rows, by: User) -> list[Reason]:
    """Rows of other tables that point to rows about to go, and don't go themselves."""
    reasons = []
    if not query(f"SELECT 1 FROM {TABLE} WHERE model = %s AND kind = 'remove' LIMIT 1", [rows.label]):  # noqa: S608
        return []
    for relation in apps.get_model(rows.label)._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)):
            continue
        field = relation.field
        label = field.model._meta.label_lower
        goes_along = any(one.label == label and one.column == field.column for one in belongings)
        if goes_along or not isinstance(field, ForeignKey):
            continue
        sql, params = _pointing(rows, label, field)
        found = query(sql, params)
        if found:
            ids = sorted({pk for _row, pk in found})
            what = _counted(field.model._meta.verbose_name_plural, len({row for row, _pk in found}))
            text = _("%(kind)s: %(what)s depend on them") % {"kind": _kind(rows.label), "what": what}
            reasons.append(Reason(text, len(ids), names(rows.label, ids[:_SHOWN], by)))
    return reasons


def _pointing(rows: Rows, label: str, field: ForeignKey) -> tuple[str, list[str]]:  # type: ignore[type-arg]
    """The rows that point to removed ones but for those that the undo itself removes or writes anew."""
    table, params = field.model._meta.db_table, [rows.label]
    excluded = ""
    if label in undoings:
        excluded += f" AND NOT EXISTS (SELECT FROM {TABLE} AS o WHERE o.model = %s AND o.id = r.id)"
        params.append(label)
    for one in belongings:
        if one.label == label:
            excluded += f" AND NOT EXISTS (SELECT FROM {TABLE} AS o WHERE o.model = %s AND o.id = r.{one.column})"
            params.append(one.owner)
    sql = f"""
        SELECT r.ctid::text, u.id FROM {TABLE} AS u JOIN {table} AS r ON r."{field.column}" = u.id
        WHERE u.model = %s AND u.kind = 'remove' {excluded} ORDER BY u.id LIMIT 10000
    """  # noqa: S608 - names of our own tables
    return sql, params


def names(label: str, ids: Sequence[int], by: User) -> list[str]:
    """What some rows are called, as far as the user may see them."""
    found = apps.get_model(label)._default_manager.filter(pk__in=ids)
    seen = found.visible_to(by) if hasattr(found, "visible_to") else found
    return [str(row) for row in seen.order_by("pk")]


def _kind(label: str) -> str:
    try:
        name = str(apps.get_model(label)._meta.verbose_name_plural)
    except LookupError:
        return label
    return name[:1].upper() + name[1:]


def _counted(kind: object, count: int) -> str:
    return ngettext("%(count)s row of %(kind)s", "%(count)s rows of %(kind)s", count) % {"count": count, "kind": kind}
