"""Rollup, tiers and pages at one or more sizes, each in an emptied database."""

import datetime as dt
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Customer
from benchmarks import volume
from benchmarks.clock import peak_mib, percentiles, table, timed
from jobs import runs
from jobs.services.runs import run_now
from sales.models import RollupMark
from sales.services import rollup
from users.models import User

ROOT = Path(__file__).resolve().parent.parent
BARE = """
    SELECT o.customer_id, o.ordered_on, count(DISTINCT o.id), count(*), sum(l.base_minor), sum(l.cost_minor)
    FROM sales_orderline l JOIN sales_order o ON o.id = l.order_id
    WHERE o.state IN ('confirmed', 'part_shipped', 'shipped', 'completed') GROUP BY 1, 2
"""
BARE_MONTHS = """
    SELECT o.customer_id, p.category_id, date_trunc('month', o.ordered_on::timestamp), sum(l.base_minor)
    FROM sales_orderline l JOIN sales_order o ON o.id = l.order_id JOIN sales_product p ON p.id = l.product_id
    WHERE o.state IN ('confirmed', 'part_shipped', 'shipped', 'completed') GROUP BY 1, 2, 3
"""
TIMES = 40


def main(sizes: list[int]) -> None:
    for customers in sizes:
        print(f"\n## {customers:,} customers, {customers * 5:,} orders, {customers * 20:,} lines", flush=True)
        people = volume.people_if_filled(customers)
        if people is None:
            call_command("flush", interactive=False, verbosity=0)
            call_command("migrate", verbosity=0)
            people = volume.people()
            with timed() as filling:
                volume.fill(customers)
            print(f"\nFilled in {filling.seconds:,.0f} s.")
        _rollup(customers)
        _tiers()
        with served() as port:
            _pages(port, people)


def _rollup(customers: int) -> None:
    with timed() as bare, connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({BARE}) AS bare")
    with timed() as months, connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({BARE_MONTHS}) AS bare")
    with timed() as whole:
        rollup.rebuild()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    marks = [
        RollupMark(customer_id=pk, day=day)
        for pk, day in list(
            Customer.objects.filter(orders__isnull=False).values_list("pk", "orders__ordered_on")[:1_000]
        )
    ]
    RollupMark.objects.bulk_create(marks)
    with timed() as some:
        rollup.catch_up()
    both = bare.seconds + months.seconds
    rows = [
        ["bare `GROUP BY` by customer and day", f"{bare.seconds:.2f} s", "1.0", ""],
        ["bare `GROUP BY` by customer, category and month", f"{months.seconds:.2f} s", "", ""],
        ["both", f"{both:.2f} s", "", "1.0"],
        ["full rebuild of both tables", f"{whole.seconds:.2f} s", *_ratios(whole.seconds, bare.seconds, both)],
        ["after 1,000 orders changed", f"{some.seconds:.2f} s", "", ""],
    ]
    print(table("Rollup", ["", "time", "× the first", "× both"], rows), flush=True)


def _ratios(seconds: float, *limits: float) -> list[str]:
    return [f"{seconds / limit:.1f}" for limit in limits]


def _tiers() -> None:
    rows = []
    for name, as_of, change in (
        ("first run, all month ends back to the first order", volume.AS_OF, ""),
        ("next day, nothing changed", volume.AS_OF + dt.timedelta(days=1), ""),
        ("night with 1 % of the customers changed", volume.AS_OF + dt.timedelta(days=2), "one percent"),
    ):
        if change:
            _sell_to_one_percent(as_of)
        with timed() as took:
            run = run_now(runs.request("segmentation.tiers", as_of=as_of))
        if run.state != "done":
            raise SystemExit(run.error)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        cells = [f"{took.seconds:.1f} s", f"{run.result['written']:,}", f"{run.result['month_ends']}"]
        rows.append([name, *cells, f"{peak_mib():,.0f} MiB"])
    print(table("Tiers", ["run", "time", "standings written", "month ends", "peak of the process"], rows), flush=True)


def _sell_to_one_percent(day: dt.date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sales_customerday (customer_id, day, orders, lines, revenue_minor, returns_minor, cost_minor,"
            " uncosted_lines, uncosted_minor) SELECT id, %s, 1, 1, 12345, 0, 10000, 0, 0 FROM accounts_customer"
            " WHERE id %% 100 = 0 ON CONFLICT DO NOTHING",
            [day],
        )


@contextmanager
def served() -> Iterator[int]:
    """The production server on a free port of this machine, for as long as the block lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "crm.wsgi", "-b", f"127.0.0.1:{port}", "-w", "2", "--threads", "4"]
    with subprocess.Popen(
        [*command, "--log-level", "error"], cwd=ROOT, env=os.environ | {"LOG_LEVEL": "ERROR"}
    ) as server:
        try:
            for _ in range(200):
                with socket.socket() as ping:
                    if ping.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield port
        finally:
            server.terminate()


def _pages(port: int, people: dict[str, User]) -> None:
    middle = Customer.objects.order_by("pk")[Customer.objects.count() // 2].pk
    listing = reverse("accounts:customer_list")
    pages = {
        "customer list by name": listing,
        "customer list by sales": f"{listing}?sort=-segmentation.sales",
        "customer list, tier A by sales": f"{listing}?segmentation.tier=A&sort=-segmentation.sales",
        "search, rare (B-0000777)": f"{listing}?q=B-0000777",
        "search, common (水务)": f"{listing}?q=%E6%B0%B4%E5%8A%A1",
        "search, pinyin (shuiwu)": f"{listing}?q=shuiwu",
        "tier dashboard": reverse("dashboards:tiers"),
        "customer page": reverse("accounts:customer_detail", args=[middle]),
        "order list": reverse("sales:order_list"),
    }
    rows = []
    for role in ("executive", "sales_manager"):
        for name, path in pages.items():
            rows.append([role, name, *_measure(port, people[role], path)])
    head = ["role", "page", "p50", "p95", "p95, eight clients", "queries"]
    print(table("Pages, warm", head, rows), flush=True)


def _measure(port: int, user: User, path: str) -> list[str]:
    cookie = _signed_in(user)
    call = _caller(port, path, cookie)
    status = call()
    if status in (403, 404):
        return [str(status), "", "", ""]
    if status != 200:
        raise SystemExit(f"{path}: {status}")
    median, most = percentiles(call, times=TIMES)
    crowd = _crowd(port, path, cookie)
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return [f"{median:.0f} ms", f"{most:.0f} ms", f"{crowd:.0f} ms", str(len(queries))]


def _caller(port: int, path: str, cookie: str) -> Callable[[], int]:
    def call() -> int:
        server = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        server.request("GET", path, headers={"Cookie": cookie, "Host": "localhost"})
        answer = server.getresponse()
        answer.read()
        server.close()
        return answer.status

    return call


def _crowd(port: int, path: str, cookie: str) -> float:
    """p95 with eight clients at once."""
    from concurrent.futures import ThreadPoolExecutor

    call = _caller(port, path, cookie)

    def one(_: int) -> float:
        start = time.perf_counter()
        call()
        return (time.perf_counter() - start) * 1_000

    with ThreadPoolExecutor(8) as pool:
        taken = sorted(pool.map(one, range(80)))
    return taken[round(0.95 * len(taken)) - 1]


def _signed_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
