"""Doing runs: claim, work, end; and what people may do to them: cancel, start again."""

import logging
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone, translation

from jobs.constants import ENDED, FailureKind, RunState
from jobs.context import RunContext
from jobs.errors import ClaimLost, RunBusy, RunFailed
from jobs.hints import hint
from jobs.models import Run
from jobs.registry import RunKind, run_kinds
from jobs.services import claims, messages
from users.models import User
from users.roles import Permission

logger = logging.getLogger(__name__)

# A lost connection, a deadlock, a server that restarts: the next try may well succeed.
PASSING: tuple[type[Exception], ...] = (OperationalError, InterfaceError)
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 600
CANCEL_WAITS = "3s"


# ── Doing ───────────────────────────────────────────────────────────────────


def execute(*, run_id: int) -> bool:
    """Claim a run and do its work here and now. False if it isn't due or another worker has it."""
    ctx = claims.claim(run_id=run_id)
    if ctx is None:
        return False
    logger.info("run %s (%s): try %s", run_id, ctx.run.kind, ctx.run.attempts)
    with translation.override(_language(ctx.run)), claims.Heartbeat(ctx):
        try:
            _work(ctx)
        except ClaimLost:
            logger.warning("run %s: the claim was lost; what this worker had not published is dropped", run_id)
    return True


def run_now(run: Run) -> Run:
    """Do a run in this process and return it as it ended; if a worker was faster, wait for that one.

    For commands, chains and tests. Look at `state`: a run that failed is returned, not raised.
    """
    while True:
        mine = execute(run_id=run.pk)
        run.refresh_from_db()
        if run.has_ended:
            return run
        if not mine:
            put_back_abandoned()
            time.sleep(0.2)


def _language(run: Run) -> str:
    return run.requested_by.language if run.requested_by else settings.LANGUAGE_CODE


def _work(ctx: RunContext) -> None:
    kind = run_kinds.find(ctx.run.kind)
    if kind is None:
        _fail(ctx, FailureKind.UNEXPECTED, f"this worker knows no kind {ctx.run.kind!r}")
        return
    try:
        result = kind.work(ctx)
        _end(ctx, RunState.DONE, result=result, done=ctx.run.total or ctx.run.done)
    except ClaimLost:
        raise
    except RunFailed as refusal:
        _fail(ctx, FailureKind.REFUSED, str(refusal))
    except (*PASSING, *kind.retry_on) as error:
        if not connection.in_atomic_block:  # the database may have gone and come back
            connection.close_if_unusable_or_obsolete()
        _try_again(ctx, kind, error)
    except Exception as error:
        logger.exception("run %s (%s) stopped unexpectedly", ctx.run.pk, ctx.run.kind)
        _fail(ctx, FailureKind.UNEXPECTED, _technical(error))


def _technical(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2_000]


# ── Ending ──────────────────────────────────────────────────────────────────


def _try_again(ctx: RunContext, kind: RunKind, error: Exception) -> None:
    """Put the run back, for later; after the last try give it up."""
    if ctx.run.attempts >= kind.max_attempts:
        logger.error("run %s (%s) given up", ctx.run.pk, ctx.run.kind, exc_info=error)
        _fail(ctx, FailureKind.GAVE_UP, _technical(error))
        return
    pause = min(FIRST_PAUSE_SECONDS * 2 ** (ctx.run.attempts - 1), LONGEST_PAUSE_SECONDS)
    logger.warning("run %s (%s) is tried again in %s s", ctx.run.pk, ctx.run.kind, pause, exc_info=error)
    later = Now() + timedelta(seconds=pause)
    _release(ctx, state=RunState.QUEUED, not_before=later, hinted_at=None, error=_technical(error))


def _fail(ctx: RunContext, failure: FailureKind, error: str) -> None:
    _end(ctx, RunState.FAILED, failure=failure, error=error)


@transaction.atomic
def _end(ctx: RunContext, state: RunState, **fields: Any) -> None:
    """Write the end and tell the requester, in one transaction."""
    _release(ctx, state=state, ended_at=Now(), **({"error": ""} | fields))
    ctx.run.refresh_from_db()
    messages.tell_of_end(run=ctx.run)


def _release(ctx: RunContext, **fields: Any) -> None:
    held = Run.objects.filter(pk=ctx.run.pk, token=ctx.token)
    if not held.update(token=None, lease_until=None, **fields):
        raise ClaimLost(ctx.run.pk)


@transaction.atomic
def put_back_abandoned() -> list[int]:
    """Queue again the runs whose worker died; those that were tried often enough fail. Returns the queued ones."""
    queued = []
    for run in Run.objects.abandoned().select_for_update(skip_locked=True):
        run.token = run.lease_until = run.hinted_at = None
        if run.attempts < claims.tries(run.kind):
            run.state = RunState.QUEUED
            queued.append(run.pk)
        else:
            run.state, run.failure, run.ended_at = RunState.FAILED, FailureKind.GAVE_UP, timezone.now()
        run.save(update_fields=["state", "failure", "ended_at", "token", "lease_until", "hinted_at"])
        if run.has_ended:
            logger.error("run %s (%s) was abandoned %s times and is given up", run.pk, run.kind, run.attempts)
            messages.tell_of_end(run=run)
    return queued


# ── What people do to runs ──────────────────────────────────────────────────


def may_steer(user: User, run: Run) -> bool:
    """Whether a user may stop a run or start it again: who asked for it, and who administers schedules."""
    return run.requested_by_id == user.pk or user.may(Permission.PARAMETER_EDIT)


def may_restart(user: User, run: Run) -> bool:
    """Whether a user may start a failed run again: they must still hold the kind's permission."""
    kind = run_kinds.find(run.kind)
    return kind is not None and may_steer(user, run) and (kind.permission is None or user.may(kind.permission))


@transaction.atomic
def cancel(*, run: Run, by: User) -> bool:
    """Stop a run and its steps: its worker writes nothing more. False if it had ended before.

    Raises
    ------
    PermissionDenied
        If the user neither asked for the run nor administers schedules.
    RunBusy
        If the run is writing its result just now.
    """
    if not may_steer(by, run):
        raise PermissionDenied
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = %s", [CANCEL_WAITS])
    end = {"state": RunState.CANCELLED, "ended_at": Now(), "token": None, "lease_until": None}
    try:
        with transaction.atomic():
            cancelled = Run.objects.filter(pk=run.pk).exclude(state__in=ENDED).update(**end)
            Run.objects.filter(parent=run).exclude(state__in=ENDED).update(**end)
    except OperationalError as error:
        raise RunBusy from error
    return bool(cancelled)


@transaction.atomic
def restart(*, run: Run, by: User) -> bool:
    """Queue a failed or cancelled run again; it goes on from its cursor. False if it isn't in that state.

    The message about its end is taken back, so that the next end is told.

    Raises
    ------
    PermissionDenied
        If the user may not.
    """
    if not may_restart(by, run):
        raise PermissionDenied
    return queue_again(run=run)


@transaction.atomic
def queue_again(*, run: Run) -> bool:
    """Queue a failed or cancelled run as `restart` does; the caller has checked the right."""
    ended = Run.objects.filter(pk=run.pk, state__in=[RunState.FAILED, RunState.CANCELLED])
    fresh: dict[str, Any] = {"attempts": 0, "failure": "", "error": "", "not_before": None, "ended_at": None}
    if not ended.update(state=RunState.QUEUED, hinted_at=Now(), **fresh):
        return False
    messages.take_back(occasion=messages.end_of(run))
    transaction.on_commit(lambda: hint(run.pk))
    return True
