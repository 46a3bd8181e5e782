"""Kinds of runs made for one test, and hints that are kept instead of sent."""

from collections.abc import Callable
from typing import Any

import pytest

from jobs import hints
from jobs.models import Run
from jobs.registry import RunKind, night_steps, run_kinds
from users.models import User


@pytest.fixture(autouse=True)
def hinted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the runs that the broker was told of."""
    ids: list[int] = []

    def keep(name: str, args: list[int], **_: Any) -> None:
        assert name == "jobs.run"
        ids.extend(args)

    monkeypatch.setattr(hints.current_app, "send_task", keep)
    monkeypatch.setattr(hints, "_silent_until", 0.0)
    return ids


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Register a kind of run for the test: `register(work, code="t", **fields of RunKind)`."""

    def add(work: Callable[..., Any] = lambda ctx: {}, *, code: str = "test.kind", **fields: Any) -> str:
        kind = RunKind(code, **({"label": f"Kind {code}", "work": work} | fields))
        monkeypatch.setitem(run_kinds._entries, code, kind)
        return code

    return add


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the night consist of these steps, and of nothing else."""
    monkeypatch.setattr(night_steps, "_entries", {})

    def add(kind: str, order: int) -> None:
        night_steps.add(kind, order)

    return add


@pytest.fixture
def queued(register: Callable[..., str]) -> Callable[..., Run]:
    """A waiting run of a registered kind: `queued(work, by=owner)`."""

    def make(work: Callable[..., Any] = lambda ctx: {}, *, by: User | None = None, **fields: Any) -> Run:
        of_run = {name: fields.pop(name) for name in ("params", "as_of", "period") if name in fields}
        return Run.objects.create(kind=register(work, **fields), requested_by=by, **of_run)

    return make
