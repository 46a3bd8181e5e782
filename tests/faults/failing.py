"""Let the n-th statement of a piece of work fail, n = 1, 2, …, until it succeeds; each failure leaves the old state."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import OperationalError, connection

MOST_STATEMENTS = 400
# How the database is left behind after a failure is not what fails.
_CLEARING = ("ROLLBACK", "SAVEPOINT", "RELEASE")
# Django asks the server to evaluate a check constraint before saving, and leaves it to the constraint if it can't.
_LEFT_TO_THE_CONSTRAINT = '"_check"'


class Injected(OperationalError):
    """The failure that the test makes."""


class FailAt:
    """An execute wrapper that refuses the n-th statement, before the server has seen it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.count = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not str(sql).startswith(_CLEARING) and _LEFT_TO_THE_CONSTRAINT not in str(sql):
            self.count += 1
            if self.count == self.number:
                raise Injected(f"statement {self.number} fails: {str(sql)[:120]}")
        return execute(sql, params, many, context)


def state() -> dict[str, tuple[int, int]]:
    """How many rows every table has, and a hash of what they hold."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})
    existing = set(connection.introspection.table_names())
    parts = [
        f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {table} t"
        for table in tables
        if table in existing
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {name: (count, digest) for name, count, digest in cursor.fetchall()}


def always_old_or_new(work: Callable[[], object]) -> int:
    """Run the work with each of its statements failing in turn, then without; returns how many there were.

    Raises AssertionError naming the tables that a failed try left changed, or the failure it kept to itself.
    """
    before = state()
    for number in range(1, MOST_STATEMENTS):
        fault = FailAt(number)
        try:
            # No transaction here: the work itself must see to it.
            with connection.execute_wrapper(fault):
                work()
                if fault.count >= number:
                    raise AssertionError(f"statement {number} failed and the work said that it succeeded")
        except Exception as error:
            if fault.count < number or isinstance(error, AssertionError):
                raise
            if connection.in_atomic_block:  # the test's own; the server never saw the statement
                connection.set_rollback(False)
            after = state()
            changed = sorted(name for name in after if after[name] != before[name])
            assert not changed, f"statement {number} failed and left {changed} changed"
        else:
            assert state() != before, "the work changes nothing: this case shows nothing"
            return number - 1
    raise AssertionError(f"more than {MOST_STATEMENTS} statements")
