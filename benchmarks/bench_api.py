"""The order API beside bare REST framework in the same server: single creates and bulk calls.

    python benchmarks/bench_api.py [--seconds N] [--bulk N]

Needs a database of its own (DATABASE_URL): it adds a customer, products, a key and many orders. Server, database and
load run on the same machine.
"""

import argparse
import datetime as dt
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SINGLE, BULK = 1 / 3, 2_000
_numbers = count(time.time_ns() // 1_000_000)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=8)
    arguments.add_argument("--bulk", type=int, default=12, help="calls of 500 orders")
    chosen = arguments.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    os.environ.setdefault("DEBUG", "true")
    import django

    django.setup()
    measure(chosen.seconds, chosen.bulk)


def measure(seconds: float = 8, bulk_calls: int = 12) -> None:
    """Measure and print the table."""
    from benchmarks.clock import table

    known = prepare()
    port, server = serve()
    try:
        rows = []
        for clients in (1, 8):
            bare = singles(port, clients, seconds, lambda: ("/api/bare", bare_order(known), {}))
            ours = singles(port, clients, seconds, lambda: ("/api/v1/orders", order(known), once(known)))
            rows.append((f"single create, {clients} client(s)", bare, ours, f"≥ {SINGLE:.2f} × bare"))
        for clients in (1, 2):
            bare = bulk(port, clients, bulk_calls, lambda: ("/api/bare", [bare_order(known) for _ in range(500)], {}))
            ours = bulk(
                port,
                clients,
                bulk_calls,
                lambda: ("/api/v1/orders/bulk", {"orders": [order(known) for _ in range(500)]}, once(known)),
            )
            rows.append((f"bulk, 500 orders of 3 lines a call, {clients} client(s)", bare, ours, f"≥ {BULK:,}/s"))
    finally:
        server.terminate()
        server.wait(10)
    head = ["order API", "bare REST framework", "Keystone", "ratio", "target"]
    print(
        table(
            "API",
            head,
            [[what, f"{bare:,.0f}/s", f"{ours:,.0f}/s", f"{ours / bare:.2f}", goal] for what, bare, ours, goal in rows],
        )
    )


def prepare() -> dict[str, Any]:
    """A customer, three products and a key."""
    from django.contrib.auth.models import Group
    from django.core.management import call_command
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    from accounts.models import Customer
    from sales.models import Product
    from users.models import User
    from users.services import keys

    admin, _ = User.objects.get_or_create(username="bench", defaults={"name": "Bench"})
    admin.groups.add(Group.objects.get(name="administrator"))
    customer, _ = Customer.objects.get_or_create(code="BENCH", defaults={"name": "Bench"})
    products = [
        Product.objects.get_or_create(code=f"BENCH-{n}", defaults={"name": f"Bench {n}"})[0].pk for n in range(3)
    ]
    terms = keys.KeyTerms(
        "bench",
        ["order.view", "order.edit", "customer.view"],
        timezone.now() + dt.timedelta(days=1),
        rate_per_minute=keys.HIGHEST_RATE,
    )
    _key, token = keys.create_with_key(name="Bench", department=None, terms=terms, by=admin)
    return {"customer": customer.pk, "products": products, "token": token}


def serve() -> tuple[int, subprocess.Popen[bytes]]:
    """Two workers of four threads on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "crm.wsgi",
        "-b",
        f"127.0.0.1:{port}",
        "-w",
        "2",
        "--threads",
        "4",
        "--keep-alive",
        "30",
    ]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.api_settings",
        "DEBUG": "false",
        "SECURE": "false",
        "LOG_LEVEL": "ERROR",
        "SECRET_KEY": "development-only-" + "x" * 40,
        "COMPRESS_STATIC": "false",
    }
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    for _try in range(100):
        try:
            send(connect(port), "GET", "/api/v1/schema", None, {})
        except OSError:
            time.sleep(0.2)
        else:
            return port, server
    server.kill()
    raise RuntimeError("the server doesn't answer")


def connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=120)


def send(connection: http.client.HTTPConnection, method: str, path: str, body: Any, headers: dict[str, str]) -> bytes:
    data = None if body is None else json.dumps(body)
    connection.request(method, path, data, {"Content-Type": "application/json"} | headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")
    return content


def lines(known: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [{name: pk, "description": "Goods", "quantity": "2", "unit_price": "19.90"} for pk in known["products"]]


def order(known: dict[str, Any]) -> dict[str, Any]:
    said = {"source": "bench", "number": f"B-{next(_numbers)}", "state": "confirmed", "currency": "CNY"}
    return said | {
        "customer_id": known["customer"],
        "ordered_at": "2026-10-05T09:30:00+08:00",
        "lines": lines(known, "product_id"),
    }


def bare_order(known: dict[str, Any]) -> dict[str, Any]:
    said = order(known)
    return said | {"customer": said.pop("customer_id"), "lines": lines(known, "product")}


def once(known: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {known['token']}", "Idempotency-Key": f"k-{next(_numbers)}"}


def singles(port: int, clients: int, seconds: float, make: Any) -> float:
    """Calls a second."""

    def run(_client: int) -> int:
        connection, done, end = connect(port), 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            path, body, headers = make()
            send(connection, "POST", path, body, headers)
            done += 1
        return done

    run_short = connect(port)
    for _warm in range(5):
        path, body, headers = make()
        send(run_short, "POST", path, body, headers)
    with ThreadPoolExecutor(clients) as pool:
        start = time.perf_counter()
        return sum(pool.map(run, range(clients))) / (time.perf_counter() - start)


def bulk(port: int, clients: int, calls: int, make: Any) -> float:
    """Orders a second."""
    prepared = [make() for _ in range(calls + clients)]

    def run(mine: list[Any]) -> None:
        connection = connect(port)
        for path, body, headers in mine:
            send(connection, "POST", path, body, headers)

    run(prepared[:clients])
    rest = prepared[clients:]
    with ThreadPoolExecutor(clients) as pool:
        start = time.perf_counter()
        list(pool.map(run, [rest[at::clients] for at in range(clients)]))
        return len(rest) * 500 / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
