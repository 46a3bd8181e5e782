"""Who read what: the log of reads, the prints, and the mark that has every read logged."""

from collections.abc import Iterator

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts.forms.reads import ProtectionForm, ReadFilterForm
from accounts.models import Customer, ReadLog
from accounts.queries import reads as queries
from accounts.queries import rights
from accounts.services import protection, reads
from accounts.services.prints import printed_number
from crm.lib import dates, display
from crm.lib.figures import csv_text
from users.requests import UserRequest
from users.roles import Permission

_CHUNK = 1_000
_PRINTS = 200


def read_list(request: UserRequest) -> HttpResponse:
    """Every read under a grant, of a protected customer, and every lookup and print; newest first."""
    form = ReadFilterForm(request.GET)
    page = queries.page(
        request.user, form.filters(), older_than=_number(request, "before"), newer_than=_number(request, "after")
    )
    context = {
        "form": form,
        "page": page,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "count": display.capped(page.count, queries.COUNT_CAP),
    }
    return render(request, "accounts/read_list.html", context)


def read_export(request: UserRequest) -> StreamingHttpResponse:
    """The filtered log as CSV, at most `MOST_EXPORTED` rows of it, newest first."""
    rows = queries.filtered(request.user, ReadFilterForm(request.GET).filters()).order_by("-id").select_related("user")
    reads.log_export(filters=request.GET.urlencode(), by=request.user)
    response = StreamingHttpResponse(_lines(rows, get_language() or "en"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="reads-{dates.today():%Y-%m-%d}.csv"'
    return response


def _lines(rows: QuerySet[ReadLog], language: str) -> Iterator[str]:
    """The file in pieces. The language is set for each: the middleware has gone home when they are made."""
    with override(language):
        heads = [
            _("When"),
            _("Who"),
            _("User name"),
            _("Code"),
            _("Customer"),
            _("Door"),
            _("By grant"),
            _("Protected"),
        ]
        yield csv_text([heads])
    last: int | None = None
    for _batch in range(queries.MOST_EXPORTED // _CHUNK):
        part = list((rows if last is None else rows.filter(pk__lt=last))[:_CHUNK])
        with override(language):
            piece = csv_text([_cells(entry) for entry in queries.with_customers(part)]).removeprefix("\ufeff")
        yield piece
        if len(part) < _CHUNK:
            return
        last = part[-1].pk


def _cells(entry: queries.Entry) -> list[str]:
    row, customer = entry.row, entry.customer
    at = row.at.astimezone(dates.company_zone())
    return [
        f"{at:%Y-%m-%d %H:%M:%S}",
        str(row.user),
        row.user.username,
        customer.code if customer else str(row.customer_id),
        customer.name if customer else "",
        row.get_door_display(),
        _("yes") if row.grant_id else _("no"),
        _("yes") if row.is_protected else _("no"),
    ]


def print_list(request: UserRequest) -> HttpResponse:
    """The prints by number: a paper that turns up somewhere leads back to who printed it."""
    asked = request.GET.get("number", "").strip().upper().removeprefix("P-")
    rows = queries.prints_visible_to(request.user).select_related("user")
    if asked:
        known = asked.isascii() and asked.isdigit() and len(asked) < 10
        rows = rows.filter(number=int(asked)) if known else rows.none()
    listed = list(rows[:_PRINTS])
    customers = Customer.objects.in_bulk({row.customer_id for row in listed})
    found = [(row, printed_number(row), customers.get(row.customer_id)) for row in listed]
    return render(request, "accounts/print_list.html", {"found": found, "asked": asked})


def customer_protect(request: UserRequest, customer_id: int) -> HttpResponse:
    """Protect a customer, or end it: from then on every read is logged."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_id)
    rights.require(request.user, Permission.CUSTOMER_PROTECT, customer)
    if request.method == "POST" and "end" in request.POST:
        protection.unprotect(customer_id=customer.pk, by=request.user)
        messages.success(request, _("%(name)s is no longer protected.") % {"name": customer})
        return redirect("accounts:customer_detail", customer.pk)
    form = ProtectionForm(
        request.POST if request.method == "POST" else None, initial={"reason": customer.protection_reason}
    )
    if request.method == "POST" and form.is_valid():
        try:
            protection.protect(customer_id=customer.pk, reason=form.cleaned_data["reason"], by=request.user)
        except ValidationError as error:
            form.add_error("reason", error.message_dict["reason"][0])
        else:
            messages.success(request, _("%(name)s is protected: every read is logged.") % {"name": customer})
            return redirect("accounts:customer_detail", customer.pk)
    context = {"form": form, "customer": customer}
    return render(request, "accounts/customer_protect.html", context, status=422 if form.errors else 200)


def _number(request: UserRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
