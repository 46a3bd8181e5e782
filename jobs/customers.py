"""What this floor may say of customers: their names to those who see them, and nothing to others.

Tasks and messages carry a customer's id. The floor that knows customers registers who sees which.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from crm.lib.registry import Registry
from users.models import User


@dataclass(frozen=True)
class CustomerName:
    """What a customer is called and where it is shown."""

    name: str
    url: str


# One entry, of (user, customer ids): the names of those of them that the user sees.
customer_names: Registry[Callable[[User, Collection[int]], Mapping[int, CustomerName]]] = Registry("customer names")


def seen_by(user: User, ids: Collection[int | None]) -> dict[int, CustomerName]:
    """The customers among these ids that a user sees, by id. One query; none without ids."""
    wanted = {pk for pk in ids if pk is not None}
    if not wanted:
        return {}
    return {pk: name for names in customer_names for pk, name in names(user, wanted).items()}


def sees(user: User, customer_id: int) -> bool:
    """Whether a user sees a customer."""
    return customer_id in seen_by(user, [customer_id])
