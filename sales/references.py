"""The columns of this chapter that name a customer, and what a merge of customers does with them."""

from django.db import connection

from accounts.registry import CustomerReference, Follow, add_references, customers_joined

REFERENCES = (
    CustomerReference("sales.order"),
    # Totals are computed anew from the orders.
    CustomerReference("sales.customercategorymonth", follow=Follow.PUT_ASIDE),
    CustomerReference("sales.customerday", follow=Follow.PUT_ASIDE),
    CustomerReference("sales.rollupmark", follow=Follow.STAY),
)

_MARK = """
    INSERT INTO sales_rollupmark (customer_id, day)
    SELECT DISTINCT c.id, o.ordered_on
    FROM sales_order AS o, unnest(%(pair)s::bigint[]) AS c (id)
    WHERE o.customer_id = ANY(%(pair)s)
"""


def mark_days(survivor_id: int, other_id: int) -> None:
    """Mark every day on which one of two customers ordered as stale for both: orders changed hands between them."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"pair": [survivor_id, other_id]})


def register() -> None:
    """Fill the registries."""
    add_references(*REFERENCES)
    customers_joined.add("sales", mark_days)
