"""What machines that watch this one are told, and who else is told nothing."""

import json
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from crm import health, logs
from crm.middleware import RequestIdFilter
from jobs.models import OutboxEvent, Run

CONNECTION = "django.db.backends.base.base.BaseDatabaseWrapper.cursor"


def fail(*_: Any, **__: Any) -> None:
    raise OperationalError("password=hunter2 host=10.0.0.1")


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_known", [])
    monkeypatch.setattr(health, "_broker", lambda: "ok")


def test_the_process_answers_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONNECTION, fail)
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.django_db
def test_it_is_ready_when_the_database_answers_and_is_migrated(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


@pytest.mark.django_db
def test_without_a_broker_it_is_degraded_and_serves(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_broker", lambda: "down")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_without_a_database_it_is_not_ready_and_says_no_more_than_that(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health.connection, "cursor", fail)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "down")
    assert "hunter2" not in answer.content.decode()


@pytest.mark.django_db
def test_with_a_migration_missing_it_is_not_ready(client: Client) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="jobs").order_by("-id")[0].delete()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "missing")


@pytest.mark.django_db
def test_figures_of_requests_runs_and_events_are_there(client: Client) -> None:
    client.get("/healthz")
    client.get("/nothing-here-1/")
    client.get("/nothing-here-2/")
    Run.objects.create(kind="night")
    OutboxEvent.objects.create(kind="order.created", payload={})
    text = client.get("/metrics").content.decode()
    assert 'keystone_requests_total{method="GET",route="healthz",status="200"}' in text
    assert 'route="none"' in text
    assert "nothing-here" not in text
    assert 'keystone_request_seconds_bucket{le="0.3",route="healthz"}' in text
    assert 'keystone_runs{state="queued"} 1.0' in text
    assert "keystone_outbox_waiting 1.0" in text
    for name in ("oldest_queued_run_seconds", "outbox_lag_seconds", "relay_lag_seconds"):
        assert f"\nkeystone_{name} " in text


@pytest.mark.django_db
def test_figures_are_for_this_machine_alone_or_for_who_has_the_token(client: Client, settings: Any) -> None:
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code == 403
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 403
    settings.METRICS_TOKEN = "s3cret"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer wrong").status_code == 403
    told = client.get("/metrics", HTTP_AUTHORIZATION="Bearer s3cret", REMOTE_ADDR="10.0.0.9")
    assert told.status_code == 200


def record(message: str, *args: object) -> logging.LogRecord:
    made = logging.LogRecord("django.request", logging.WARNING, "x.py", 1, message, args, None)
    RequestIdFilter().filter(made)
    return made


def test_what_somebody_typed_cannot_begin_a_line_of_the_log() -> None:
    told = logs.OneLineFormatter("%(levelname)s [%(request_id)s] %(message)s").format(
        record("Not Found: %s", "/x\r\n2026 INFO root [-] all is well\x1b[2K\u2028")
    )
    assert len(told.splitlines()) == 1
    assert "华为" in logs.OneLineFormatter("%(message)s").format(record("华为"))


def test_the_log_can_be_json_with_the_request_id() -> None:
    line = logs.json_formatter().format(record("Not Found: %s", "/x\ny"))
    told = json.loads(line)
    assert "\n" not in line
    assert (told["event"], told["level"], told["request_id"]) == ("Not Found: /x\ny", "warning", "-")
