"""What this chapter shows on the customer page, in lists and in the search."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.registry import ArchivePart, Hit, Panel, Search, Sparkline
from accounts.sections import Section
from crm.lib import dates, display, money
from crm.lib.pdf import Part
from sales.constants import ORDER_SECTION
from sales.queries import charts, customers, orders, totals
from users.models import User
from users.roles import Permission

# So many orders stand on a printed archive.
_PRINTED = 30


def twelve_months(user: User, customer_id: int, ids: Sequence[int]) -> dict[str, Any]:
    """Key figures of twelve months, and sales month by month beside the year before. They share their sums."""
    found = customers.figures_of(ids, as_of=totals.reading_day(dates.today()))
    address = reverse("sales:customer_months", args=[customer_id])
    others = f"with={','.join(map(str, ids))}&" if len(ids) > 1 else ""
    return {
        "figures": found,
        "href": _list(ids, first=found.first, last=found.last),
        "left_out": _left_out(found),
        "figure": charts.sales_by_month(ids, found),
        "csv": f"{address}?{others}format=csv",
    }


def latest(user: User, customer_id: int, ids: Sequence[int]) -> dict[str, Any]:
    """The last ten orders, and the way to all of them."""
    return {
        "orders": orders.latest_of(user, ids),
        "href": _list([customer_id]),
        "may_order": user.may(Permission.ORDER_EDIT),
        "customer_id": customer_id,
    }


def summary(user: User, customer_id: int) -> Part:
    """The printed part: figures of twelve months and the latest orders."""
    language = get_language() or "en"
    found = twelve_months(user, customer_id, [customer_id])["figures"]
    base = settings.BASE_CURRENCY

    def amount(minor: int) -> str:
        return display.money(money.from_minor(minor, base), base, language=language)

    facts = [
        (gettext("Sales in 12 months"), amount(found.net_minor)),
        (gettext("the year before"), amount(found.prior_minor)),
        (gettext("Orders"), display.number(found.orders)),
    ]
    rows = [
        (
            row.number,
            display.day(row.ordered_on, language=language),
            row.get_state_display(),
            display.money_full(row.net, row.currency, language=language),
        )
        for row in orders.latest_of(user, [customer_id], limit=_PRINTED)
    ]
    heads = (gettext("Number"), gettext("Ordered on"), gettext("State"), gettext("Net"))
    left_out = display.sentences(_left_out(found), language=language)
    return Part(gettext("Orders"), facts=facts, heads=heads, rows=rows, note=left_out)


def find_orders(user: User, query: str, limit: int) -> list[Hit]:
    """Orders by the beginning of their number."""
    return [
        Hit(row.number, f"{row.customer} · {_day(row.ordered_on)}", reverse("sales:order_detail", args=[row.pk]))
        for row in orders.numbered(user, query, limit=limit)
    ]


def _day(day: Any) -> str:
    return display.day(day, language=get_language() or "en")


def _list(ids: Sequence[int], **period: Any) -> str:
    """The order list behind a figure; of one customer, as a list of several has no address."""
    if len(ids) != 1:
        return ""
    dated = "".join(f"&{name}={day.isoformat()}" for name, day in period.items())
    return f"{reverse('sales:order_list')}?customer={ids[0]}{dated}{'&state=counting' if dated else ''}"


def _left_out(found: customers.Figures) -> list[str]:
    said = []
    if found.without_rate:
        words = ngettext(
            "%(count)s order lacks a rate and is left out",
            "%(count)s orders lack a rate and are left out",
            found.without_rate,
        )
        said.append(words % {"count": display.number(found.without_rate)})
    return said


PRINT = ArchivePart("sales.orders", ORDER_SECTION, summary, Permission.ORDER_VIEW, 30)
SECTION = Section(ORDER_SECTION, _("Orders"), _("Orders with their lines, sales and margin by month."))
_SEE = Permission.ORDER_VIEW
FACTS = Panel("sales.facts", _("Sales"), "sales/_facts.html", twelve_months, _SEE, 10, "facts", ORDER_SECTION)
MONTHS = Panel("sales.months", _("Monthly sales"), "sales/_months.html", twelve_months, _SEE, 10, "main", ORDER_SECTION)
LATEST = Panel("sales.orders", _("Orders"), "sales/_latest.html", latest, _SEE, 50, "main", ORDER_SECTION)
PANELS = (FACTS, MONTHS, LATEST)

TREND = Sparkline(
    "sales.months",
    _("12 months"),
    customers.last_twelve_months,
    Permission.ORDER_VIEW,
)
FINDER = Search("sales.orders", _("Orders"), find_orders, Permission.ORDER_VIEW)
