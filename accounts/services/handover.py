"""Handing customers over to another owner or department."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.queries import owners
from accounts.scope import acting_scope
from accounts.services import batches
from users.models import Department, User
from users.roles import Permission


@dataclass(frozen=True)
class Destination:
    """To whom customers go: an owner (None: nobody yet) and a department."""

    owner_id: int | None
    department_id: int | None


@transaction.atomic
def reassign(
    *, customer_ids: Sequence[int], owner_id: int | None, department_id: int | None, by: User
) -> batches.Outcome:
    """Give customers an owner and a department, in one change set; what they were stays in the history.

    Without a department they go to the owner's. Customers the user may not reassign are left alone and
    counted as refused; ids out of the user's sight count as missing. Raises ValidationError for someone
    who can't own customers and PermissionDenied for an owner or department out of the user's reach.
    """
    destination = _destination(owner_id, department_id, by)
    return batches.apply(
        customer_ids=customer_ids,
        values={"owner_id": destination.owner_id, "department_id": destination.department_id},
        permission=Permission.CUSTOMER_REASSIGN,
        summary=_("Customers handed over"),
        by=by,
    )


def _destination(owner_id: int | None, department_id: int | None, by: User) -> Destination:
    scope = acting_scope(by, Permission.CUSTOMER_REASSIGN)
    if owner_id is None and department_id is None:
        raise ValidationError(_("Choose an owner or a department."))
    if owner_id is not None:
        owner = owners.possible_owners().filter(pk=owner_id).first()
        if owner is None:
            raise ValidationError({"owner": _("This person can't own customers.")})
        department_id = department_id if department_id is not None else owner.department_id
    if department_id is not None and not Department.objects.filter(pk=department_id).exists():
        raise ValidationError({"department": _("There is no such department.")})
    if not scope.covers(owner_id=owner_id, department_id=department_id):
        raise PermissionDenied(_("This owner or department is outside your reach."))
    return Destination(owner_id, department_id)
