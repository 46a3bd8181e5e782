"""Imports that are stopped, started twice, or meet each other."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from jobs.constants import RunState
from jobs.errors import ClaimLost
from jobs.models import Import, Run
from jobs.services import imports
from jobs.services.runs import run_now
from sales.imports import order_writing
from sales.models import Order
from tests.imports.conftest import HEADER, line
from users.models import Change, User

ORDERS = 40


@pytest.fixture
def content() -> bytes:
    """Orders of many customers, some refused, some returns."""
    rows = [line(f"S{n:03}", customer=f"K{n % 7}", qty=str(n % 5 + 1), price=f"{n}.05") for n in range(ORDERS)]
    rows += [line(f"C{n:03}", customer=f"K{n % 7}", qty="-1") for n in range(5)]
    return (HEADER + "".join(rows) + line("BAD", qty="x") + line("S001", customer="K1", price="7")).encode()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_writing, "CHUNK_LINES", 4)


def started(content: bytes, by: User | None = None, **options: Any) -> Run:
    row = imports.receive(kind="orders", name="orders.csv", chunks=[content], by=by)
    imports.save_mapping(row=row, columns=row.mapping, options=row.options | options, by=by)
    return imports.start(row=row, by=by)


def books(source: str = "import") -> list[tuple[Any, ...]]:
    """What stands in the books, without ids and stamps."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT o.number, o.kind, o.state, c.code, o.ordered_at, o.net, o.base_minor, o.version,
                   l.position, l.quantity, l.unit_price, l.net, l.base_minor
            FROM sales_order AS o JOIN accounts_customer AS c ON c.id = o.customer_id
            JOIN sales_orderline AS l ON l.order_id = o.id WHERE o.source = %s ORDER BY o.number, l.position
            """,
            [source],
        )
        return list(cursor.fetchall())


class Stopped(Exception):
    """The process was killed, as far as the import can tell."""


@pytest.mark.django_db
@pytest.mark.parametrize("stop_at", [0, 1, 2, 5, 9])
def test_a_stopped_import_goes_on_and_ends_like_an_uninterrupted_one(
    content: bytes, small_chunks: None, stop_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_now(started(content, source="whole"))
    real, calls = order_writing.Writer._write, iter(range(100))

    def stops(self: order_writing.Writer, chunk: Any) -> None:
        real(self, chunk)
        if next(calls) == stop_at:
            raise Stopped

    monkeypatch.setattr(order_writing.Writer, "_write", stops)
    run = run_now(started(content))
    assert run.state == RunState.FAILED
    monkeypatch.setattr(order_writing.Writer, "_write", real)
    assert len({row[0] for row in books()}) < ORDERS
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED)
    run = run_now(run)
    names = ("rows", "created", "updated", "unchanged", "rejected")
    assert [run.result[name] for name in names] == [whole.result[name] for name in names]
    assert books() == books("whole")
    logged = Change.objects.filter(change_set__run_id=run.pk, model="sales.order")
    assert sum(change.rows for change in logged) == run.result["created"] == ORDERS + 5


@pytest.mark.django_db
def test_a_worker_that_lost_its_claim_writes_nothing_more(
    content: bytes, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(content)
    real, calls = order_writing.Writer._write, iter(range(100))

    def loses(self: order_writing.Writer, chunk: Any) -> None:
        real(self, chunk)
        if next(calls) == 2:
            raise ClaimLost(run.pk)

    monkeypatch.setattr(order_writing.Writer, "_write", loses)
    from jobs.services.runs import execute

    assert execute(run_id=run.pk)
    run.refresh_from_db()
    assert run.cursor["orders"] == Order.objects.count() > 0


@pytest.mark.django_db(transaction=True)
def test_the_same_file_twice_at_once_is_imported_once(content: bytes, small_chunks: None) -> None:
    runs = [started(content), started(content)]
    barrier = threading.Barrier(2)

    def go(run: Run) -> None:
        barrier.wait()
        try:
            run_now(run)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[run]) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for run in runs:
        run.refresh_from_db()
    assert [run.state for run in runs] == [RunState.DONE] * 2
    assert sorted(run.result["created"] for run in runs) == [0, ORDERS + 5]
    assert sorted(run.result["unchanged"] for run in runs) == [0, ORDERS + 5]
    assert len({row[0] for row in books()}) == ORDERS + 5


@pytest.mark.django_db
def test_an_import_is_started_once(content: bytes) -> None:
    from jobs.errors import RunFailed

    run = started(content)
    row = Import.objects.get()
    with pytest.raises(RunFailed, match="already"):
        imports.start(row=row, by=None)
    assert list(Run.objects.filter(kind=imports.WRITE)) == [run]


@pytest.mark.django_db
def test_a_file_that_is_gone_is_said_in_words(content: bytes) -> None:
    run = started(content)
    Import.objects.get().path.unlink()
    run = run_now(run)
    assert (run.state, run.failure) == (RunState.FAILED, "refused")
    assert "no longer there" in run.error


@pytest.mark.django_db
def test_rights_are_asked_again_when_the_run_begins(content: bytes, manager: User) -> None:
    run = started(content, by=manager)
    manager.groups.clear()
    run = run_now(run)
    assert (run.state, Order.objects.count()) == (RunState.FAILED, 0)


@pytest.mark.django_db
def test_nothing_is_saved_when_the_last_write_breaks(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_pairs: object) -> None:
        raise Stopped

    monkeypatch.setattr(order_writing, "_mark", breaks)
    run = run_now(started(content))
    assert run.state == RunState.FAILED
    assert not Order.objects.exists()
    assert not Change.objects.filter(model="sales.order").exists()


@pytest.fixture(autouse=True)
def _no_files_left(tmp_path: Path) -> Iterator[None]:
    yield
    assert not list(tmp_path.glob("media/**/*.part"))


def test_chunks_hold_whole_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    monkeypatch.setattr(order_writing, "CHUNK_LINES", 3)
    order = np.array([0, 0, 1, 1, 1, 1, 2, 3])
    assert list(order_writing.chunks(order, 4)) == [(0, 1, 0, 2), (1, 2, 2, 6), (2, 4, 6, 8)]
