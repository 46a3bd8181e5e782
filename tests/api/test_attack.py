"""Whatever is sent, no answer is a fault of ours; however often it is sent, it is done once."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings

from accounts.models import Customer
from sales.models import Order
from tests import factories
from tests.api.conftest import an_order, program
from users.models import Department

CALLERS: dict[str, tuple[str, ...]] = {
    "everything": (),
    "reads": ("customer.view", "order.view", "product.view", "tier.view"),
    "orders": ("order.view", "order.edit", "customer.view"),
}
EXAMPLES = 8


@pytest.fixture
def one_connection() -> Iterator[None]:
    """As Django's own test client: the test's connection isn't closed between calls."""
    ends = (signals.request_started, signals.request_finished)
    for one in ends:
        one.disconnect(close_old_connections)
    yield
    for one in ends:
        one.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("caller", [*CALLERS, "nobody"])
def test_no_call_brings_a_fault_and_every_error_is_a_problem(
    caller: str, company: Department, account: Customer
) -> None:
    factories.order(account, source="erp", number="1")
    factories.product()
    headers = {}
    if caller != "nobody":
        headers["Authorization"] = f"Bearer {program(*CALLERS[caller], rate_per_minute=60_000).token}"
    said = schemathesis.openapi.from_wsgi("/api/v1/schema", get_wsgi_application())
    seen: Counter[int] = Counter()
    for result in said.get_all_operations():
        _attack(result.ok(), headers, seen)
    assert seen.total() > 300
    assert not any(status >= 500 for status in seen), seen
    assert seen[401] > 0 if caller == "nobody" else seen[200] > 0


def _attack(operation: Any, headers: dict[str, str], seen: Counter[int]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        answer = case.call(headers=headers)
        seen[answer.status_code] += 1
        where = f"{operation.label}: {answer.status_code} {case.as_curl_command()[:1500]}"
        assert answer.status_code < 500, where
        if answer.status_code >= 400:
            kind = answer.headers["content-type"]
            assert (kind[0] if isinstance(kind, list) else kind).startswith("application/problem+json"), where
            assert len(json.loads(answer.content)["request_id"]) >= 8, where

    send()


def storm(server: str, account: Customer, *, keys: int, times: int, threads: int) -> None:
    """Post each of some orders many times at once under one key."""
    api = program(rate_per_minute=60_000)
    names = [uuid.uuid4().hex for _ in range(keys)]
    host = urlsplit(server).netloc

    def post(name: str) -> tuple[str, int, bytes]:
        connection = HTTPConnection(host, timeout=60)
        body = json.dumps(an_order(account, source="storm", number=name))
        known = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json", "Idempotency-Key": name}
        try:
            connection.request("POST", "/api/v1/orders", body, known)
            answer = connection.getresponse()
            return name, answer.status, answer.read()
        finally:
            connection.close()

    answered: dict[str, set[bytes]] = {name: set() for name in names}
    with ThreadPoolExecutor(threads) as pool:
        for name, status, content in pool.map(post, names * times):
            assert status in (201, 409), content
            if status == 201:
                answered[name].add(content)
    made = Order.objects.filter(source="storm")
    assert made.count() == keys
    assert all(len(contents) == 1 for contents in answered.values())


@pytest.mark.django_db(transaction=True)
def test_repeated_posts_make_one_order_each(live_server: Any, account: Customer) -> None:
    storm(live_server.url, account, keys=8, times=6, threads=6)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ten_thousand_posts_with_repeated_keys_make_no_double(live_server: Any, account: Customer) -> None:
    storm(live_server.url, account, keys=500, times=20, threads=16)
