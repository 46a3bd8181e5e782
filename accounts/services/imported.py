"""Changing many customers, each in its own way, in one change set: what an import of customers does."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts import events
from accounts.models import Customer
from accounts.models.customers import DERIVED
from users.models import ChangeSet
from users.services import changes

_BATCH = 500


def lock(customer_ids: list[int]) -> dict[int, Customer]:
    """The rows of those customers, locked in the order of their ids until the transaction ends."""
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=customer_ids).order_by("pk")
    return {row.pk: row for row in rows}


def change_many(*, cleaned: Mapping[Customer, Mapping[str, Any]], change_set: ChangeSet) -> None:
    """Write values, checked by `customers.clean_edit`, to locked rows; log what differs, row by row.

    Must run inside the transaction that locked the rows.
    """
    now = timezone.now()
    befores = {row.pk: changes.snapshot(row) for row in cleaned}
    names: set[str] = set()
    for row, values in cleaned.items():
        for name, value in values.items():
            setattr(row, name, value)
        names |= set(values)
        row.set_search_keys()
        row.version += 1
        row.updated_at = now
    written = sorted(names | set(DERIVED) | {"version", "updated_at"})
    Customer.objects.bulk_update(list(cleaned), written, batch_size=_BATCH)
    changes.record_updates(change_set, ((row, befores[row.pk], row.pk) for row in cleaned))
    events.tell_changed({row.pk: _differing(row, befores[row.pk], values) for row, values in cleaned.items()})


def _differing(row: Customer, before: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    after = changes.snapshot(row)
    return [name for name in values if before.get(name) != after.get(name)]
