"""How changes of orders and products are taken back."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.scope import acting_scope
from jobs.services import outbox
from sales.constants import COUNTING
from sales.models import Category, Order, OrderLine, Product
from sales.services import order_writing, product_batches, rollup
from users.constants import Cause
from users.models import User
from users.roles import Permission
from users.undoing import TABLE, Belonging, Reason, Rows, Undoing, belongings, query, undo_guards, undoings

_LINE = {
    "position": "integer",
    "product_id": "bigint",
    "description": "text",
    "quantity": "numeric",
    "unit_price": "numeric",
    "discount_percent": "numeric",
    "tax_percent": "numeric",
    "net": "numeric",
    "base_minor": "bigint",
    "unit_cost": "numeric",
    "cost_minor": "bigint",
    "original_position": "integer",
}


def _forbidden(by: User, rows: Rows) -> int:
    """Orders of customers, now or before, whose orders aren't the user's to write."""
    found = query(
        f"""
        SELECT c.owner_id, c.department_id, count(*) FROM {TABLE} AS u JOIN sales_order AS t ON t.id = u.id
        JOIN accounts_customer AS c ON c.id = t.customer_id OR c.id = (u.before ->> 'customer_id')::bigint
        WHERE u.model = %s GROUP BY 1, 2
        """,  # noqa: S608 - names of our own
        [rows.label],
    )
    scope = acting_scope(by, Permission.ORDER_EDIT)
    return sum(n for owner, department, n in found if not scope.covers(owner_id=owner, department_id=department))


def _products_forbidden(by: User, rows: Rows) -> int:
    return 0 if by.may(Permission.PRODUCT_EDIT) else sum(map(len, rows.restored())) + sum(map(len, rows.removed()))


def _restored(rows: Rows) -> None:
    """Write the lines that an order had, mark the days it counted in and counts in, tell other systems."""
    wanted = [rows.label, "restore"]
    query(
        f"""
        DELETE FROM sales_orderline AS l USING {TABLE} AS u
        WHERE u.model = %s AND u.kind = %s AND u.before ? 'lines' AND l.order_id = u.id
        """,  # noqa: S608 - names of our own
        wanted,
    )
    columns = ", ".join(_LINE)
    typed = ", ".join(f"{name} {kind}" for name, kind in _LINE.items())
    query(
        f"""
        INSERT INTO sales_orderline (order_id, {columns})
        SELECT u.id, {columns} FROM {TABLE} AS u
        CROSS JOIN LATERAL jsonb_to_recordset(u.before -> 'lines') AS l ({typed})
        WHERE u.model = %s AND u.kind = %s AND u.before ? 'lines' ORDER BY u.id, position
        """,  # noqa: S608 - names of our own
        wanted,
    )
    query(
        f"""
        INSERT INTO sales_rollupmark (customer_id, day)
        SELECT DISTINCT was.customer_id, was.day FROM {TABLE} AS u JOIN sales_order AS t ON t.id = u.id
        CROSS JOIN LATERAL (VALUES
            (t.state, t.customer_id, t.ordered_on),
            (coalesce(u.after ->> 'state', t.state), coalesce((u.after ->> 'customer_id')::bigint, t.customer_id),
             coalesce((u.after ->> 'ordered_on')::date, t.ordered_on))) AS was (state, customer_id, day)
        WHERE u.model = %s AND u.kind = %s AND was.state = ANY(%s)
        """,  # noqa: S608 - names of our own
        [*wanted, list(COUNTING)],
    )
    rollup.ask_soon()
    if outbox.wanted("order.changed"):
        for batch in rows.restored():
            order_writing.emit("order.changed", list(Order.objects.filter(pk__in=[pk for pk, _b, _a in batch])))


def _removing(rows: Rows) -> None:
    query(
        f"""
        INSERT INTO sales_rollupmark (customer_id, day)
        SELECT DISTINCT t.customer_id, t.ordered_on FROM {TABLE} AS u JOIN sales_order AS t ON t.id = u.id
        WHERE u.model = %s AND u.kind = 'remove' AND t.state = ANY(%s)
        """,  # noqa: S608 - names of our own
        [rows.label, list(COUNTING)],
    )
    rollup.ask_soon()
    if outbox.wanted("order.removed"):
        for ids in rows.removed():
            order_writing.emit("order.removed", list(Order.objects.filter(pk__in=ids)))


def _products_restored(rows: Rows) -> None:
    for batch in rows.restored():
        ids = [pk for pk, before, _after in batch if {"name", "code"} & set(before)]
        renamed = list(Product.objects.filter(pk__in=ids))
        for row in renamed:
            row.set_search_keys()
        Product.objects.bulk_update(renamed, ["search_text", "search_grams"], batch_size=500)
        product_batches.mark_months([pk for pk, before, _after in batch if "category_id" in before])


def _lines_unknown(_by: User, rows: Rows) -> Sequence[Reason]:
    """Orders whose log is from a time when it didn't keep all of their lines."""
    found = query(
        f"SELECT count(*) FROM {TABLE} WHERE model = %s AND kind = 'restore'"  # noqa: S608 - names of our own
        """ AND EXISTS (SELECT FROM jsonb_array_elements(before -> 'lines') AS l WHERE NOT l ? 'base_minor')""",
        [rows.label],
    )
    return [Reason(_("Orders: the log doesn't hold their old lines in full"), found[0][0])] if found[0][0] else []


def _returned_since(by: User, rows: Rows) -> Sequence[Reason]:
    """Orders that something came back of since their lines were replaced."""
    found = query(
        f"""
        SELECT r.number FROM {TABLE} AS u JOIN sales_order AS t ON t.id = u.id
        JOIN sales_order AS r ON r.original_id = u.id
        WHERE u.model = %s AND u.kind = 'restore' AND u.before ? 'lines' AND r.created_at > t.updated_at
        AND NOT EXISTS (SELECT FROM {TABLE} AS o WHERE o.model = u.model AND o.id = r.id) ORDER BY 1 LIMIT 1000
        """,  # noqa: S608 - names of our own
        [rows.label],
    )
    return [Reason(_("Orders: returned since"), len(found))] if found else []


def register() -> None:
    """Fill the registries of undo."""
    order, product, category = (model._meta.label_lower for model in (Order, Product, Category))
    undoings.add(category, Undoing(category, _products_forbidden))
    undoings.add(product, Undoing(product, _products_forbidden, restored=_products_restored))
    undoings.add(
        order,
        Undoing(
            order,
            _forbidden,
            extra=frozenset({"lines"}),
            restored=_restored,
            removing=_removing,
            # Orders entered or moved on pages have steps of their own; their undo is the opposite step.
            causes=frozenset({Cause.IMPORT, Cause.API}),
        ),
    )
    for label, column, owner in (
        (OrderLine._meta.label_lower, "order_id", order),
        ("sales.customerday", "customer_id", "accounts.customer"),
        ("sales.customercategorymonth", "customer_id", "accounts.customer"),
        ("sales.customercategorymonth", "category_id", category),
    ):
        belongings.add(f"{label}.{column}", Belonging(label, column, owner))
    undo_guards.add(f"{order}:lines", _lines_unknown)
    undo_guards.add(f"{order}:returns", _returned_since)
