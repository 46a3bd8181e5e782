"""Whose customers a user reads, asked of the floor that knows customers."""

from django.db.models import Q

from users.models import User
from users.registry import change_scope


def of_customers(user: User) -> Q:
    """The rows with a `customer_id` in the user's scope; none while no floor says what that is."""
    found = Q(pk__in=[])
    for condition in change_scope:
        found |= Q(customer_id__isnull=False) & condition(user)
    return found


def of_customers_or_none(user: User) -> Q:
    """The same, and rows that concern no customer."""
    return Q(customer_id=None) | of_customers(user)
