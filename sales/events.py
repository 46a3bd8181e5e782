"""What other systems are told of orders."""

from django.utils.translation import gettext_lazy as _

from jobs.registry import EventKind
from users.roles import Permission

_EXAMPLE = {
    "id": 90017,
    "source": "erp",
    "number": "SO-2026-11-0042",
    "kind": "order",
    "state": "confirmed",
    "customer_id": 1042,
    "ordered_on": "2026-11-20",
    "currency": "CNY",
    "net": "86500.00",
    "version": 1,
}

KINDS = (
    EventKind("order.created", _("Order created"), _("A new order or return."), Permission.ORDER_VIEW, _EXAMPLE),
    EventKind(
        "order.changed",
        _("Order changed"),
        _("Header, lines, rate or state of an order changed."),
        Permission.ORDER_VIEW,
        _EXAMPLE | {"state": "shipped", "version": 2},
    ),
    EventKind(
        "order.cancelled",
        _("Order cancelled"),
        _("An order was cancelled and counts no longer."),
        Permission.ORDER_VIEW,
        _EXAMPLE | {"state": "cancelled", "version": 3},
    ),
    EventKind(
        "order.removed",
        _("Order removed"),
        _("The import that brought an order in was taken back; the order isn't there any more."),
        Permission.ORDER_VIEW,
        _EXAMPLE,
    ),
)
