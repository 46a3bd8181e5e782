"""Nothing acknowledged is lost or doubled while everything is killed in turn; and the harness would notice.

FAULT_ORDERS (3,000), FAULT_KILLS (12) and FAULT_CONTROL_ORDERS (1,500) say how much; before a release, 20,000 orders.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from supervisor import postgres
from tests.faults.ledger import Clients, Ledger
from tests.faults.servers import CARELESS, Servers, eventually

pytestmark = pytest.mark.slow

ORDERS = int(os.environ.get("FAULT_ORDERS", "3000"))
KILLS = int(os.environ.get("FAULT_KILLS", "12"))
CONTROL_ORDERS = int(os.environ.get("FAULT_CONTROL_ORDERS", "1500"))
CONTROL_KILLS = 3
CUSTOMERS = 40
STALLED_SECONDS = 120


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    running = Servers()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def company(servers: Servers) -> dict[str, object]:
    made = servers.company(CUSTOMERS)
    servers.start_programs()
    return made


def reach(clients: Clients, count: int) -> None:
    """Wait until so many are acknowledged; fail if nothing moves any more."""
    last, since = clients.done, time.monotonic()
    while clients.done < count and clients.is_working:
        time.sleep(0.02)
        if clients.done != last:
            last, since = clients.done, time.monotonic()
        assert time.monotonic() - since < STALLED_SECONDS, f"nothing acknowledged any more, at {last}"
    assert not clients.ledger.refused, clients.ledger.refused[:3]


def post_under_kills(servers: Servers, clients: Clients, kills: list[str]) -> list[str]:
    """Post while one thing after the other is killed, evenly spread; returns what was killed and for how long."""
    said = []
    with clients:
        for place, what in enumerate(kills, start=1):
            reach(clients, clients.count * place // (len(kills) + 1))
            assert clients.done < clients.count, "the kill came too late to hit anybody"
            began = time.monotonic()
            getattr(servers, f"kill_{what}")()
            said.append(f"{what} {time.monotonic() - began:.1f} s")
        reach(clients, clients.count)
    return said


def lost_and_doubled(servers: Servers, ledger: Ledger) -> tuple[list[str], list[str]]:
    """The names of acknowledged orders that aren't there as acknowledged, and of those that are there twice."""
    rows = servers.sql("SELECT note, id, customer_id FROM sales_order")
    stored = {(note, pk, customer_id) for note, pk, customer_id in rows}
    lost = [one.name for one in ledger.acknowledged if (one.name, one.order_id, one.customer_id) not in stored]
    doubled = [name for name, count in Counter(note for note, _pk, _customer in rows).items() if count > 1]
    return lost, doubled


# Each query finds orders that have not exactly what an order is written with.
BROKEN = {
    "lines that don't sum to the order": """
        SELECT o.id FROM sales_order o LEFT JOIN sales_orderline l ON l.order_id = o.id
        GROUP BY o.id HAVING sum(l.net) IS DISTINCT FROM o.net OR sum(l.base_minor) IS DISTINCT FROM o.base_minor""",
    "no change log of its making, or two": """
        SELECT o.id FROM sales_order o LEFT JOIN users_change c
            ON c.model = 'sales.order' AND c.action = 'create' AND c.object_id = o.id
        GROUP BY o.id HAVING count(c.id) <> 1""",
    "no event, or two": """
        SELECT o.id FROM sales_order o LEFT JOIN jobs_outboxevent e
            ON e.kind = 'order.created' AND (e.payload ->> 'id')::bigint = o.id
        GROUP BY o.id HAVING count(e.id) <> 1""",
    "events without order": """
        SELECT e.id FROM jobs_outboxevent e WHERE e.kind = 'order.created'
           AND NOT EXISTS (SELECT FROM sales_order o WHERE o.id = (e.payload ->> 'id')::bigint)""",
    "events without delivery": """
        SELECT e.id FROM jobs_outboxevent e LEFT JOIN jobs_delivery d ON d.event_id = e.id
        GROUP BY e.id HAVING count(d.id) <> 1""",
    "daily totals that aren't those of the orders": """
        SELECT customer_id, day FROM (
            SELECT customer_id, ordered_on AS day, count(*) AS orders, sum(base_minor) AS minor
              FROM sales_order WHERE state <> 'draft' GROUP BY 1, 2) o
        FULL JOIN sales_customerday d USING (customer_id, day)
        WHERE (o.orders, o.minor) IS DISTINCT FROM (d.orders, d.revenue_minor)""",
    "runs that never end": "SELECT id FROM jobs_run WHERE state = 'failed'",
}


def is_caught_up(servers: Servers) -> bool:
    waiting = "SELECT (SELECT count(*) FROM sales_rollupmark) + (SELECT count(*) FROM jobs_outboxevent"
    open_runs = "SELECT count(*) FROM jobs_run WHERE state IN ('queued', 'running')"
    return servers.sql(f"{waiting} WHERE relayed_at IS NULL)") == servers.sql(open_runs) == [(0,)]


def test_nothing_acknowledged_is_lost_or_doubled_under_kills(
    servers: Servers, company: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    order = ["web_worker", "worker", "postgres", "redis", "web", "worker", "postgres", "redis"]
    kills = [order[n % len(order)] for n in range(KILLS)]
    clients = Clients(servers.port, company, ORDERS, label="kept")
    began = time.monotonic()
    said = post_under_kills(servers, clients, kills)
    took = time.monotonic() - began
    caught_up = eventually(lambda: is_caught_up(servers), "the worker has caught up", 180)
    lost, doubled = lost_and_doubled(servers, clients.ledger)
    broken = {what: found[:3] for what, query in BROKEN.items() if (found := servers.sql(query))}
    ledger = clients.ledger
    with capsys.disabled():
        sys.stdout.write(
            f"\n  acknowledged={len(ledger.acknowledged)} kills={len(said)} lost={len(lost)} doubled={len(doubled)}"
            f" retries={ledger.retries} replays={ledger.replays} seconds={took:.0f} caught_up={caught_up:.0f} s"
            f"\n  {', '.join(said)}\n  answers: {dict(sorted(ledger.statuses.items()))}\n"
        )
    assert len(said) == KILLS
    assert ledger.retries >= 1, "no client noticed any of it"
    assert len({one.name for one in ledger.acknowledged}) == ORDERS
    assert (lost, doubled, broken) == ([], [], {})


def test_the_harness_notices_what_a_careless_database_loses(
    servers: Servers, company: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    """With synchronous_commit off PostgreSQL acknowledges what it hasn't written yet."""
    servers.durability = CARELESS
    servers.kill_postgres()
    try:
        clients = Clients(servers.port, company, CONTROL_ORDERS, label="careless")
        post_under_kills(servers, clients, ["postgres"] * CONTROL_KILLS)
        lost, _doubled = lost_and_doubled(servers, clients.ledger)
    finally:
        servers.durability = postgres.DURABLE
    with capsys.disabled():
        sys.stdout.write(f"\n  control: acknowledged={len(clients.ledger.acknowledged)} lost={len(lost)}\n")
    assert lost, "a kill with synchronous_commit off lost nothing: the harness is blind"
