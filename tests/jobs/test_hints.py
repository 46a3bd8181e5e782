"""Telling the broker never breaks a write and never holds it up for long."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest
from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError

from jobs import hints
from jobs.models import Run
from jobs.runs import request


@pytest.fixture
def silent_broker() -> Iterator[str]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def broker(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Celery("elsewhere", broker=url, set_as_current=False)
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    monkeypatch.setattr(hints, "current_app", app)


@pytest.mark.parametrize("fault", [OperationalError("no"), ConnectionRefusedError(), TimeoutError()])
def test_a_broker_that_fails_is_left_alone_for_a_while(fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def fail(*_args: object, **_kwargs: object) -> None:
        calls.append(1)
        raise fault

    monkeypatch.setattr(hints.current_app, "send_task", fail)
    assert [hints.hint(1), hints.hint(2)] == [False, False]
    assert len(calls) == 1


def test_a_broker_that_is_not_there_costs_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    broker("redis://127.0.0.1:1/0", monkeypatch)
    began = time.monotonic()
    assert hints.hint(1) is False
    assert time.monotonic() - began < 3


def test_a_broker_that_hangs_costs_a_few_seconds_once(silent_broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broker(silent_broker, monkeypatch)
    began = time.monotonic()
    assert [hints.hint(number) for number in range(20)] == [False] * 20
    assert time.monotonic() - began < 6


@pytest.mark.django_db(transaction=True)
def test_a_run_is_kept_although_the_broker_is_down(
    register: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broker("redis://127.0.0.1:1/0", monkeypatch)
    run = request(register())
    assert Run.objects.filter(pk=run.pk).exists()
