"""How changes of customers and contacts are taken back."""

from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Contact, Customer
from accounts.models.customers import DERIVED
from accounts.queries import groups
from accounts.scope import acting_scope
from crm.lib import dates
from crm.lib.rows import copy_rows
from users.models import User
from users.roles import Permission
from users.undoing import TABLE, Belonging, Reason, Rows, Undoing, belongings, query, undo_guards, undoings

_NAMED = {"name", "short_name", "former_names", "code", "tax_number"}
_CONTACT_NAMED = {"name", "email", "wechat", "mobile", "phone"}


def _forbidden(by: User, rows: Rows) -> int:
    """Customers the user may not put back or remove.

    Who gave a customer away may take it back, though it has left their reach: what counts is where it was.
    """
    found = query(
        f"""
        SELECT u.kind, coalesce(u.before ?| ARRAY['owner_id', 'department_id'], false),
               coalesce(u.before - ARRAY['owner_id', 'department_id', 'life_cycle'] <> '{{}}', false),
               coalesce(u.before ? 'life_cycle', false),
               CASE WHEN u.before ? 'owner_id' THEN (u.before ->> 'owner_id')::bigint ELSE t.owner_id END,
               CASE WHEN u.before ? 'department_id' THEN (u.before ->> 'department_id')::bigint
                    ELSE t.department_id END, count(*)
        FROM {TABLE} AS u JOIN {rows.table} AS t ON t.id = u.id WHERE u.model = %s GROUP BY 1, 2, 3, 4, 5, 6
        """,  # noqa: S608 - names of our own
        [rows.label],
    )
    count = 0
    for kind, handed, edited, staged, owner_id, department_id, number in found:
        asked = [Permission.CUSTOMER_CREATE] if kind == "remove" else []
        asked += [Permission.CUSTOMER_REASSIGN] * handed + [Permission.CUSTOMER_EDIT] * edited
        asked += [Permission.CUSTOMER_STAGE] * staged
        covered = (acting_scope(by, one).covers(owner_id=owner_id, department_id=department_id) for one in asked)
        count += 0 if all(covered) else number
    return count


def _contacts_forbidden(by: User, rows: Rows) -> int:
    found = query(
        f"""
        SELECT c.owner_id, c.department_id, count(*)
        FROM {TABLE} AS u JOIN {rows.table} AS t ON t.id = u.id JOIN accounts_customer AS c ON c.id = t.customer_id
        WHERE u.model = %s GROUP BY 1, 2
        """,  # noqa: S608 - names of our own
        [rows.label],
    )
    scope = acting_scope(by, Permission.CUSTOMER_EDIT)
    return sum(n for owner, department, n in found if not scope.covers(owner_id=owner, department_id=department))


def _restored(rows: Rows) -> None:
    """Bring search keys up to date, and write the steps of the life cycle that went back."""
    for batch in rows.restored():
        renamed = [pk for pk, before, _after in batch if _NAMED & set(before)]
        if renamed:
            _write_keys(renamed)
    query(
        f"""
        INSERT INTO accounts_lifecycletransition (customer_id, before, after, "on", reason, by_id)
        SELECT u.id, u.after ->> 'life_cycle', u.before ->> 'life_cycle', %s, %s, NULL FROM {TABLE} AS u
        WHERE u.model = %s AND u.kind = 'restore' AND u.before ? 'life_cycle' ORDER BY u.id
        """,  # noqa: S608 - names of our own
        [dates.today(), _("Taken back"), rows.label],
    )


def _write_keys(ids: Sequence[int]) -> None:
    found = list(Customer.objects.filter(pk__in=ids).order_by("pk"))
    for row in found:
        row.set_search_keys()
    columns = ("id", *DERIVED)
    _overwrite(Customer._meta.db_table, columns, [[getattr(row, name) for name in columns] for row in found])


def _contacts_restored(rows: Rows) -> None:
    for batch in rows.restored():
        renamed = [pk for pk, before, _after in batch if _CONTACT_NAMED & set(before)]
        found = list(Contact.objects.filter(pk__in=renamed).order_by("pk"))
        for row in found:
            row.set_search_keys()
        columns = ("id", "search_text", "search_grams")
        _overwrite(Contact._meta.db_table, columns, [[getattr(row, name) for name in columns] for row in found])


def _overwrite(table: str, columns: Sequence[str], values: Sequence[Sequence[object]]) -> None:
    """Write some columns of many rows, each its own, through one COPY."""
    if not values:
        return
    with connection.cursor() as cursor:
        names = ", ".join(columns)
        cursor.execute(f"CREATE TEMP TABLE undo_keys ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0")  # noqa: S608
        copy_rows("undo_keys", columns, values)
        assignments = ", ".join(f"{name} = k.{name}" for name in columns[1:])
        cursor.execute(f"UPDATE {table} AS t SET {assignments} FROM undo_keys AS k WHERE k.id = t.id")  # noqa: S608
        cursor.execute("DROP TABLE undo_keys")


def _circles(_by: User, rows: Rows) -> list[Reason]:
    """Customers whose old parent belongs under them by now."""
    moved = query(
        f"SELECT id, (before ->> 'parent_id')::bigint FROM {TABLE}"  # noqa: S608 - names of our own
        " WHERE model = %s AND kind = 'restore' AND before ->> 'parent_id' IS NOT NULL",
        [rows.label],
    )
    closed = groups.circles(dict(moved))
    return [Reason(_("Their old parent company belongs under them by now"), len(closed))] if closed else []


def register() -> None:
    """Fill the registries of undo."""
    customer, contact = Customer._meta.label_lower, Contact._meta.label_lower
    undoings.add(customer, Undoing(customer, _forbidden, restored=_restored))
    undoings.add(contact, Undoing(contact, _contacts_forbidden, restored=_contacts_restored))
    steps = "accounts.lifecycletransition"
    belongings.add(steps, Belonging(steps, "customer_id", customer))
    undo_guards.add(f"{customer}:circles", _circles)
