"""Changing customers by the thousand, each in its own way, as imports do."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import events
from accounts.errors import RowsRefusedError
from accounts.models import Customer
from accounts.models.customers import DERIVED
from accounts.queries import rights
from accounts.services import customers, groups
from crm.lib.rows import update_rows
from users.models import ChangeSet, User
from users.roles import Permission
from users.services import changes


@transaction.atomic
def update_many(*, edits: Mapping[int, Mapping[str, Any]], by: User | None, change_set: ChangeSet) -> int:
    """Change columns of many customers, by id; returns how many differ from what they were.

    One COPY and one UPDATE; each row's difference goes into the change set, so that it can be undone.
    Raises PermissionDenied if `by` (None: the command line) may not edit one of them, RowsRefusedError
    with the errors by customer id.
    """
    rows = list(_seen(by).filter(pk__in=list(edits)).select_for_update(no_key=True, of=("self",)).order_by("pk"))
    if len(rows) < len(edits) or (by and not all(rights.may(by, Permission.CUSTOMER_EDIT, row) for row in rows)):
        raise PermissionDenied
    befores = [changes.snapshot(row) for row in rows]
    errors: dict[int, ValidationError] = {}
    differing = []
    changed: dict[int, list[str]] = {}
    for row, before in zip(rows, befores, strict=True):
        try:
            if names := _apply(row, edits[row.pk]):
                differing.append((row, before, row.pk))
                changed[row.pk] = names
        except ValidationError as error:
            errors[row.pk] = error
    if errors:
        raise RowsRefusedError(errors)
    if differing:
        _write([row for row, _, _ in differing])
        changes.record_updates(change_set, differing)
        events.tell_changed(changed)
    return len(differing)


def _seen(by: User | None) -> Any:
    return Customer.objects.visible_to(by) if by else Customer.objects.all()


def _apply(row: Customer, values: Mapping[str, Any]) -> list[str]:
    """Set what differs on the row; the names of it."""
    cleaned = customers.clean_edit(row, values)
    changed = {name: value for name, value in cleaned.items() if getattr(row, name) != value}
    if "parent_id" in changed:
        groups.claim_parent(customer_id=row.pk, parent_id=changed["parent_id"])
        # Written at once: the next row's claim must see it.
        Customer.objects.filter(pk=row.pk).update(parent_id=changed["parent_id"])
    for name, value in changed.items():
        setattr(row, name, value)
    return list(changed)


def _write(rows: Sequence[Customer]) -> None:
    columns = [*sorted(customers.EDITABLE - {"code"}), *DERIVED, "version", "updated_at"]
    now = timezone.now()
    for row in rows:
        row.set_search_keys()
        row.version += 1
        row.updated_at = now
    update_rows(rows, columns)
