"""Ids for rows that are written by COPY."""

from django.db import connection, models


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """So many ids of a model's table, rising, that nobody else gets."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [pk for (pk,) in cursor.fetchall()]
