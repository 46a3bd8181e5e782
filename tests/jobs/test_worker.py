"""Real workers, killed and frozen in the middle: the run is done within a minute, and right."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction

from jobs.constants import RunState
from jobs.models import OutboxEvent, Run
from tests.jobs.worker.kinds import AT_ONCE, CHUNKS
from tests.jobs.worker.stack import Stack, eventually, signal_group

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WITHIN_SECONDS = 60


@pytest.fixture
def stack(transactional_db: None, tmp_path: Path) -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="ks") as short:  # a socket's path may have 107 characters
        stack = Stack(tmp_path, Path(short) / "s")
        try:
            stack.broker()
            yield stack
        finally:
            stack.stop()


def ask(kind: str = CHUNKS, *, chunks: int = 40, seconds: float = 0.25) -> Run:
    """A run that nobody was told of: the sweep finds it."""
    return Run.objects.create(kind=kind, params={"chunks": chunks, "seconds": seconds})


def reaches(run: Run, done: int) -> None:
    def there() -> bool:
        run.refresh_from_db()
        return run.done >= done

    eventually(there, 60, f"{done} chunks done")


def ends(run: Run, within: float, stack: Stack) -> float:
    def over() -> bool:
        run.refresh_from_db()
        return run.has_ended

    try:
        return eventually(over, within, "the run ends")
    except AssertionError as late:
        raise AssertionError(f"{late}; {run.state}, {run.done} chunks done\n{stack.log()}") from None


def written(run: Run) -> list[int]:
    events = OutboxEvent.objects.filter(kind=f"{run.kind} {run.pk}").order_by("id")
    return [payload["n"] for payload in events.values_list("payload", flat=True)]


def kill(child: subprocess.Popen[bytes]) -> None:
    signal_group(child, signal.SIGKILL)
    child.wait()


@pytest.mark.parametrize("kind", [CHUNKS, AT_ONCE])
def test_a_worker_killed_in_the_middle_costs_less_than_a_minute_and_nothing_else(
    kind: str, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ask(kind)
    stack.beat()
    first = stack.worker()
    reaches(run, 12)
    kill(first)
    work_left = (40 if kind == AT_ONCE else 40 - run.done) * run.params["seconds"]
    stack.worker()
    took = ends(run, WITHIN_SECONDS, stack)
    with capsys.disabled():
        sys.stdout.write(f"\n  {kind}: done {took:.1f} s after the kill, of which {work_left:.1f} s are work\n")
    assert run.state == RunState.DONE, run.error
    assert written(run) == list(range(40))
    assert run.result["chunks"] == 40
    if kind == CHUNKS:
        assert run.result["attempts"] == 1, "it went on, it did not begin again"


def test_a_killed_child_of_a_worker_is_replaced(stack: Stack) -> None:
    run = ask()
    stack.beat()
    worker = stack.worker()
    reaches(run, 8)
    child = int(subprocess.check_output(["pgrep", "-P", str(worker.pid)]).split()[0])
    subprocess.run(["kill", "-9", str(child)], check=True)
    ends(run, WITHIN_SECONDS, stack)
    assert (run.state, written(run)) == (RunState.DONE, list(range(40)))


def test_a_frozen_worker_loses_its_run_and_writes_nothing_when_it_wakes(stack: Stack) -> None:
    run = ask()
    stack.beat()
    frozen = stack.worker()
    reaches(run, 8)
    freeze_between_chunks(frozen, run)
    at = run.done
    stack.worker()
    ends(run, WITHIN_SECONDS, stack)
    assert (run.state, written(run)) == (RunState.DONE, list(range(40)))
    assert 8 <= at < 40
    before = Run.objects.filter(pk=run.pk).values().get()
    signal_group(frozen, signal.SIGCONT)
    eventually(lambda: f"run {run.pk}: the claim was lost" in stack.log(), 20, "the frozen worker notices")
    time.sleep(1)
    assert written(run) == list(range(40))
    assert Run.objects.filter(pk=run.pk).values().get() == before


def freeze_between_chunks(worker: subprocess.Popen[bytes], run: Run) -> None:
    """Stop a worker that holds no lock; inside a chunk PostgreSQL would end its session after two minutes."""
    while True:
        signal_group(worker, signal.SIGSTOP)
        time.sleep(0.2)
        if locks_free(run):
            run.refresh_from_db()
            return
        signal_group(worker, signal.SIGCONT)
        time.sleep(0.1)


def locks_free(run: Run) -> bool:
    with transaction.atomic():
        return Run.objects.select_for_update(skip_locked=True).filter(pk=run.pk).exists()


def test_a_broker_that_forgets_everything_costs_less_than_a_minute(stack: Stack) -> None:
    stack.beat()
    stack.worker()
    runs = [ask(chunks=4, seconds=0.2) for _ in range(6)]
    eventually(lambda: not Run.objects.filter(hinted_at=None).exists(), 30, "all are hinted at")
    with stack.client() as client:
        client.flushall()
    for run in runs:
        ends(run, WITHIN_SECONDS, stack)
        assert (run.state, written(run)) == (RunState.DONE, list(range(4)))


def test_a_broker_killed_and_started_again_costs_less_than_a_minute(stack: Stack) -> None:
    stack.beat()
    stack.worker()
    first = ask(chunks=20, seconds=0.2)
    reaches(first, 5)
    kill(stack.children[0])
    waiting = [ask(chunks=2, seconds=0.1) for _ in range(3)]
    time.sleep(3)
    stack.broker()
    for run in [first, *waiting]:
        ends(run, WITHIN_SECONDS, stack)
        assert (run.state, written(run)) == (RunState.DONE, list(range(run.params["chunks"])))


def test_a_database_that_ends_all_sessions_costs_less_than_a_minute(stack: Stack) -> None:
    run = ask()
    stack.beat()
    stack.worker()
    reaches(run, 8)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= 1
    ends(run, WITHIN_SECONDS, stack)
    assert (run.state, run.error, written(run)) == (RunState.DONE, "", list(range(40)))
