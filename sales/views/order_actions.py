"""Steps of an order, and goods coming back."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.constants import Door
from accounts.services import reads
from crm.lib import dates
from sales.constants import OrderKind, OrderState
from sales.errors import OrderInvalid, OrderRefused, Stale, StepNotAllowed
from sales.forms.returns import ReturnForm
from sales.models import Order
from sales.services import order_steps, originals, returns, submissions
from sales.services.order_steps import Step
from sales.views.orders import may_write
from users.requests import UserRequest


@require_POST
def order_step(request: UserRequest, order_id: int, step: str) -> HttpResponse:
    """Take one step with an order; what keeps it from being taken is said on the order's page."""
    if step not in set(Step):
        raise Http404
    version = forms.IntegerField().clean(request.POST.get("version") or 0)
    try:
        order = order_steps.take(order_id=order_id, version=version, step=Step(step), by=request.user)
    except Order.DoesNotExist as error:
        raise Http404 from error
    except Stale:
        messages.warning(request, _("Somebody changed this order meanwhile. Look at it again; nothing was done."))
    except (OrderRefused, StepNotAllowed) as error:
        messages.error(request, str(error))
    except OrderInvalid as error:
        messages.error(request, str(error))
    else:
        said = _("Order %(number)s is now: %(state)s.")
        messages.success(request, said % {"number": order.number, "state": order.get_state_display()})
    return redirect("sales:order_detail", order_id)


def order_return(request: UserRequest, order_id: int) -> HttpResponse:
    """Take goods of an order back, at its prices; at most what hasn't come back yet."""
    original = get_object_or_404(Order.objects.visible_to(request.user).select_related("customer"), pk=order_id)
    if not may_write(request.user, original.customer):
        raise PermissionDenied
    if original.kind != OrderKind.ORDER:
        raise Http404
    reads.note(by=request.user, customer_ids=[original.customer_id], door=Door.PAGE)
    lines = list(original.lines.select_related("product").order_by("position"))
    left = originals.left_of(original)
    form = ReturnForm(
        request.POST or None, lines=lines, left=left, initial={"returned_on": dates.today(), "token": uuid.uuid4()}
    )
    if request.method == "POST" and form.is_valid():
        made = _take_back(request, original, form)
        if made is not None:
            messages.success(request, _("Return %(number)s is saved.") % {"number": made.number})
            return redirect("sales:order_detail", made.pk)
    context: dict[str, Any] = {"form": form, "original": original, "rows": form.rows()}
    return render(request, "sales/order_return.html", context, status=422 if form.errors else 200)


def _take_back(request: UserRequest, original: Order, form: ReturnForm) -> Order | None:
    """The return, or None with the errors on the form."""
    chosen = form.chosen()
    day = form.cleaned_data["returned_on"]
    at = timezone.now() if day == dates.today() else dates.start_of_day(day)

    def make() -> Order:
        return returns.create_return(
            original_id=original.pk,
            lines=chosen,
            returned_at=at,
            note=form.cleaned_data["note"],
            state=OrderState.CONFIRMED,
            by=request.user,
        )

    try:
        return submissions.once(token=form.cleaned_data["token"] or uuid.uuid4(), by=request.user, make=make)
    except OrderInvalid as error:
        form.show(error, chosen)
    except (OrderRefused, StepNotAllowed) as error:
        form.add_error(None, str(error))
    return None
