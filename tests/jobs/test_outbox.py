"""Events are written with their change, and only for kinds somebody wants."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from jobs.models import OutboxEvent, Subscription
from jobs.services import outbox

KIND = "order.created"


def subscribe(**fields: Any) -> None:
    Subscription.objects.create(**{"kinds": [KIND], "target": "https://erp.example/hook"} | fields)


@pytest.mark.django_db
def test_an_event_nobody_wants_is_not_written() -> None:
    subscribe(kinds=["order.cancelled"])
    subscribe(is_active=False)
    assert outbox.emit(kind=KIND, customer_id=7, payload={}) is None
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_a_subscribed_event_is_written_once_however_many_subscribe() -> None:
    subscribe()
    subscribe(target="https://shop.example/hook")
    outbox.emit(kind=KIND, customer_id=7, payload={"order": 12})
    event = OutboxEvent.objects.get()
    assert (event.kind, event.customer_id, event.payload, event.relayed_at) == (KIND, 7, {"order": 12}, None)


@pytest.mark.django_db(transaction=True)
def test_an_event_is_lost_with_its_transaction() -> None:
    subscribe()

    @transaction.atomic
    def change_that_fails() -> None:
        outbox.emit(kind=KIND, customer_id=7, payload={})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_that_fails()
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    subscribe()
    with pytest.raises(transaction.TransactionManagementError):
        outbox.emit(kind=KIND, customer_id=7, payload={})
    with pytest.raises(transaction.TransactionManagementError):
        outbox.emit_many(kind=KIND, events=[(7, {})])
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_many_events_take_as_many_statements_as_batches(django_assert_max_num_queries: Any) -> None:
    subscribe()
    with django_assert_max_num_queries(4):
        assert outbox.emit_many(kind=KIND, events=((n, {"n": n}) for n in range(1_500))) == 1_500
    assert OutboxEvent.objects.count() == 1_500


@pytest.mark.django_db
def test_events_nobody_wants_are_not_even_made() -> None:
    def events() -> Iterator[tuple[int, dict[str, int]]]:
        raise AssertionError("read")
        yield

    assert outbox.emit_many(kind=KIND, events=events()) == 0


@pytest.mark.django_db
def test_an_event_that_nobody_has_documented_is_refused() -> None:
    with pytest.raises(KeyError, match="kinds of events"):
        outbox.emit(kind="order.vanished", customer_id=7, payload={})
