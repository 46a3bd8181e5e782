"""Claims: one worker at a time has a run, as long as it lives."""

import logging
import threading
import uuid
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Coalesce, Now

from jobs.constants import RunState
from jobs.context import RunContext, lease_end
from jobs.models import Run
from jobs.registry import run_kinds

logger = logging.getLogger(__name__)


def tries(kind: str) -> int:
    """How often runs of a kind are begun before they are given up."""
    registered = run_kinds.find(kind)
    return registered.max_attempts if registered else 1


def claim(*, run_id: int) -> RunContext | None:
    """Take a run that is due, or that its worker has abandoned; None if it is neither.

    Two claims at once: one gets it, the other None without waiting. A run that somebody has locked,
    because it is publishing or being cancelled, isn't taken.
    """
    token = uuid.uuid4()
    with transaction.atomic():
        takeable = Run.objects.due() | Run.objects.abandoned()
        run = takeable.select_for_update(skip_locked=True).filter(pk=run_id).first()
        if run is None or run.attempts >= tries(run.kind):
            return None
        Run.objects.filter(pk=run_id).update(
            state=RunState.RUNNING,
            token=token,
            lease_until=lease_end(),
            attempts=run.attempts + 1,
            started_at=Coalesce("started_at", Now()),
            not_before=None,
        )
    run.refresh_from_db()
    return RunContext(run, token)


def renew(*, run_id: int, token: uuid.UUID) -> bool:
    """Move the lease on. False if the claim is lost; a locked row counts as held, its holder will decide."""
    with transaction.atomic():
        rows = Run.objects.select_for_update(skip_locked=True).filter(pk=run_id)
        found = rows.values_list("token", flat=True)
        for held_by in found:
            if held_by != token:
                return False
            Run.objects.filter(pk=run_id).update(lease_until=lease_end())
    return True


class Heartbeat(threading.Thread):
    """Renews a claim from a thread with its own connection while the work runs; stops with it.

    When the claim is lost it says so to the context, whose next call raises ClaimLost.
    """

    def __init__(self, ctx: RunContext) -> None:
        super().__init__(name=f"heartbeat of run {ctx.run.pk}", daemon=True)
        self.ctx = ctx
        self.over = threading.Event()

    def __enter__(self) -> "Heartbeat":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.join(timeout=settings.RUN_LEASE_SECONDS)

    def run(self) -> None:
        """Beat four times a lease."""
        try:
            while not self.over.wait(settings.RUN_LEASE_SECONDS / 4):
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        try:
            if not renew(run_id=self.ctx.run.pk, token=self.ctx.token):
                self.ctx.lost.set()
                self.over.set()
        except DatabaseError:
            logger.warning("run %s: the lease could not be renewed, trying again", self.ctx.run.pk, exc_info=True)
            connection.close()
