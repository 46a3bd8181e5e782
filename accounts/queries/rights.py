"""What a user may do to one customer they see."""

from django.core.exceptions import PermissionDenied

from accounts.models import Customer
from accounts.scope import acting_scope, strict_department_ids
from users.models import User
from users.roles import Permission


def may(user: User, permission: Permission, customer: Customer) -> bool:
    """Whether a role of the user allows an act on this customer, for its owner and department.

    Master data (CUSTOMER_EDIT) are written by the owner and the department's data steward; where the department
    is strict, by the steward alone.
    """
    if permission is Permission.CUSTOMER_EDIT and customer.department_id in strict_department_ids(user):
        permission = Permission.CUSTOMER_KEEP
    return acting_scope(user, permission).covers(
        owner_id=customer.owner_id, department_id=customer.department_id, customer_id=customer.pk
    )


def require(user: User, permission: Permission, customer: Customer) -> None:
    """Refuse an act that `may` doesn't allow, with PermissionDenied."""
    if not may(user, permission, customer):
        raise PermissionDenied
