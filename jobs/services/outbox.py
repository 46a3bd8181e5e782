"""Events for other systems, written in the transaction of the change they tell of."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from jobs.models import OutboxEvent, Subscription
from jobs.registry import event_kinds

BATCH = 1_000


def wanted(kind: str) -> bool:
    """Whether anybody subscribes to a kind of event."""
    return Subscription.objects.filter(kinds__contains=[kind], is_active=True).exists()


def emit(*, kind: str, customer_id: int | None, payload: dict[str, Any]) -> OutboxEvent | None:
    """Write one event; None, and nothing written, if nobody subscribes.

    Raises
    ------
    TransactionManagementError
        Outside a transaction: an event must not be committed without its change.
    KeyError
        If no chapter documents the kind in `jobs.registry.event_kinds`.
    """
    _need_transaction()
    event_kinds.get(kind)
    if not wanted(kind):
        return None
    return OutboxEvent.objects.create(kind=kind, customer_id=customer_id, payload=payload)


def emit_many(*, kind: str, events: Iterable[tuple[int | None, dict[str, Any]]]) -> int:
    """Write many events of a kind, given as (customer id, payload); they aren't read if nobody subscribes.

    Returns how many were written. Raises as `emit`.
    """
    _need_transaction()
    event_kinds.get(kind)
    if not wanted(kind):
        return 0
    rows = (OutboxEvent(kind=kind, customer_id=customer_id, payload=payload) for customer_id, payload in events)
    return len(OutboxEvent.objects.bulk_create(rows, batch_size=BATCH))


def _need_transaction() -> None:
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event is written in the transaction of its change")
