"""How the change log speaks of customers: who may read their changes, and where they are shown."""

from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.models import Customer, CustomerRedirect
from accounts.scope import scope_of
from users.models import User
from users.registry import change_scope, record_urls


def of_visible_customers(user: User) -> Q:
    """The changes that concern customers in the user's scope."""
    if scope_of(user).everything:
        return Q()
    # What happened to a record before it was merged is read by those who see the one it went into.
    merged = CustomerRedirect.objects.filter(scope_of(user).condition("survivor__"))
    seen = Q(customer_id__in=Customer.objects.visible_to(user).values("pk"))
    return seen | Q(customer_id__in=merged.values("old_id"))


def _customer_page(customer_id: int, _fields: dict[str, Any]) -> str:
    return reverse("accounts:customer_detail", args=[customer_id])


def register() -> None:
    """Fill the registries of the change log."""
    change_scope.add("accounts", of_visible_customers)
    record_urls.add("accounts.customer", _customer_page)
