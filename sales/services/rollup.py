"""The rollup: bringing `CustomerDay` and `CustomerCategoryMonth` up to date with the orders.

`docs/algorithms/rollup.md` says why it loses nothing. Marks are taken away in one statement and their pairs
recomputed in later ones of the same transaction, which see every order whose mark was taken: READ COMMITTED.
"""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from crm.lib import dates
from jobs import runs
from jobs.constants import RunState
from jobs.models import Run
from sales.constants import COUNTING
from sales.services import rollup_sql as sql

KIND = "sales.rollup"
BATCH = 20_000
# Writes that follow each other within this time are caught up by one run.
SOON_SECONDS = 5
# Sorting runs on all cores and leaves rows in the order of the index that follows; hashing millions of groups does
# neither.
_REBUILD_SETTINGS = (
    "work_mem = '256MB'",
    "maintenance_work_mem = '512MB'",
    "jit = off",
    "enable_hashagg = off",
    "max_parallel_workers_per_gather = 2",
)
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('sales.rollup'))"


@dataclass
class CaughtUp:
    """What a rollup did: marks taken, rows of both tables that differed and were written or deleted."""

    marks: int = 0
    rows: int = 0


def catch_up(*, tell: Callable[[int], None] = lambda marks: None) -> CaughtUp:
    """Recompute what marks say is stale, a batch a transaction, until no mark is left.

    One rollup works at a time, the next one waits; doing it twice does no harm. `tell` is told the marks done
    after each batch.
    """
    done = CaughtUp()
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LOCK)
            marks, rows = _catch_up_batch(cursor)
        if not marks:
            return done
        done.marks += marks
        done.rows += rows
        tell(done.marks)


def rebuild() -> CaughtUp:
    """Compute both tables anew beside the old ones and swap them, in one transaction.

    Readers see the old tables until the end. Marks written meanwhile stay for the next catch-up.
    """
    done = CaughtUp()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute("DELETE FROM sales_rollupmark")
        done.marks = cursor.rowcount
        for setting in _REBUILD_SETTINGS:
            cursor.execute(f"SET LOCAL {setting}")
        for table, query in ((sql.DAYS, sql.ALL_DAYS), (sql.MONTHS, sql.ALL_MONTHS)):
            done.rows += _swap(cursor, table, query)
    return done


def ask_soon() -> None:
    """Have a run catch up a few seconds after this transaction commits; one that waits already will do.

    A run that is working may have passed our marks, so only one that hasn't begun counts.
    """
    transaction.on_commit(_ask)


def _ask() -> None:
    if not Run.objects.filter(kind=KIND, state=RunState.QUEUED).exists():
        runs.request(KIND, delay_seconds=SOON_SECONDS)


def _catch_up_batch(cursor: CursorWrapper) -> tuple[int, int]:
    """Take a batch of marks and recompute their pairs; how many marks, how many rows were written."""
    cursor.execute(
        """
        DELETE FROM sales_rollupmark WHERE id IN (SELECT id FROM sales_rollupmark ORDER BY id LIMIT %s)
        RETURNING customer_id, day
        """,
        [BATCH],
    )
    marks = cursor.fetchall()
    if not marks:
        return 0, 0
    pairs = sorted(set(marks))
    months = sorted({(customer_id, dates.month_start(day)) for customer_id, day in pairs})
    rows = _recompute(cursor, sql.STALE_DAYS, pairs, [day for _, day in pairs])
    rows += _recompute(cursor, sql.STALE_MONTHS, months, [dates.month_end(month) for _, month in months])
    return len(marks), rows


def _recompute(
    cursor: CursorWrapper, statement: str, pairs: Collection[tuple[int, dt.date]], last: Collection[dt.date]
) -> int:
    first = [day for _, day in pairs]
    params: dict[str, Any] = {
        "customers": [customer_id for customer_id, _ in pairs],
        "first": first,
        "last": list(last),
        "counting": list(map(str, COUNTING)),
    }
    cursor.execute(statement, params)
    return int(cursor.fetchone()[0])


def _swap(cursor: CursorWrapper, table: str, query: str) -> int:
    """Fill a shadow of the table and put it in its place, with the same constraints, indexes and names."""
    shadow = f"{table}_shadow"
    cursor.execute(f"CREATE TABLE {shadow} AS {query}", {"counting": list(map(str, COUNTING))})
    rows: int = cursor.rowcount
    columns = _names(cursor, _COLUMNS, table)
    forced = ", ".join(f"ALTER COLUMN {name} SET NOT NULL" for (name,) in columns)
    cursor.execute(f"ALTER TABLE {shadow} {forced}")
    constraints = _names(cursor, _CONSTRAINTS, table)
    for place, (_, definition) in enumerate(constraints):
        cursor.execute(f"ALTER TABLE {shadow} ADD CONSTRAINT {shadow}_c{place} {definition}")
    indexes = _names(cursor, _PLAIN_INDEXES, table)
    for place, (_, definition) in enumerate(indexes):
        place_of_columns = definition.index(" USING ")
        cursor.execute(f"CREATE INDEX {shadow}_i{place} ON {shadow}{definition[place_of_columns:]}")
    cursor.execute(f"DROP TABLE {table}")
    cursor.execute(f"ALTER TABLE {shadow} RENAME TO {table}")
    for place, (name, _) in enumerate(constraints):
        cursor.execute(f'ALTER TABLE {table} RENAME CONSTRAINT {shadow}_c{place} TO "{name}"')
    for place, (name, _) in enumerate(indexes):
        cursor.execute(f'ALTER INDEX {shadow}_i{place} RENAME TO "{name}"')
    cursor.execute(f"ANALYZE {table}")
    return rows


_COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"

# From version 18 on PostgreSQL lists NOT NULL here as well, which the shadow has by then.
_CONSTRAINTS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype <> 'n'
"""

_PLAIN_INDEXES = """
    SELECT index.relname, pg_get_indexdef(index.oid) FROM pg_index
    JOIN pg_class AS index ON index.oid = indexrelid
    WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


def _names(cursor: CursorWrapper, statement: str, table: str) -> list[tuple[str, ...]]:
    cursor.execute(statement, [table])
    rows: list[tuple[str, ...]] = cursor.fetchall()
    return rows
