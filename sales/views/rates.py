"""Exchange rates."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import dates
from sales.errors import Stale
from sales.forms.products import RateForm
from sales.models import ExchangeRate
from sales.queries import rates
from sales.services import rates as services
from users.requests import UserRequest
from users.roles import Permission


def rate_list(request: UserRequest) -> HttpResponse:
    """The rates by currency, and the currencies in which orders wait for one."""
    currencies = rates.rated_currencies()
    asked = request.GET.get("currency", "")
    shown = asked if asked in currencies else next(iter(currencies), "")
    context = {
        "tabs": [{"name": one, "href": f"?currency={one}", "current": one == shown, "count": ""} for one in currencies],
        "rates": rates.listed(shown),
        "missing": rates.missing(request.user),
        "base": settings.BASE_CURRENCY,
        "may_edit": request.user.may(Permission.PARAMETER_EDIT),
    }
    return render(request, "sales/rate_list.html", context)


def rate_create(request: UserRequest) -> HttpResponse:
    """A new rate; the orders it concerns are converted by a run."""
    asked = request.GET.get("currency", "")
    form = RateForm(request.POST or None, initial={"currency": asked[:3].upper(), "day": dates.today()})
    return _save(request, form, None)


def rate_edit(request: UserRequest, rate_id: int) -> HttpResponse:
    """Correct a rate; the orders converted at it are converted anew by a run."""
    rate = get_object_or_404(ExchangeRate, pk=rate_id)
    first = {"currency": rate.currency, "day": rate.day, "rate": rate.rate, "version": rate.version}
    form = RateForm(request.POST or None, initial=first)
    form.fields["currency"].disabled = form.fields["day"].disabled = True
    return _save(request, form, rate)


def _save(request: UserRequest, form: RateForm, rate: ExchangeRate | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            services.save_rate(
                currency=values["currency"],
                day=values["day"],
                rate=values["rate"],
                rate_id=rate.pk if rate else None,
                version=values["version"],
                by=request.user,
            )
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                form.add_error(name if name in form.fields else None, texts)
        except Stale:
            form.add_error(None, _("Somebody corrected this rate meanwhile. Open it again to see their number."))
        else:
            messages.success(request, _("The rate is saved. Orders at it are being converted; you'll be told."))
            return redirect(f"{reverse('sales:rate_list')}?currency={values['currency']}")
    context = {"form": form, "rate": rate, "base": settings.BASE_CURRENCY}
    return render(request, "sales/rate_form.html", context, status=422 if form.errors else 200)
