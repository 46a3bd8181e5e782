"""What chapters hang on a customer, filled by them in `AppConfig.ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from crm.lib.registry import Registry
from users.models import User
from users.roles import Permission

# Run inside the transaction that creates customers, with their ids: standings make their rows here.
customer_created: Registry[Callable[[Sequence[int]], None]] = Registry("customer-created hooks")


@dataclass(frozen=True)
class Panel:
    """A chapter's part of the customer page: a template and the function that gives its context."""

    code: str
    label: str | Promise
    template: str
    context: Callable[[User, int], dict[str, Any]]
    permission: Permission
    order: int = 100
    place: str = "main"


customer_panels: Registry[Panel] = Registry("customer panels")
