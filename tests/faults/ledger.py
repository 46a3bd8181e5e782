"""Clients that post orders one by one, each until it is acknowledged, and write down what was."""

import datetime as dt
import http.client
import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

PAUSE_SECONDS = 0.1
_AGAIN = {409, 429}


@dataclass(frozen=True)
class Acknowledged:
    """An order that was answered with 2xx: what it was called, and the id it got."""

    name: str
    order_id: int
    customer_id: int


@dataclass
class Ledger:
    """What was acknowledged, and how often a client had to ask again."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    retries: int = 0
    replays: int = 0
    refused: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)


class Clients:
    """A few threads that post until `count` orders are acknowledged."""

    def __init__(self, port: int, company: dict[str, Any], count: int, *, label: str, threads: int = 8) -> None:
        self.port, self.company, self.count, self.label = port, company, count, label
        self.ledger = Ledger()
        self.over = threading.Event()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join(30)

    @property
    def done(self) -> int:
        """How many are acknowledged."""
        return len(self.ledger.acknowledged)

    @property
    def is_working(self) -> bool:
        """Whether there is still something to post and nobody was refused."""
        return any(thread.is_alive() for thread in self._threads) and not self.ledger.refused

    def _work(self) -> None:
        connection = self._connect()
        while not self.over.is_set():
            with self._lock:
                number = next(self._numbers)
            if number >= self.count:
                break
            connection = self._until_acknowledged(number, connection)
        connection.close()

    def _until_acknowledged(self, number: int, connection: http.client.HTTPConnection) -> http.client.HTTPConnection:
        """Post one order, with one key, until the answer is 2xx."""
        customers = self.company["customers"]
        customer_id = customers[number % len(customers)]
        name = f"{self.label}-{number}"
        body = json.dumps(_order(name, number, customer_id))
        headers = {
            "Authorization": f"Bearer {self.company['token']}",
            "Content-Type": "application/json",
            "Idempotency-Key": name,
        }
        while not self.over.is_set():
            try:
                connection.request("POST", "/api/v1/orders", body, headers)
                answer = connection.getresponse()
                content, status = answer.read(), answer.status
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = self._connect()
                status, content = 0, b""
            with self._lock:
                self.ledger.statuses[status] = self.ledger.statuses.get(status, 0) + 1
                if 200 <= status < 300:
                    self.ledger.replays += answer.headers.get("Idempotent-Replayed") == "true"
                    self.ledger.acknowledged.append(Acknowledged(name, json.loads(content)["id"], customer_id))
                    return connection
                if 400 <= status < 500 and status not in _AGAIN:
                    self.ledger.refused.append(f"{status} {content[:300]!r}")
                    return connection
                self.ledger.retries += 1
            time.sleep(PAUSE_SECONDS)
        return connection

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)


def _order(name: str, number: int, customer_id: int) -> dict[str, Any]:
    """An order whose amount follows from its number. Every other one has no number of its own: there the
    Idempotency-Key alone stands between a retry and a double."""
    moment = dt.datetime.now(tz=dt.UTC) - dt.timedelta(days=number % 30)
    lines = [
        {"description": "Goods", "quantity": "2", "unit_price": f"{number % 90 + 1}.10"},
        {"description": "Work", "quantity": "1", "unit_price": "0.05"},
    ]
    body: dict[str, Any] = {
        "customer_id": customer_id,
        "state": "confirmed",
        "ordered_at": moment.isoformat(),
        "currency": "CNY",
        "note": name,
        "lines": lines,
    }
    return body | ({"source": "erp", "number": name} if number % 2 else {})
