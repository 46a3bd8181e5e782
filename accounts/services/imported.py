"""Changing many customers, each in its own way, in one change set: what an import of customers does."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts import events
from accounts.models import Contact, Customer, LifeCycleTransition
from accounts.models.customers import DERIVED
from accounts.queries import groups
from crm.lib import dates
from crm.lib.rows import update_rows
from users.models import ChangeSet, User
from users.services import changes

# Stands beside `life_cycle` in what is to be changed: why the customer moved to its stage.
REASON = "life_cycle_reason"


def lock(customer_ids: list[int]) -> dict[int, Customer]:
    """The rows of those customers, locked in the order of their ids until the transaction ends."""
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=customer_ids).order_by("pk")
    return {row.pk: row for row in rows}


def lock_groups(links: Mapping[int, int]) -> None:
    """Lock the customers of `links` (child → new parent) and all above them until the transaction ends.

    So two editors who would close a circle between them come one after the other.
    """
    held: set[int] = set()
    while not (wanted := set(groups.chains_up({pk for pair in links.items() for pk in pair if pk > 0}))) <= held:
        # Somebody may have moved a head while we waited; then lock the new ones too.
        held |= wanted
        lock(sorted(held))


def change_many(
    *, cleaned: Mapping[Customer, Mapping[str, Any]], change_set: ChangeSet, by: User | None = None
) -> None:
    """Write values, checked by `customers.clean_edit`, to locked rows; log what differs, row by row.

    A new stage is a dated step with its reason. Must run inside the transaction that locked the rows.
    """
    _log_steps(cleaned, by)
    cleaned = {row: {k: v for k, v in values.items() if k != REASON} for row, values in cleaned.items()}
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
    update_rows(list(cleaned), [*sorted(names), *DERIVED, "version", "updated_at"])
    changes.record_updates(change_set, ((row, befores[row.pk], row.pk) for row in cleaned))
    events.tell_changed({row.pk: _differing(row, befores[row.pk], values) for row, values in cleaned.items()})


def _log_steps(cleaned: Mapping[Customer, Mapping[str, Any]], by: User | None) -> None:
    LifeCycleTransition.objects.bulk_create(
        (
            LifeCycleTransition(
                customer=row,
                before=row.life_cycle,
                after=values["life_cycle"],
                on=dates.today(),
                reason=values.get(REASON, ""),
                by=by,
            )
            for row, values in cleaned.items()
            if "life_cycle" in values
        ),
        batch_size=1_000,
    )


def _differing(row: Customer, before: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    after = changes.snapshot(row)
    return [name for name in values if before.get(name) != after.get(name)]


def lock_contacts(contact_ids: list[int]) -> dict[int, Contact]:
    """The rows of those contacts, locked in the order of their ids until the transaction ends."""
    rows = Contact.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=contact_ids).order_by("pk")
    return {row.pk: row for row in rows}


def change_contacts(*, cleaned: Mapping[Contact, Mapping[str, Any]], change_set: ChangeSet) -> None:
    """Write checked values to locked contacts; log what differs, row by row."""
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
    update_rows(list(cleaned), [*sorted(names), "search_text", "search_grams", "version", "updated_at"])
    changes.record_updates(change_set, ((row, befores[row.pk], row.customer_id) for row in cleaned))
