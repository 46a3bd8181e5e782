"""Marking customers as protected: every read of them is logged, whoever reads."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.queries import rights
from users.constants import Cause
from users.models import User
from users.roles import Permission
from users.services import changes

LONGEST_REASON = 200


@transaction.atomic
def protect(*, customer_id: int, reason: str, by: User) -> Customer:
    """Mark a customer as protected, or give another reason; with its change set.

    Raises Customer.DoesNotExist out of sight, PermissionDenied, and ValidationError without a reason.
    """
    reason = " ".join(reason.replace("\x00", "").split())[:LONGEST_REASON]
    if not reason:
        raise ValidationError({"reason": _("Say why: who reads it will ask.")})
    return _mark(customer_id, protected=True, reason=reason, by=by, summary=_("Customer protected"))


@transaction.atomic
def unprotect(*, customer_id: int, by: User) -> Customer:
    """Take the mark away; with its change set. Raises Customer.DoesNotExist and PermissionDenied."""
    return _mark(customer_id, protected=False, reason="", by=by, summary=_("Protection ended"))


def _mark(customer_id: int, *, protected: bool, reason: str, by: User, summary: str) -> Customer:
    rows = Customer.objects.visible_to(by).select_for_update(no_key=True, of=("self",))
    row = rows.get(pk=customer_id)
    rights.require(by, Permission.CUSTOMER_PROTECT, row)
    before = changes.snapshot(row)
    row.is_protected, row.protection_reason = protected, reason
    if changes.snapshot(row) == before:
        return row
    row.version += 1
    row.updated_at = timezone.now()
    Customer.objects.filter(pk=row.pk).update(
        is_protected=protected, protection_reason=reason, version=row.version, updated_at=row.updated_at
    )
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=summary)
    changes.record_update(change_set, row, before, customer_id=row.pk)
    return row
