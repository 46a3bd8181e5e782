"""Standing rows: one a customer, from the customer's first moment."""

from collections.abc import Sequence

from django.db import connection

_EMPTY = (
    "INSERT INTO segmentation_standing (customer_id, grade, computed, stable, override, flag, why, is_new,"
    " pending_a, pending_b, orders, uncosted_lines)"
    " SELECT id, '', '', '', '', 'not_yet', 'unclassified', false, 0, 0, 0, 0 FROM "
)


def make_for(customer_ids: Sequence[int]) -> None:
    """Make the standings of new customers; runs in the transaction that creates them."""
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY + "unnest(%s::bigint[]) AS id ON CONFLICT DO NOTHING", [list(customer_ids)])


def make_missing() -> None:
    """Make the standings that customers written by other means lack."""
    with connection.cursor() as cursor:
        cursor.execute(
            _EMPTY + "accounts_customer c WHERE NOT EXISTS"
            " (SELECT FROM segmentation_standing s WHERE s.customer_id = c.id)"
        )
