"""Doing runs: to the end, again, or not at all."""

import datetime as dt
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext

from jobs.constants import FailureKind, RunState
from jobs.context import RunContext
from jobs.errors import ClaimLost, RunBusy, RunFailed
from jobs.messages import failure_of
from jobs.models import Message, OutboxEvent, Run
from jobs.runs import request
from jobs.services import claims, runs
from users.models import User
from users.roles import Permission

Queued = Callable[..., Run]
Register = Callable[..., str]


def executed(run: Run) -> Run:
    assert runs.execute(run_id=run.pk)
    run.refresh_from_db()
    return run


# ── To the end ──────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_run_that_is_asked_for_is_hinted_at_when_the_transaction_commits(
    register: Register, owner: User, hinted: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    kind = register()
    with django_capture_on_commit_callbacks(execute=True):
        run = request(kind, by=owner, params={"rows": Decimal("1.50")}, as_of=dt.date(2026, 10, 31))
        assert hinted == []
    assert hinted == [run.pk]
    run.refresh_from_db()
    assert (run.state, run.params, run.as_of) == (RunState.QUEUED, {"rows": "1.50"}, dt.date(2026, 10, 31))


@pytest.mark.django_db
def test_the_same_kind_and_period_is_asked_for_once(register: Register) -> None:
    kind = register()
    first = request(kind, period="2026-10")
    assert request(kind, period="2026-10") == first
    assert request(kind, period="2026-11") != first
    assert request(kind) != request(kind)


@pytest.mark.django_db
def test_a_kind_nobody_registered_is_refused_when_asked_for(register: Register) -> None:
    with pytest.raises(KeyError, match=r"no\.such"):
        request("no.such")


@pytest.mark.django_db
def test_a_run_keeps_what_its_work_returns_and_tells_the_requester_once(queued: Queued, owner: User) -> None:
    run = executed(queued(lambda ctx: {"rows": 3, "net": Decimal("1.10"), "on": dt.date(2026, 1, 2)}, by=owner))
    assert (run.state, run.result) == (RunState.DONE, {"rows": 3, "net": "1.10", "on": "2026-01-02"})
    assert run.token is None
    assert run.lease_until is None
    assert run.ended_at >= run.started_at
    assert Message.objects.values_list("recipient", "template", "occasion").get() == (
        owner.pk, "run.done", f"run:{run.pk}",
    )  # fmt: skip
    assert not runs.execute(run_id=run.pk)
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_the_result_and_the_message_are_kept_together_or_not_at_all(
    queued: Queued, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = queued(lambda ctx: {"rows": 3}, by=owner, result_url=lambda run_id, result: 1 / 0)
    executed(run)
    assert (run.state, run.result) == (RunState.FAILED, {})
    assert Message.objects.get().template == "run.failed"


@pytest.mark.django_db
def test_a_run_speaks_the_language_of_who_asked_for_it(queued: Queued, owner: User) -> None:
    owner.language = "zh-hans"
    owner.save()
    spoken: list[str] = []

    def work(ctx: RunContext) -> dict[str, int]:
        from django.utils.translation import get_language

        spoken.append(get_language() or "")
        return {}

    executed(queued(work, by=owner))
    executed(queued(work))
    assert spoken == ["zh-hans", "en"]


# ── Failing ─────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_refusal_is_shown_to_the_person_word_for_word(queued: Queued, owner: User) -> None:
    def work(ctx: RunContext) -> dict[str, int]:
        raise RunFailed("The file has no column 订单号.")

    run = executed(queued(work, by=owner))
    assert (run.state, run.failure, run.attempts) == (RunState.FAILED, FailureKind.REFUSED, 1)
    assert failure_of(run) == "The file has no column 订单号."


@pytest.mark.django_db
def test_an_unforeseen_fault_fails_the_run_with_readable_words_and_a_log(
    queued: Queued, owner: User, caplog: pytest.LogCaptureFixture
) -> None:
    def work(ctx: RunContext) -> dict[str, int]:
        return {"x": 1 // 0}

    run = executed(queued(work, by=owner))
    assert (run.state, run.failure) == (RunState.FAILED, FailureKind.UNEXPECTED)
    assert run.error == "ZeroDivisionError: integer division or modulo by zero"
    assert "ZeroDivision" not in failure_of(run)
    assert f"run {run.pk}" in failure_of(run)
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.django_db
def test_a_result_that_is_no_json_fails_the_run_instead_of_leaving_it_running(queued: Queued) -> None:
    run = executed(queued(lambda ctx: {"x": object()}))
    assert (run.state, run.failure) == (RunState.FAILED, FailureKind.UNEXPECTED)


@pytest.mark.django_db
def test_a_run_of_a_kind_the_worker_does_not_know_fails() -> None:
    run = executed(Run.objects.create(kind="gone"))
    assert (run.state, run.failure) == (RunState.FAILED, FailureKind.UNEXPECTED)
    assert "gone" in run.error


@pytest.mark.django_db
@pytest.mark.parametrize("fault", [OperationalError("deadlock detected"), TimeoutError("slow bank")])
def test_a_passing_fault_is_tried_again_later_each_time_and_then_given_up(
    queued: Queued, owner: User, fault: Exception
) -> None:
    def work(ctx: RunContext) -> dict[str, int]:
        raise fault

    run = queued(work, by=owner, retry_on=(TimeoutError,), max_attempts=3)
    for pause in (5, 10):
        executed(run)
        assert run.state == RunState.QUEUED
        assert 0 <= (timezone.now() + dt.timedelta(seconds=pause) - run.not_before).total_seconds() < 2
        assert not runs.execute(run_id=run.pk), "not before its time"
        Run.objects.filter(pk=run.pk).update(not_before=timezone.now())
    executed(run)
    assert (run.state, run.failure, run.attempts) == (RunState.FAILED, FailureKind.GAVE_UP, 3)
    assert Message.objects.get().template == "run.failed"


@pytest.mark.django_db
def test_a_run_that_succeeds_at_the_second_try_is_done_without_a_word_of_the_first(queued: Queued) -> None:
    def work(ctx: RunContext) -> dict[str, int]:
        if ctx.run.attempts == 1:
            raise TimeoutError
        return {"ok": 1}

    run = executed(queued(work, retry_on=(TimeoutError,)))
    Run.objects.filter(pk=run.pk).update(not_before=None)
    executed(run)
    assert (run.state, run.error, run.failure) == (RunState.DONE, "", "")


@pytest.mark.django_db
def test_an_abandoned_run_is_put_back_until_it_was_tried_often_enough(queued: Queued, owner: User) -> None:
    run = queued(by=owner, max_attempts=2)
    for left in ([run.pk], []):
        assert claims.claim(run_id=run.pk)
        assert runs.put_back_abandoned() == [], "its lease lasts"
        Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
        assert runs.put_back_abandoned() == left
    run.refresh_from_db()
    assert (run.state, run.failure, run.token) == (RunState.FAILED, FailureKind.GAVE_UP, None)
    assert Message.objects.get().template == "run.failed"


@pytest.mark.django_db(transaction=True)
def test_run_now_waits_for_a_worker_that_was_faster(queued: Queued) -> None:
    started = threading.Event()

    def work(ctx: RunContext) -> dict[str, int]:
        started.set()
        time.sleep(0.5)
        return {"n": 7}

    run = queued(work)

    def worker() -> None:
        runs.execute(run_id=run.pk)
        connection.close()

    thread = threading.Thread(target=worker)
    thread.start()
    assert started.wait(10)
    assert runs.run_now(run).result == {"n": 7}
    thread.join()
    assert run.attempts == 1


# ── Cancelling and starting again ───────────────────────────────────────────


@pytest.mark.django_db
def test_a_cancelled_run_writes_nothing_more_and_tells_nobody(queued: Queued, owner: User) -> None:
    written: list[str] = []

    def work(ctx: RunContext) -> dict[str, int]:
        assert runs.cancel(run=ctx.run, by=owner)
        with pytest.raises(ClaimLost), ctx.publish():
            OutboxEvent.objects.create(kind="test", payload={})
        written.append("tried")
        return {"n": 1}

    run = executed(queued(work, by=owner))
    assert (run.state, run.result, written) == (RunState.CANCELLED, {}, ["tried"])
    assert not OutboxEvent.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_a_waiting_run_is_cancelled_by_who_asked_for_it_or_who_administers(
    queued: Queued, owner: User, colleague: User, manager: User, admin_user: User
) -> None:
    run = queued(by=owner)
    for other in (colleague, manager):
        with pytest.raises(PermissionDenied):
            runs.cancel(run=run, by=other)
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert runs.cancel(run=run, by=owner)
    assert not runs.cancel(run=run, by=owner), "it had ended"
    assert runs.cancel(run=queued(by=owner), by=admin_user)
    run.refresh_from_db()
    assert (run.state, runs.execute(run_id=run.pk)) == (RunState.CANCELLED, False)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_publishing_can_not_be_cancelled(
    queued: Queued, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CANCEL_WAITS", "200ms")
    run = queued(by=owner)
    ctx = claims.claim(run_id=run.pk)
    assert ctx
    caught: list[type[Exception]] = []

    def cancel() -> None:
        try:
            runs.cancel(run=run, by=owner)
        except RunBusy as error:
            caught.append(type(error))
        finally:
            connection.close()

    with ctx.publish():
        thread = threading.Thread(target=cancel)
        thread.start()
        thread.join(10)
    assert caught == [RunBusy]
    run.refresh_from_db()
    assert run.state == RunState.RUNNING


@pytest.mark.django_db
def test_a_failed_run_starts_again_from_its_cursor_and_tells_of_its_new_end(queued: Queued, owner: User) -> None:
    def work(ctx: RunContext) -> dict[str, Any]:
        if not ctx.cursor:
            ctx.save_cursor({"at": 40})
            raise RunFailed("The disk is full.")
        return {"from": ctx.cursor["at"]}

    run = executed(queued(work, by=owner))
    assert Message.objects.get().template == "run.failed"
    assert runs.restart(run=run, by=owner)
    assert not Message.objects.exists()
    executed(run)
    assert (run.state, run.result, run.error, run.failure) == (RunState.DONE, {"from": 40}, "", "")
    assert Message.objects.get().template == "run.done"
    assert not runs.restart(run=run, by=owner), "it is done"


@pytest.mark.django_db
def test_a_run_is_not_started_again_by_others_nor_by_who_lost_the_right(
    queued: Queued, owner: User, manager: User
) -> None:
    def work(ctx: RunContext) -> dict[str, Any]:
        raise RunFailed("no")

    theirs = executed(queued(work, by=owner))
    with pytest.raises(PermissionDenied):
        runs.restart(run=theirs, by=manager)
    guarded = executed(queued(work, by=owner, code="test.guarded", permission=Permission.IMPORT_RUN))
    with pytest.raises(PermissionDenied):
        runs.restart(run=guarded, by=owner)
    guarded.refresh_from_db()
    assert guarded.state == RunState.FAILED
    assert gettext("Failed") == guarded.get_state_display()
