"""What a running job may do with its run: report progress, keep a cursor, publish under its claim."""

import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from jobs.errors import ClaimLost
from jobs.models import Run

# A worker frozen or cut off while it publishes would hold its locks for ever; PostgreSQL ends its session.
PUBLISH_IDLE_SECONDS = 120


def lease_end() -> Any:
    """When a lease taken now ends, by the database's clock: the workers' own may differ."""
    return Now() + timedelta(seconds=settings.RUN_LEASE_SECONDS)


class RunContext:
    """A claimed run. Every write goes through the claim's token: a worker that lost it gets `ClaimLost`.

    `lost` is set by the heartbeat as soon as it notices.
    """

    def __init__(self, run: Run, token: uuid.UUID) -> None:
        self.run = run
        self.token = token
        self.lost = threading.Event()

    @property
    def params(self) -> dict[str, Any]:
        """What the run was asked."""
        params: dict[str, Any] = self.run.params
        return params

    @property
    def cursor(self) -> dict[str, Any]:
        """Where an earlier try got to; empty at the first."""
        cursor: dict[str, Any] = self.run.cursor
        return cursor

    def progress(self, done: int, total: int | None = None, *, step: str | None = None) -> None:
        """Report how far the run is. Raises ClaimLost; call it every second or so, not every row.

        Call it outside transactions: inside one nobody sees it before the end. `step` is what is being
        done, worded with gettext: the run speaks the language of whoever asked for it.
        """
        fields: dict[str, Any] = {"done": done}
        if total is not None:
            fields["total"] = total
        if step is not None:
            fields["step"] = step[: Run._meta.get_field("step").max_length]
        self._write(**fields)

    def save_cursor(self, cursor: dict[str, Any], *, done: int | None = None) -> None:
        """Keep where the work is, in the transaction of the chunk that got it there. Raises ClaimLost."""
        fields: dict[str, Any] = {"cursor": cursor} if done is None else {"cursor": cursor, "done": done}
        if cursor != self.run.cursor:
            fields["attempts"] = 1
        self._write(**fields)

    def note(self, *, parameter_versions: Mapping[str, int] | None = None, reads: Iterable[int] | None = None) -> None:
        """Keep what the result rests on: versions of parameters by kind, ids of the runs that were read."""
        if parameter_versions:
            self._write(parameter_versions={**self.run.parameter_versions, **parameter_versions})
        if reads is not None:
            self._write(reads=sorted({*self.run.reads, *reads}))

    @contextmanager
    def publish(self) -> Iterator[None]:
        """A transaction that holds the claim: the run's row is locked with our token, or ClaimLost is raised.

        Compute first and publish then: while the row is locked nobody else can claim or cancel the run.
        """
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = %s", [PUBLISH_IDLE_SECONDS * 1000])
            self._write()
            yield
            self._write()

    def _write(self, **fields: Any) -> None:
        if self.lost.is_set():
            raise ClaimLost(self.run.pk)
        held = Run.objects.filter(pk=self.run.pk, token=self.token)
        if not held.update(lease_until=lease_end(), **fields):
            raise ClaimLost(self.run.pk)
        for name, value in fields.items():
            setattr(self.run, name, value)
