"""Who can keep customers, and to whom a user may hand them."""

from django.db.models import Q, QuerySet

from accounts.scope import acting_scope
from users.models import User
from users.roles import ROLES, Permission, Reach

# Roles that sell: their people may own customers.
OWNER_ROLES = frozenset(
    role.code
    for role in ROLES.values()
    if role.reach is not Reach.ALL and {Permission.CUSTOMER_EDIT, Permission.ORDER_EDIT} <= role.permissions
)


def may_own(user: User) -> bool:
    """Whether a user can be the owner of customers; a program can if its key reaches only those."""
    if user.key is not None:
        return user.reach is Reach.OWN
    return user.is_active and any(role.code in OWNER_ROLES for role in user.roles)


def possible_owners() -> QuerySet[User]:
    """Everybody who can be the owner of customers."""
    return User.objects.filter(is_active=True, groups__name__in=OWNER_ROLES).distinct()


def owners_in_reach(user: User, permission: Permission) -> QuerySet[User]:
    """The owners to whom a user may give customers when creating or reassigning them."""
    scope = acting_scope(user, permission)
    if scope.everything:
        return possible_owners()
    return possible_owners().filter(Q(pk=scope.owner_id) | Q(department_id__in=scope.department_ids))
