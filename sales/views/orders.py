"""The order list and an order's page."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from accounts.constants import Door
from accounts.models import Customer
from accounts.scope import acting_scope, sections_open
from accounts.sections import CONTACTS
from accounts.services import reads
from crm.lib import display, money
from sales.constants import COUNTING, OrderKind, OrderState
from sales.core.lines import line_tax
from sales.models import Order, OrderLine, Product
from sales.queries import order_history, orders
from sales.queries.orders import Filters
from sales.services import order_steps, order_writing, originals
from users.models import User
from users.requests import UserRequest
from users.roles import Permission

_CHUNK = 1_000
# Tabs of the list: the filters each stands for.
_TABS: tuple[tuple[Any, Filters], ...] = (
    (lazy("All"), Filters()),
    (lazy("Drafts"), Filters(state=OrderState.DRAFT)),
    (lazy("Confirmed"), Filters(state=OrderState.CONFIRMED)),
    (lazy("Returns"), Filters(kind=OrderKind.RETURN)),
    (lazy("Lacking a rate"), Filters(flag="no_rate")),
    (lazy("Unmatched returns"), Filters(flag="unmatched")),
)


def order_list(request: UserRequest) -> HttpResponse:
    """The list with its filters. An htmx call gets only the list."""
    user = request.user
    chosen = Filters.parse(request.GET)
    page = orders.page(user, chosen, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    count = orders.capped_count(user, chosen)
    reads.note(by=user, customer_ids={row.customer_id for row in page.rows}, door=Door.PAGE)
    context = {
        "chosen": chosen,
        "page": page,
        "pager": _pager(chosen, page, count),
        "tabs": [_tab(label, filters, chosen) for label, filters in _TABS],
        "chips": _chips(user, chosen),
        "states": [("counting", _("Counts as sales")), *OrderState.choices],
        "kinds": OrderKind.choices,
        "may_edit": user.may(Permission.ORDER_EDIT),
        "may_export": user.may(Permission.ORDER_EXPORT),
        "export": _export(chosen, "orders"),
        "export_lines": _export(chosen, "order_lines"),
        "status": _status(len(page.rows), count),
    }
    part = "#list" if request.htmx and request.htmx.target == "list" else ""  # type: ignore[attr-defined]
    response = render(request, f"sales/order_list.html{part}", context)
    response["Vary"] = "HX-Request, HX-Target"
    return response


def order_count(request: UserRequest) -> HttpResponse:
    """The exact number of rows, asked for by hand; the words for the pager, or a page without scripts."""
    chosen = Filters.parse(request.GET)
    count = orders.exact_count(request.user, chosen)
    said = ngettext("%(n)s order", "%(n)s orders", count) % {"n": display.number(count)}
    part = "#said" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"sales/order_count.html{part}", {"said": said, "back": _address(chosen)})


def order_detail(request: UserRequest, order_id: int) -> HttpResponse:
    """An order with its lines, amounts, steps, returns and history."""
    rows = Order.objects.readable_by(request.user).select_related("customer", "contact", "rate")
    order = get_object_or_404(rows, pk=order_id)
    reads.note(by=request.user, customer_ids=[order.customer_id], door=Door.PAGE)
    if CONTACTS not in sections_open(request.user, order.customer):
        order.contact = None
    lines = list(order.lines.select_related("product").order_by("position"))
    context = {
        "order": order,
        "lines": lines,
        "amounts": _amounts(order, lines),
        "steps": [(step, order_steps.RULES[step]) for step in order_steps.steps_of(order)],
        "may_edit": may_write(request.user, order.customer),
        "is_open": order_writing.is_open(order),
        "may_return": _may_come_back(order),
        "returns": order.returns.order_by("ordered_on", "id"),
        "original": order.original,
        "entries": order_history.history_of(request.user, order) if request.user.may(Permission.ORDER_VIEW) else [],
        "base": settings.BASE_CURRENCY,
    }
    return render(request, "sales/order_detail.html", context)


def may_write(user: User, customer: Customer) -> bool:
    """Whether the user may write orders of this customer; the services ask again."""
    scope = acting_scope(user, Permission.ORDER_EDIT)
    return scope.covers(owner_id=customer.owner_id, department_id=customer.department_id)


def _may_come_back(order: Order) -> bool:
    """Whether something of the order can still come back."""
    if order.kind != OrderKind.ORDER or order.state not in COUNTING:
        return False
    return any(quantity > 0 for quantity in originals.left_of(order).values())


def _amounts(order: Order, lines: list[OrderLine]) -> dict[str, Any]:
    """Tax and margin. The margin is of the lines whose cost is known, and says how many aren't."""
    tax = sum((line_tax(row.net, row.tax_percent, order.currency) for row in lines), Decimal(0))
    costed = [row for row in lines if row.cost_minor is not None and row.base_minor is not None]
    base = sum(row.base_minor or 0 for row in costed)
    margin = base - sum(row.cost_minor or 0 for row in costed)
    return {
        "tax": tax,
        "gross": order.net + tax,
        "base": None if order.base_minor is None else money.from_minor(order.base_minor, settings.BASE_CURRENCY),
        "margin": money.from_minor(margin, settings.BASE_CURRENCY) if costed else None,
        "margin_share": margin / base if costed and base > 0 else None,
        "uncosted": len(lines) - len(costed),
    }


def _address(chosen: Filters, url_name: str = "sales:order_list", **extra: str) -> str:
    query = urlencode(chosen.params() | extra)
    return f"{reverse(url_name)}?{query}".rstrip("?")


def _export(chosen: Filters, code: str) -> str:
    query = urlencode(chosen.params())
    return f"{reverse('jobs:export_new', args=[code])}?{query}".rstrip("?")


def _pager(chosen: Filters, page: orders.Page, count: int) -> dict[str, Any]:
    return {
        "first": display.number(page.position + 1) if page.rows else "",
        "last": display.number(page.position + len(page.rows)),
        "total": display.capped(count, orders.COUNT_CAP),
        "previous": _address(chosen, before=page.previous) if page.previous else "",
        "next": _address(chosen, after=page.next) if page.next else "",
        "count_url": _address(chosen, "sales:order_count") if count > orders.COUNT_CAP else "",
    }


def _tab(label: Any, filters: Filters, chosen: Filters) -> dict[str, Any]:
    same = (filters.state, filters.kind, filters.flag) == (chosen.state, chosen.kind, chosen.flag)
    return {"name": label, "href": _address(filters), "current": same, "count": ""}


def _chips(user: User, chosen: Filters) -> list[dict[str, str]]:
    """The filters that have no field of their own in the row above, each with the address without it."""
    chips = []
    if chosen.customer is not None:
        customer = Customer.objects.visible_to(user).filter(pk=chosen.customer).first()
        chips.append(("customer", _("Customer"), str(customer or _("not visible to you"))))
    if chosen.product is not None:
        product = Product.objects.filter(pk=chosen.product).first()
        chips.append(("product", _("Product"), str(product or chosen.product)))
    if chosen.currency:
        chips.append(("currency", _("Currency"), chosen.currency))
    if chosen.flag:
        words = {"no_rate": _("no exchange rate"), "unmatched": _("return without an original")}
        chips.append(("flag", _("Flagged"), words[chosen.flag]))
    params = chosen.params()
    return [
        {
            "label": label,
            "value": value,
            "drop": _address(Filters.parse({name: one for name, one in params.items() if name != key})),
        }
        for key, label, value in chips
    ]


def _status(shown: int, count: int) -> str:
    words = {"shown": display.number(shown), "total": display.capped(count, orders.COUNT_CAP)}
    return _("%(shown)s rows shown of %(total)s") % words
