"""The night works through its steps in order, each a run of its own."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from jobs.constants import NIGHT, FailureKind, RunState
from jobs.context import RunContext
from jobs.errors import RunFailed
from jobs.messages import failure_of
from jobs.models import Message, Run
from jobs.queries.runs import last_night
from jobs.runs import request
from jobs.services import runs
from jobs.services.runs import run_now
from users.models import User

Register = Callable[..., str]
AS_OF = dt.date(2026, 11, 19)


@pytest.fixture
def done(register: Register, night: Callable[..., None]) -> list[tuple[str, dt.date | None]]:
    """Two steps that note what they are asked; they are registered in the wrong order."""
    order: list[tuple[str, dt.date | None]] = []

    def step(ctx: RunContext) -> dict[str, int]:
        order.append((ctx.run.kind, ctx.run.as_of))
        return {"n": len(order)}

    night(register(step, code="test.tiers"), 200)
    night(register(step, code="test.rollup"), 100)
    return order


@pytest.mark.django_db
def test_the_steps_run_in_their_order_as_of_the_nights_day_and_know_what_they_rest_on(
    done: list[tuple[str, dt.date | None]],
) -> None:
    night = run_now(request(NIGHT, as_of=AS_OF, period="2026-11-20"))
    assert done == [("test.rollup", AS_OF), ("test.tiers", AS_OF)]
    rollup, tiers = night.steps.order_by("id")
    assert night.state == RunState.DONE
    assert (night.reads, night.result) == ([rollup.pk, tiers.pk], {"steps": [rollup.pk, tiers.pk]})
    assert (rollup.reads, tiers.reads) == ([], [rollup.pk])
    assert (night.done, night.total) == (2, 2)
    assert last_night() == night.ended_at


@pytest.mark.django_db
def test_a_step_that_fails_stops_those_after_it_and_says_which(
    done: list[tuple[str, dt.date | None]], register: Register, night: Callable[..., None], owner: User
) -> None:
    def refuse(ctx: RunContext) -> dict[str, Any]:
        raise RunFailed("Two currencies have no rate.")

    night(register(refuse, code="test.receivables"), 150)
    run = run_now(request(NIGHT, as_of=AS_OF, by=owner))
    assert [kind for kind, _ in done] == ["test.rollup"]
    assert (run.state, run.failure) == (RunState.FAILED, FailureKind.REFUSED)
    failed = Run.objects.get(kind="test.receivables")
    assert failure_of(run) == (
        f"The step “Kind test.receivables” (run {failed.pk}) did not succeed: Two currencies have no rate. "
        "Not begun: Kind test.tiers."
    )
    assert Message.objects.get().occasion == f"run:{run.pk}", "told of the night, not of each step"
    assert last_night() is None


@pytest.mark.django_db
def test_a_night_that_is_started_again_does_only_what_is_not_done(
    done: list[tuple[str, dt.date | None]], register: Register, night: Callable[..., None], owner: User
) -> None:
    tries: list[int] = []

    def second_time(ctx: RunContext) -> dict[str, Any]:
        tries.append(1)
        if len(tries) == 1:
            raise RunFailed("no")
        return {}

    night(register(second_time, code="test.receivables"), 150)
    run = run_now(request(NIGHT, as_of=AS_OF, by=owner))
    assert runs.restart(run=run, by=_administers(owner))
    run_now(run)
    assert run.state == RunState.DONE
    assert [kind for kind, _ in done] == ["test.rollup", "test.tiers"]
    assert len(tries) == 2


def _administers(user: User) -> User:
    from users.roles import ROLES

    user.permissions = ROLES["administrator"].permissions
    return user


@pytest.mark.django_db
def test_a_cancelled_night_stops_its_step_too(register: Register, night: Callable[..., None], owner: User) -> None:
    begun: list[str] = []

    def step(ctx: RunContext) -> dict[str, Any]:
        begun.append(ctx.run.kind)
        assert ctx.run.parent
        runs.cancel(run=ctx.run.parent, by=owner)
        ctx.progress(1)
        raise AssertionError("not reached")

    for order, code in ((100, "test.first"), (200, "test.second")):
        night(register(step, code=code), order)
    run = run_now(request(NIGHT, by=owner))
    assert run.state == RunState.CANCELLED
    assert (begun, Run.objects.get(parent=run).state) == (["test.first"], RunState.CANCELLED)


@pytest.mark.django_db
def test_a_night_without_steps_is_done_at_once(night: Callable[..., None]) -> None:
    assert run_now(request(NIGHT)).state == RunState.DONE
