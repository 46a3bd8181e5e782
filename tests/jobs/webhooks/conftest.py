"""A receiver on this machine that does what a test tells it to, and a subscription that goes there."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection, transaction

from jobs.models import OutboxEvent, Subscription
from jobs.services import outbox, relay, webhooks
from users.models import User


@dataclass
class Got:
    """One request as the receiver saw it."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A web server on loopback. `answer` decides each request's status; `got` keeps what came."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answer: Callable[[Got], int | bytes] = lambda got: 200
    headers: dict[str, str] = field(default_factory=dict)
    slow: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            state.got.append(got)
            time.sleep(state.slow)
            answer = state.answer(got)
            self.send_response(answer if isinstance(answer, int) else 200)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer if isinstance(answer, bytes) else b"thanks\x00")

        def log_message(self, *_: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A client that hangs up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_LOOPBACK = True


@pytest.fixture
def webhook(receiver: Receiver, admin_user: User) -> Subscription:
    wanted = webhooks.Wanted(receiver.url, ["order.created", "order.changed", "tier.recomputed"])
    return webhooks.subscribe(of=wanted, by=admin_user)


@pytest.fixture
def emit(account: Any) -> Callable[..., OutboxEvent]:
    def write(kind: str = "order.created", *, customer_id: int | None = account.pk, **payload: Any) -> OutboxEvent:
        with transaction.atomic():
            event = outbox.emit(kind=kind, customer_id=customer_id, payload=payload)
        assert event is not None
        return event

    return write


def time_passes(*, hours: float) -> None:
    """Let all that is stored be older; the relay goes by the database's clock."""
    with connection.cursor() as cursor:
        for column in ("next_at", "gives_up_at", "created_at", "lease_until"):
            cursor.execute(f"UPDATE jobs_delivery SET {column} = {column} - %s * interval '1 hour'", [hours])
        for column in ("paused_until", "unreachable_since", "old_secret_until"):
            cursor.execute(f"UPDATE jobs_subscription SET {column} = {column} - %s * interval '1 hour'", [hours])
        cursor.execute("UPDATE jobs_outboxevent SET created_at = created_at - %s * interval '1 hour'", [hours])


def relayed() -> relay.Figures:
    figures = relay.relay()
    assert figures is not None
    return figures
