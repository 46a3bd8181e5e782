"""One worker at a time has a run, and one that lost it writes nothing."""

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from jobs.constants import RunState
from jobs.context import RunContext
from jobs.errors import ClaimLost
from jobs.models import Message, OutboxEvent, Run
from jobs.services import claims, runs
from users.models import User

Queued = Callable[..., Run]


def lapse(run: Run) -> None:
    """Let the lease be over, as if the worker had stopped renewing it."""
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))


def at_once(count: int, act: Callable[[], Any]) -> list[Any]:
    """What `act` returns in several threads that begin together, each with a connection of its own."""
    gate, found = threading.Barrier(count), []

    def thread() -> None:
        try:
            gate.wait()
            found.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=thread) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=30)
    return found


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_that_claim_a_run_at_once_one_gets_it(queued: Queued) -> None:
    for _ in range(5):
        run = queued()
        won = [ctx for ctx in at_once(8, lambda run=run: claims.claim(run_id=run.pk)) if ctx]
        assert len(won) == 1
        run.refresh_from_db()
        assert (run.token, run.attempts, run.state) == (won[0].token, 1, RunState.RUNNING)


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_that_find_an_abandoned_run_one_gets_it(queued: Queued) -> None:
    run = queued()
    claims.claim(run_id=run.pk)
    lapse(run)
    assert sum(ctx is not None for ctx in at_once(8, lambda: claims.claim(run_id=run.pk))) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("state", [RunState.DONE, RunState.FAILED, RunState.CANCELLED])
def test_an_ended_run_is_not_claimed(queued: Queued, state: RunState) -> None:
    run = queued()
    Run.objects.filter(pk=run.pk).update(state=state)
    assert claims.claim(run_id=run.pk) is None


@pytest.mark.django_db
def test_a_run_is_not_claimed_before_its_time_nor_while_its_lease_lasts(queued: Queued) -> None:
    run = queued()
    Run.objects.filter(pk=run.pk).update(not_before=timezone.now() + dt.timedelta(hours=1))
    assert claims.claim(run_id=run.pk) is None
    Run.objects.filter(pk=run.pk).update(not_before=None)
    assert claims.claim(run_id=run.pk) is not None
    assert claims.claim(run_id=run.pk) is None


@pytest.mark.django_db
def test_a_worker_that_lost_its_claim_can_neither_report_nor_publish_nor_end(queued: Queued, owner: User) -> None:
    run = queued(by=owner)
    frozen = claims.claim(run_id=run.pk)
    lapse(run)
    assert frozen
    assert claims.claim(run_id=run.pk)
    with pytest.raises(ClaimLost):
        frozen.progress(1)
    with pytest.raises(ClaimLost):
        frozen.save_cursor({"at": 1})
    with pytest.raises(ClaimLost), frozen.publish():
        OutboxEvent.objects.create(kind="test", payload={})
    with pytest.raises(ClaimLost):
        runs._end(frozen, RunState.DONE, result={"wrong": True})
    run.refresh_from_db()
    assert (run.state, run.result, run.cursor, run.done) == (RunState.RUNNING, {}, {}, 0)
    assert not OutboxEvent.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_what_was_written_while_the_claim_got_lost_is_rolled_back(queued: Queued) -> None:
    run = queued()
    ctx = claims.claim(run_id=run.pk)
    assert ctx

    def publish_too_late() -> None:
        with ctx.publish():
            OutboxEvent.objects.create(kind="test", payload={})
            Run.objects.filter(pk=run.pk).update(token=uuid.uuid4())

    with pytest.raises(ClaimLost):
        publish_too_late()
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_publishing_is_not_taken_even_when_its_lease_is_over(queued: Queued) -> None:
    run = queued()
    ctx = claims.claim(run_id=run.pk)
    assert ctx
    lapse(run)
    with ctx.publish():
        began = time.monotonic()
        assert at_once(1, lambda: claims.claim(run_id=run.pk)) == [None]
        assert at_once(1, runs.put_back_abandoned) == [[]]
        assert at_once(1, lambda: claims.renew(run_id=run.pk, token=ctx.token)) == [True]
        assert time.monotonic() - began < 2
    assert claims.claim(run_id=run.pk) is None, "publishing renews the lease"


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_a_run_that_works_longer_than_a_lease(queued: Queued, settings: Any) -> None:
    settings.RUN_LEASE_SECONDS = 0.8
    takers: list[RunContext | None] = []

    def work(ctx: RunContext) -> dict[str, int]:
        for _ in range(4):
            time.sleep(0.5)
            takers.extend(at_once(1, lambda: claims.claim(run_id=ctx.run.pk)))
        return {"n": 1}

    run = queued(work)
    assert runs.execute(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, takers) == (RunState.DONE, [None] * 4)


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_says_when_the_claim_is_lost(queued: Queued, settings: Any) -> None:
    settings.RUN_LEASE_SECONDS = 0.8
    heard: list[bool] = []

    def work(ctx: RunContext) -> dict[str, int]:
        Run.objects.filter(pk=ctx.run.pk).update(token=uuid.uuid4())
        heard.append(ctx.lost.wait(5))
        ctx.progress(1)
        raise AssertionError("not reached")

    run = queued(work)
    runs.execute(run_id=run.pk)
    run.refresh_from_db()
    assert heard == [True]
    assert run.state == RunState.RUNNING, "the other worker's"


@pytest.mark.django_db
def test_progress_moves_the_lease_on_and_the_heartbeat_ends_with_the_work(queued: Queued) -> None:
    run = queued()
    ctx = claims.claim(run_id=run.pk)
    assert ctx
    lapse(run)
    ctx.progress(3, 10, step="Reading")
    run.refresh_from_db()
    assert run.lease_until > timezone.now()
    assert (run.done, run.total, run.step) == (3, 10, "Reading")
    with claims.Heartbeat(ctx) as beat:
        assert beat.is_alive()
    assert not beat.is_alive()


@pytest.mark.django_db
def test_a_cursor_that_moves_gives_the_run_fresh_attempts(queued: Queued) -> None:
    run = queued()
    for attempt in (1, 2, 3):
        ctx = claims.claim(run_id=run.pk)
        assert ctx
        assert ctx.run.attempts == attempt
        lapse(run)
    ctx.save_cursor({"at": 5}, done=5)
    run.refresh_from_db()
    assert (run.attempts, run.cursor, run.done) == (1, {"at": 5}, 5)
    Run.objects.filter(pk=run.pk).update(attempts=4)
    ctx.save_cursor({"at": 5})
    run.refresh_from_db()
    assert run.attempts == 4, "it got no further"


@pytest.mark.django_db
def test_an_abandoned_run_tried_often_enough_is_not_begun_again(queued: Queued) -> None:
    run = queued(max_attempts=2)
    for _ in range(2):
        assert claims.claim(run_id=run.pk)
        lapse(run)
    assert claims.claim(run_id=run.pk) is None


@pytest.mark.django_db
def test_a_publish_ends_a_session_that_stays_idle_in_it(queued: Queued) -> None:
    ctx = claims.claim(run_id=queued().pk)
    assert ctx
    with ctx.publish(), connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("2min",)


@pytest.mark.django_db
def test_what_a_result_rests_on_is_noted(queued: Queued) -> None:
    run = queued()
    ctx = claims.claim(run_id=run.pk)
    assert ctx
    ctx.note(parameter_versions={"abc": 3}, reads=[9, 4])
    ctx.note(parameter_versions={"rfm": 0}, reads=[4, 11])
    run.refresh_from_db()
    assert (run.parameter_versions, run.reads) == ({"abc": 3, "rfm": 0}, [4, 9, 11])


@pytest.mark.django_db
def test_a_cursor_is_kept_with_its_chunk_or_not_at_all(queued: Queued) -> None:
    run = queued()
    ctx = claims.claim(run_id=run.pk)
    assert ctx

    @transaction.atomic
    def chunk_that_fails() -> None:
        OutboxEvent.objects.create(kind="test", payload={})
        ctx.save_cursor({"at": 1})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        chunk_that_fails()
    run.refresh_from_db()
    assert run.cursor == {}
