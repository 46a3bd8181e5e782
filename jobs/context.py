"""What a running job may do with its run: report progress, keep a cursor, publish under its claim."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from jobs.errors import ClaimLost
from jobs.models import Run


class RunContext:
    """A claimed run. Every write goes through the claim's token: a worker that lost it gets `ClaimLost`."""

    def __init__(self, run: Run, token: uuid.UUID) -> None:
        self.run = run
        self.token = token

    @property
    def params(self) -> dict[str, Any]:
        """What the run was asked."""
        params: dict[str, Any] = self.run.params
        return params

    def progress(self, done: int, total: int | None = None, *, step: str | None = None) -> None:
        """Report how far the run is. Raises ClaimLost; call it every second or so, not every row."""
        fields: dict[str, Any] = {"done": done}
        if total is not None:
            fields["total"] = total
        if step is not None:
            fields["step"] = step
        self._write(**fields)

    def save_cursor(self, cursor: dict[str, Any], *, done: int | None = None) -> None:
        """Keep where the work is, in the transaction of the chunk that got it there. Raises ClaimLost."""
        self._write(cursor=cursor, **({} if done is None else {"done": done}))

    @contextmanager
    def publish(self) -> Iterator[None]:
        """A transaction that holds the claim: the run's row is locked with our token, or ClaimLost is raised."""
        with transaction.atomic():
            if not Run.objects.select_for_update().filter(pk=self.run.pk, token=self.token).exists():
                raise ClaimLost(self.run.pk)
            yield

    def _write(self, **fields: Any) -> None:
        if not Run.objects.filter(pk=self.run.pk, token=self.token).update(**fields):
            raise ClaimLost(self.run.pk)
        for name, value in fields.items():
            setattr(self.run, name, value)
