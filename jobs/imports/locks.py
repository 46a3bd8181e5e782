"""One import at a time of what could meet in the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils.translation import gettext as _

from jobs.imports.work import Work


@contextmanager
def alone(job: Work, scope: str = "") -> Iterator[None]:
    """Wait until no other import of this kind and scope writes. The lock goes with the connection, whatever happens."""
    if job.dry_run:
        yield
        return
    key = [f"import:{job.kind.code}:{scope}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
        if not cursor.fetchone()[0]:
            job.keeper.progress(0, step=_("Waiting for another import of the same kind"))
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", key)
    try:
        yield
    finally:
        # A connection that is broken has lost its locks already; a transaction that failed frees them at its end.
        if connection.connection is not None and not connection.needs_rollback and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)
