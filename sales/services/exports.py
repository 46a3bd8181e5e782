"""Orders leaving the house as a file."""

from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib import money
from sales.models import Order
from users.constants import Action, Cause
from users.models import Change, ChangeSet, User
from users.roles import Permission
from users.services import changes


@transaction.atomic
def log_export(*, filters: Mapping[str, str], rows: int, by: User) -> ChangeSet:
    """Write down who exports which orders: the filter and the number of rows. Raises PermissionDenied."""
    if not by.may(Permission.ORDER_EXPORT):
        raise PermissionDenied
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Order list exported"))
    Change.objects.create(
        change_set=change_set,
        action=Action.EXPORT,
        model=Order._meta.label_lower,
        after={"filter": [list(pair) for pair in filters.items()], "rows": rows},
        rows=rows,
    )
    return change_set


def heads() -> list[str]:
    """The heads of the file's columns."""
    return [
        _("Number"),
        _("Ordered on"),
        _("Customer code"),
        _("Customer"),
        _("Kind"),
        _("State"),
        _("Currency"),
        _("Net"),
        _("Net, %(currency)s") % {"currency": settings.BASE_CURRENCY},
        _("Source"),
    ]


def cells(order: Order) -> list[str]:
    """An order as a row of the file."""
    decimals = money.exponent(order.currency)
    base = "" if order.base_minor is None else str(money.from_minor(order.base_minor, settings.BASE_CURRENCY))
    return [
        order.number,
        order.ordered_on.isoformat(),
        order.customer.code,
        str(order.customer),
        order.get_kind_display(),
        order.get_state_display(),
        order.currency,
        f"{order.net:.{decimals}f}",
        base,
        order.source,
    ]
