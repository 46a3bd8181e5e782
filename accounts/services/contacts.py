"""Creating, changing and deleting contacts. Who may edit the customer may edit its contacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Contact, Customer
from accounts.queries import conflicts, rights
from accounts.services import validation
from users.constants import Cause
from users.models import ChangeSet, User
from users.roles import Permission
from users.services import changes

COLUMNS = frozenset(
    {"name", "post", "department", "mobile", "phone", "email", "wechat", "role", "influence", "attitude"}
    | {"reports_to_id", "note"}
)
_DERIVED = ("search_text", "search_grams")


@transaction.atomic
def create(*, customer_id: int, values: Mapping[str, Any], by: User) -> Contact:
    """Add a contact to a customer, with its change set.

    Raises Customer.DoesNotExist, PermissionDenied and ValidationError.
    """
    customer = _editable_customer(customer_id, by)
    row = Contact(customer=customer, **_clean(values, customer_id=customer.pk))
    row.save()
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Contact added"))
    changes.record_create(change_set, row, customer_id=customer.pk)
    return row


@dataclass(frozen=True)
class NewContact:
    """A person to be added to a customer. `reports_to` is the place of an earlier row of the same customer."""

    customer_id: int
    values: Mapping[str, Any]
    reports_to: int | None = None


@transaction.atomic
def create_many(*, rows: Sequence[NewContact], by: User | None, change_set: ChangeSet) -> list[int]:
    """Add contacts by the thousand; returns their ids in the order of the rows, logged by ranges.

    Raises PermissionDenied if `by` (None: the command line) may not edit one of the customers, ValidationError
    for a row that doesn't fit.
    """
    _refuse_uneditable({row.customer_id for row in rows}, by)
    made: list[Contact] = []
    for row in rows:
        above = made[row.reports_to] if row.reports_to is not None else None
        if above is not None and above.customer_id != row.customer_id:
            raise ValidationError({"reports_to_id": _("Choose somebody of the same customer.")})
        contact = Contact(customer_id=row.customer_id, **_clean(row.values, customer_id=row.customer_id))
        contact.set_search_keys()
        made.append(contact)
    Contact.objects.bulk_create(made, batch_size=1_000)
    below = [(made[place], row.reports_to) for place, row in enumerate(rows) if row.reports_to is not None]
    for contact, superior in below:
        contact.reports_to = made[superior]
    Contact.objects.bulk_update([contact for contact, _superior in below], ["reports_to"], batch_size=1_000)
    ids = [contact.pk for contact in made]
    changes.record_bulk(change_set, Contact, ids)
    return ids


def _refuse_uneditable(customer_ids: set[int], by: User | None) -> None:
    if by is None:
        return
    found = Customer.objects.filter(pk__in=customer_ids).only("id", "owner_id", "department_id")
    if not all(rights.may(by, Permission.CUSTOMER_EDIT, customer) for customer in found):
        raise PermissionDenied


@transaction.atomic
def update(
    *, contact_id: int, values: Mapping[str, Any], version: int, by: User, change_set: ChangeSet | None = None
) -> Contact:
    """Change a contact that the user opened at `version`, with a change set, or within one.

    Raises Contact.DoesNotExist, PermissionDenied, ValidationError, and EditConflictError if someone
    changed one of these fields since.
    """
    row = Contact.objects.visible_to(by).select_related("customer").get(pk=contact_id)
    rights.require(by, Permission.CUSTOMER_EDIT, row.customer)
    Customer.objects.select_for_update(no_key=True).get(pk=row.customer_id)
    row.refresh_from_db()
    cleaned = _clean(values, customer_id=row.customer_id, contact_id=row.pk)
    if row.version != version:
        conflict = conflicts.between(row, opened_version=version, mine=cleaned)
        if conflict is not None:
            raise conflict
    changed = {name: value for name, value in cleaned.items() if getattr(row, name) != value}
    if not changed:
        return row
    before = changes.snapshot(row)
    for name, value in changed.items():
        setattr(row, name, value)
    row.set_search_keys()
    row.version += 1
    row.updated_at = timezone.now()
    keys = {name: getattr(row, name) for name in _DERIVED}
    Contact.objects.filter(pk=row.pk).update(**changed, **keys, version=row.version, updated_at=row.updated_at)
    within = change_set or changes.open_set(by=by, cause=Cause.PAGE, summary=_("Contact changed"))
    changes.record_update(within, row, before, customer_id=row.customer_id)
    return row


@transaction.atomic
def delete(*, contact_id: int, by: User) -> None:
    """Delete a contact; the log keeps what was known. Raises Contact.DoesNotExist and PermissionDenied."""
    row = Contact.objects.visible_to(by).select_related("customer").get(pk=contact_id)
    rights.require(by, Permission.CUSTOMER_EDIT, row.customer)
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Contact deleted"))
    changes.record_delete(change_set, row, customer_id=row.customer_id)
    row.delete()


def _editable_customer(customer_id: int, by: User) -> Customer:
    customer = Customer.objects.visible_to(by).select_for_update(no_key=True, of=("self",)).get(pk=customer_id)
    rights.require(by, Permission.CUSTOMER_EDIT, customer)
    return customer


def clean_edit(row: Contact, values: Mapping[str, Any]) -> dict[str, Any]:
    """New values for some of a contact's columns, folded and checked. Raises ValidationError."""
    return _clean(values, customer_id=row.customer_id, contact_id=row.pk)


def clean(values: Mapping[str, Any]) -> dict[str, Any]:
    """Some of a contact's columns, folded and checked, without the superior. Touches no database.

    Raises ValidationError with a message for each field.
    """
    cleaned, errors = _plain(values)
    if errors:
        raise ValidationError(errors)
    return cleaned


def _clean(values: Mapping[str, Any], *, customer_id: int, contact_id: int | None = None) -> dict[str, Any]:
    cleaned, errors = _plain(values)
    reason = _chain_error(cleaned.get("reports_to_id"), customer_id, contact_id)
    if reason:
        errors["reports_to_id"] = ValidationError(reason)
    if errors:
        raise ValidationError(errors)
    return cleaned


def _plain(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    if strange := set(values) - COLUMNS:
        raise ValueError(f"not a contact's column: {', '.join(sorted(strange))}")
    cleaned, errors = validation.plain(values)
    validation.check_columns(Contact, cleaned, errors)
    if cleaned.get("influence") is not None and cleaned["influence"] not in range(1, 6):
        errors["influence"] = ValidationError(_("Influence goes from 1 to 5."))
    return cleaned, errors


def _chain_error(superior_id: int | None, customer_id: int, contact_id: int | None) -> str:
    """Why a contact can't report to another; the customer's row is locked, so the chain stands still."""
    if superior_id is None:
        return ""
    superiors = dict(Contact.objects.filter(customer_id=customer_id).values_list("pk", "reports_to_id"))
    if superior_id not in superiors:
        return _("Choose somebody of the same customer.")
    above: int | None = superior_id
    while above is not None:
        if above == contact_id:
            return _("They would end up reporting to themselves.")
        above = superiors.get(above)
    return ""
