"""Where merged records are found now."""

from collections.abc import Iterable

from accounts.models import Customer, CustomerRedirect
from users.models import User


def survivor_of(user: User, old_id: int) -> int | None:
    """The record a merged one went into, if the user sees it."""
    found = CustomerRedirect.objects.filter(old_id=old_id).values_list("survivor_id", flat=True).first()
    if found is None or not Customer.objects.visible_to(user).filter(pk=found).exists():
        return None
    return found


def survivors(old_ids: Iterable[int]) -> dict[int, int]:
    """The records that merged ones went into, by old id. Whose they are is the caller's to check."""
    rows = CustomerRedirect.objects.filter(old_id__in=list(old_ids))
    return dict(rows.values_list("old_id", "survivor_id"))


def survivors_of_codes(codes: Iterable[str]) -> dict[str, int]:
    """The same by old code: for imports and the API, whose files go on naming it."""
    rows = CustomerRedirect.objects.filter(old_code__in=list(codes))
    return dict(rows.values_list("old_code", "survivor_id"))


def former_ids(customer_id: int) -> list[int]:
    """The ids of the records that went into a customer: logs still name them."""
    return list(CustomerRedirect.objects.filter(survivor_id=customer_id).values_list("old_id", flat=True))
