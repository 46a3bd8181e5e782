"""The sweep brings up what was lost, and sweeping twice changes nothing more."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from jobs import hints
from jobs.constants import RunState
from jobs.models import Run
from jobs.services import claims, sweeper

Queued = Callable[..., Run]


def long_ago(run: Run, **fields: object) -> None:
    Run.objects.filter(pk=run.pk).update(**{"hinted_at": timezone.now() - dt.timedelta(minutes=5)} | fields)


@pytest.mark.django_db
def test_a_waiting_run_whose_hint_was_lost_is_hinted_at_again_but_not_at_each_sweep(
    queued: Queued, hinted: list[int]
) -> None:
    lost, fresh, later = queued(), queued(), queued()
    long_ago(lost)
    Run.objects.filter(pk=fresh.pk).update(hinted_at=timezone.now())
    long_ago(later, not_before=timezone.now() + dt.timedelta(minutes=1))
    sweeper.sweep()
    sweeper.sweep()
    assert hinted == [lost.pk]


@pytest.mark.django_db
def test_a_dead_workers_run_is_put_back_and_hinted_at_in_the_same_sweep(queued: Queued, hinted: list[int]) -> None:
    run = queued()
    assert claims.claim(run_id=run.pk)
    long_ago(run, lease_until=timezone.now() - dt.timedelta(seconds=1), hinted_at=timezone.now())
    sweeper.sweep()
    run.refresh_from_db()
    assert (run.state, run.token, hinted) == (RunState.QUEUED, None, [run.pk])


@pytest.mark.django_db
def test_a_living_workers_run_is_left_alone(queued: Queued, hinted: list[int]) -> None:
    run = queued()
    ctx = claims.claim(run_id=run.pk)
    assert ctx
    sweeper.sweep()
    run.refresh_from_db()
    assert (run.state, run.token, hinted) == (RunState.RUNNING, ctx.token, [])


@pytest.mark.django_db
def test_many_waiting_runs_are_hinted_at_in_portions_the_oldest_first(
    queued: Queued, hinted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "HINTS_A_SWEEP", 2)
    waiting = [queued().pk for _ in range(3)]
    sweeper.sweep()
    assert hinted == waiting[:2]
    sweeper.sweep()
    assert hinted == waiting


@pytest.mark.django_db
def test_without_a_broker_the_sweep_still_puts_back_and_asks_again_later(
    queued: Queued, hinted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = queued(), queued()
    with monkeypatch.context() as broken:
        broken.setattr(hints.current_app, "send_task", _refuse)
        sweeper.sweep()
    assert set(Run.objects.values_list("hinted_at", flat=True)) == {None}
    monkeypatch.setattr(hints, "_silent_until", 0.0)
    sweeper.sweep()
    assert hinted == [first.pk, second.pk]


def _refuse(*_args: object, **_kwargs: object) -> None:
    raise ConnectionRefusedError
