"""Entering and changing orders."""

import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.constants import Door
from accounts.models import Customer
from accounts.services import reads
from crm.lib import money
from sales.constants import OrderState
from sales.core import lines as core
from sales.errors import OrderInvalid, OrderRefused, Stale, StepNotAllowed
from sales.forms import orders as forms
from sales.forms.orders import LineForm, LineFormSet, OrderForm, lines_of
from sales.models import Order
from sales.queries import conflicts
from sales.queries.rates import rates_in_force
from sales.services import orders, submissions
from sales.services.order_rules import OrderInput
from sales.views.orders import may_write
from users.requests import UserRequest


def order_create(request: UserRequest) -> HttpResponse:
    """A new order, saved as a draft or confirmed at once. Sent twice, the form makes one."""
    if request.method != "POST":
        customer = _asked_customer(request)
        first = forms.first_values(customer.pk if customer else None, customer.currency if customer else "")
        form = OrderForm(user=request.user, initial=first | {"token": uuid.uuid4()})
        return _page(request, form, lines_of(initial=[{}]))
    form, lines = OrderForm(request.POST, user=request.user), lines_of(request.POST)
    if not (form.is_valid() & lines.is_valid()):
        return _page(request, form, lines, status=422)
    filled = lines.filled()
    state = OrderState.CONFIRMED if "confirm" in request.POST else OrderState.DRAFT
    new = form.as_input([row.as_input() for row in filled], state)

    def make() -> Order:
        return orders.create_order(new=new, by=request.user)

    try:
        order = submissions.once(token=form.cleaned_data["token"] or uuid.uuid4(), by=request.user, make=make)
    except Customer.DoesNotExist as error:
        raise Http404 from error
    except (OrderInvalid, OrderRefused) as error:
        return _refused(request, form, lines, filled, error)
    messages.success(request, _("Order %(number)s is saved.") % {"number": order.number})
    return redirect("sales:order_detail", order.pk)


def order_edit(request: UserRequest, order_id: int) -> HttpResponse:
    """Change an order. Who comes second sees what the other changed; nothing is overwritten unseen."""
    order = get_object_or_404(Order.objects.visible_to(request.user).select_related("customer"), pk=order_id)
    if not may_write(request.user, order.customer):
        raise PermissionDenied
    reads.note(by=request.user, customer_ids=[order.customer_id], door=Door.PAGE)
    header, rows = forms.initial_of(order, list(order.lines.order_by("position")))
    if request.method != "POST":
        seen = conflicts.last_change_id(order)
        form = OrderForm(user=request.user, order=order, initial=header | {"seen": seen})
        return _page(request, form, lines_of(initial=rows), order=order)
    form = OrderForm(request.POST, user=request.user, order=order)
    lines = lines_of(request.POST)
    if not (form.is_valid() & lines.is_valid()):
        return _page(request, form, lines, order=order, status=422)
    filled = lines.filled()
    new = form.as_input([row.as_input() for row in filled])
    try:
        orders.update_order(order_id=order.pk, version=form.cleaned_data["version"] or 0, new=new, by=request.user)
    except (Customer.DoesNotExist, Order.DoesNotExist) as error:
        raise Http404 from error
    except Stale:
        return _conflict(request, order, form, lines, new)
    except (OrderInvalid, OrderRefused, StepNotAllowed) as error:
        return _refused(request, form, lines, filled, error, order=order)
    messages.success(request, _("Order %(number)s is saved.") % {"number": order.number})
    return redirect("sales:order_detail", order.pk)


@require_POST
def order_totals(request: UserRequest) -> HttpResponse:
    """What the form's lines amount to, by the same rules as saving; a fragment that writes nothing."""
    form, lines = OrderForm(request.POST, user=request.user), lines_of(request.POST)
    form.is_valid()
    currency = str(form.cleaned_data.get("currency") or settings.BASE_CURRENCY)
    amounts = [_line_amounts(row, currency) for row in lines.forms if not _is_gone(row)]
    net = sum((net for _row, net, _tax in amounts if net is not None), Decimal(0))
    tax = sum((tax for _row, _net, tax in amounts if tax is not None), Decimal(0))
    context = {
        "amounts": [(row.prefix, net) for row, net, _tax in amounts],
        "net": net,
        "tax": tax,
        "gross": net + tax,
        "currency": currency,
        "base": _base_amount(net, currency, form.cleaned_data.get("ordered_on")),
        "base_currency": settings.BASE_CURRENCY,
        "open_lines": sum(1 for row, net, _tax in amounts if net is None and row.has_changed()),
    }
    return render(request, "sales/order_form.html#totals", context)


@require_GET
def order_contacts(request: UserRequest) -> HttpResponse:
    """The contact field for the customer that was chosen; a fragment."""
    form = OrderForm(user=request.user, initial={"customer": request.GET.get("customer", "")})
    return render(request, "sales/order_form.html#contact", {"form": form})


def _asked_customer(request: UserRequest) -> Customer | None:
    asked = request.GET.get("customer", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        raise Http404
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=int(asked))
    if not may_write(request.user, customer):
        raise PermissionDenied
    return customer


def _is_gone(row: LineForm) -> bool:
    return bool(row.data.get(f"{row.prefix}-DELETE"))


def _line_amounts(row: LineForm, currency: str) -> tuple[LineForm, Decimal | None, Decimal | None]:
    """A row's net and tax; None as long as it isn't a line yet."""
    row.is_valid()
    values = getattr(row, "cleaned_data", {})
    quantity, price = values.get("quantity"), values.get("unit_price")
    if quantity is None or price is None:
        return row, None, None
    terms = core.LineTerms(quantity, price, values.get("discount_percent") or Decimal(0))
    net = core.line_net(terms, currency)
    if abs(net) >= core.NET_LIMIT:
        return row, None, None
    return row, net, core.line_tax(net, values.get("tax_percent") or Decimal(0), currency)


def _base_amount(net: Decimal, currency: str, day: Any) -> Decimal | None:
    """The net in the base currency at the rate of the day; None where there is none, or none is needed."""
    base = settings.BASE_CURRENCY
    if currency == base or day is None:
        return None
    rate = rates_in_force([(currency, day)]).get((currency, day))
    try:
        minor = core.base_minor_of(net, rate.rate if rate else None, currency, base)
    except core.AmountTooLarge:
        return None
    return None if minor is None else money.from_minor(minor, base)


def _refused(
    request: UserRequest,
    form: OrderForm,
    lines: LineFormSet,
    filled: list[LineForm],
    error: OrderInvalid | OrderRefused | StepNotAllowed,
    order: Order | None = None,
) -> HttpResponse:
    if isinstance(error, OrderInvalid):
        forms.show(error, form, filled)
    else:
        form.add_error(None, str(error))
    return _page(request, form, lines, order=order, status=422)


def _conflict(
    request: UserRequest, order: Order, form: OrderForm, lines: LineFormSet, mine: OrderInput
) -> HttpResponse:
    """The form again with the caller's entries, what the other changed beside it, and the version now stored."""
    order.refresh_from_db()
    conflict = conflicts.changes_since(request.user, order, form.cleaned_data.get("seen") or 0)
    data = request.POST.copy()
    for name, value in conflict.taken_over(form.cleaned_data).items():
        data[name] = "" if value is None else str(value)
    data["version"], data["seen"] = str(order.version), str(conflicts.last_change_id(order))
    again = OrderForm(data, user=request.user, order=order)
    again.is_valid()
    if conflict.takes_their_lines(mine.lines):
        lines = lines_of(initial=forms.initial_of(order, list(order.lines.order_by("position")))[1])
        conflict = replace(conflict, lines_changed=False)
    return _page(request, again, lines, order=order, conflict=conflict, status=409)


def _page(
    request: UserRequest,
    form: OrderForm,
    lines: LineFormSet,
    *,
    order: Order | None = None,
    conflict: conflicts.Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "lines": lines, "order": order, "conflict": conflict, "currency": settings.BASE_CURRENCY}
    return render(request, "sales/order_form.html", context, status=status)
