"""The page of one customer, its quick view, and its form."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.constants import Door
from accounts.errors import CodeTakenError, EditConflictError
from accounts.forms.customers import CustomerForm, NewCustomerForm
from accounts.models import Contact, Customer
from accounts.queries import access, columns, groups, redirects, rights, teams
from accounts.scope import sections_open, wholly_in
from accounts.sections import CONTACTS, IDENTITY
from accounts.services import customers, duplicates, reads
from accounts.views import conflicts, panels
from users.queries import changes
from users.requests import UserRequest
from users.roles import Permission


def visible(request: UserRequest) -> QuerySet[Customer]:
    """The customers a caller sees in whole, with what a page names of them."""
    return Customer.objects.visible_to(request.user).select_related("owner", "department", "industry", "region")


def readable(request: UserRequest) -> QuerySet[Customer]:
    """The same and those of which a grant opens a section."""
    return Customer.objects.readable_by(request.user).select_related("owner", "department", "industry", "region")


def customer_detail(request: UserRequest, customer_id: int) -> HttpResponse:
    """One customer, alone or with its group; under a grant alone, and only the sections it opens."""
    customer = visible(request).filter(pk=customer_id).first() or get_object_or_404(readable(request), pk=customer_id)
    whole, opened = wholly_in(request.user, customer), sections_open(request.user, customer)
    noted = reads.note(by=request.user, customer_ids=[customer.pk], door=Door.PAGE)
    group = groups.group_of(request.user, customer.pk) if whole else None
    for_group = request.GET.get("figures") == "group" and group is not None and group.size > 1
    former = redirects.former_ids(customer.pk) if whole else []
    context = {
        "customer": customer,
        "whole": whole,
        "opened": opened,
        "noted": bool(noted),
        "group": group if group and group.size > 1 else None,
        "for_group": for_group,
        "panels": panels.rendered(request, customer, group.visible_ids if group and for_group else (customer.pk,)),
        "contacts": _contacts(customer) if CONTACTS in opened else [],
        "team": teams.team_of(customer) if whole else None,
        "steps": customer.transitions.select_related("by").order_by("-id")[:8] if IDENTITY in opened else [],
        "history": changes.changes_of_customer(
            request.user, customer.pk, former_ids=former, limit=8, without=["accounts.fact"]
        ),
        "former": former,
        "may_edit": rights.may(request.user, Permission.CUSTOMER_EDIT, customer),
        "may_print": bool(access.may_print(request.user, customer)),
        "may_protect": rights.may(request.user, Permission.CUSTOMER_PROTECT, customer),
        "may_stage": rights.may(request.user, Permission.CUSTOMER_STAGE, customer),
        "may_propose": whole and request.user.may(Permission.CUSTOMER_PROPOSE),
        "may_reassign": rights.may(request.user, Permission.CUSTOMER_REASSIGN, customer),
    }
    return render(request, "accounts/customer_detail.html", context)


def _contacts(customer: Customer) -> list[Contact]:
    rows = customer.contacts.select_related("reports_to").defer("search_text", "search_grams")
    return sorted(rows, key=lambda row: (-(row.influence or 0), row.name))


def customer_peek(request: UserRequest, customer_id: int) -> HttpResponse:
    """The quick view beside the list, or as a page of its own."""
    customer = get_object_or_404(visible(request), pk=customer_id)
    reads.note(by=request.user, customer_ids=[customer.pk], door=Door.PAGE)
    shown = [column for column in columns.available(request.user).values() if column.measure]
    context = {
        "customer": customer,
        "facts": list(zip(shown, columns.cells([customer], shown)[customer.pk], strict=True)),
        "contacts": _contacts(customer)[:3],
        "history": changes.changes_of_customer(request.user, customer.pk, limit=3),
    }
    part = "#drawer" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"accounts/customer_peek.html{part}", context)


def customer_create(request: UserRequest) -> HttpResponse:
    """A new customer; where one is there that looks like it, only when the user says that it is another."""
    form = NewCustomerForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        new = form.new()
        if request.POST.get("alike") != "other":
            shown, hidden = duplicates.warnings(new=new, by=request.user)
            if shown or hidden:
                context = {"form": form, "alike": shown, "hidden": hidden, "warned": True}
                return render(request, "accounts/customer_edit.html", context, status=409)
        try:
            made = customers.create(new=new, by=request.user)
        except ValidationError as error:
            form.show(error)
        except CodeTakenError:
            form.add_error("code", _("This code is in use. Choose another, or leave it empty to get one."))
        else:
            messages.success(request, _("%(name)s created.") % {"name": made})
            return redirect("accounts:customer_detail", made.pk)
    status = 422 if form.errors else 200
    return render(request, "accounts/customer_edit.html", {"form": form}, status=status)


def customer_edit(request: UserRequest, customer_id: int) -> HttpResponse:
    """The customer's form; a conflict page if somebody saved the same fields meanwhile."""
    customer = get_object_or_404(visible(request), pk=customer_id)
    rights.require(request.user, Permission.CUSTOMER_EDIT, customer)
    reads.note(by=request.user, customer_ids=[customer.pk], door=Door.PAGE)
    if request.method != "POST":
        form = CustomerForm(None, user=request.user, customer=customer)
        return _form_page(request, form, customer, customer.version, timezone.now())
    form = CustomerForm(request.POST, user=request.user, customer=customer)
    version, opened_at = conflicts.opened(request.POST, customer.version)
    if form.is_valid():
        values = conflicts.without_theirs(form.values(), request.POST)
        try:
            saved = customers.update(customer_id=customer.pk, values=values, version=version, by=request.user)
        except ValidationError as error:
            form.show(error)
        except CodeTakenError:
            form.add_error("code", _("This code is in use by another customer."))
        except EditConflictError as conflict:
            return conflicts.page(request, "accounts/customer_conflict.html", customer, conflict, opened_at)
        else:
            messages.success(request, _("%(name)s saved.") % {"name": saved})
            return redirect("accounts:customer_detail", saved.pk)
    return _form_page(request, form, customer, version, opened_at)


def _form_page(
    request: UserRequest, form: CustomerForm, customer: Customer, version: int, opened_at: dt.datetime
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "customer": customer, "version": version, "opened_at": opened_at}
    return render(request, "accounts/customer_edit.html", context, status=422 if form.errors else 200)
