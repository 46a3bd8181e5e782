"""What other chapters hang on orders, filled by them in `AppConfig.ready()`."""

from collections.abc import Callable
from enum import StrEnum

from crm.lib.registry import Registry
from sales.models import Order
from users.models import User


class Act(StrEnum):
    """The acts on which orders are checked."""

    CONFIRM = "confirm"
    CHANGE = "change"
    REOPEN = "reopen"


# Run inside the order's transaction after its rows are written, on confirming, on changing an order that counts
# and on re-opening. A check raises `sales.errors.OrderRefused` to undo the whole act.
order_checks: Registry[Callable[[Order, Act, User], None]] = Registry("order checks")
