"""Reading grants of access."""

from django.db.models import QuerySet

from accounts.models import AccessGrant, Customer
from accounts.queries import rights
from accounts.scope import opened_to, wholly_in
from accounts.sections import sections
from users.models import User
from users.roles import Permission

SHOWN = 50


def held_by(user: User) -> QuerySet[AccessGrant]:
    """A user's own grants, the newest first, over or not."""
    return AccessGrant.objects.filter(user=user).select_related("customer", "granted_by")


def given_in_scope(user: User) -> QuerySet[AccessGrant]:
    """The live grants of others to customers that the user has in whole."""
    rows = AccessGrant.objects.visible_to(user).live().exclude(user=user)
    return rows.select_related("customer", "user__department", "granted_by")


def may_withdraw(user: User, grant: AccessGrant) -> bool:
    """Whether a user may end a grant: who holds it, the customer's owner, a manager who decides for it."""
    if user.pk in {grant.user_id, grant.customer.owner_id}:
        return user.is_active
    return rights.may(user, Permission.APPROVAL_DECIDE, grant.customer)


def may_print(user: User, customer: Customer) -> frozenset[str]:
    """The sections of a customer that a user may print: by role in the scope, by grants that allow it outside."""
    if wholly_in(user, customer):
        return frozenset(sections.keys()) if user.may(Permission.CUSTOMER_PRINT) else frozenset()
    grants = opened_to(user).get(customer.pk, ())
    return frozenset().union(*(grant.sections for grant in grants if grant.may_print))
