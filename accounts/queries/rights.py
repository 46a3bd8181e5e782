"""What a user may do to one customer they see."""

from django.core.exceptions import PermissionDenied

from accounts.models import Customer
from accounts.scope import acting_scope
from users.models import User
from users.roles import Permission


def may(user: User, permission: Permission, customer: Customer) -> bool:
    """Whether a role of the user allows an act on this customer, for its owner and department."""
    return acting_scope(user, permission).covers(
        owner_id=customer.owner_id, department_id=customer.department_id, customer_id=customer.pk
    )


def require(user: User, permission: Permission, customer: Customer) -> None:
    """Refuse an act that `may` doesn't allow, with PermissionDenied."""
    if not may(user, permission, customer):
        raise PermissionDenied
