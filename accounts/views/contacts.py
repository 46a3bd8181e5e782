"""The form of a contact."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.constants import Door
from accounts.errors import EditConflictError
from accounts.forms.contacts import ContactForm
from accounts.models import Contact, Customer
from accounts.queries import rights
from accounts.services import contacts, reads
from accounts.views import conflicts
from users.requests import UserRequest
from users.roles import Permission


def contact_create(request: UserRequest, customer_id: int) -> HttpResponse:
    """A new contact of a customer."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_id)
    rights.require(request.user, Permission.CUSTOMER_EDIT, customer)
    form = ContactForm(request.POST if request.method == "POST" else None, customer=customer)
    if request.method == "POST" and form.is_valid():
        try:
            made = contacts.create(customer_id=customer.pk, values=form.values(), by=request.user)
        except ValidationError as error:
            form.show(error)
        else:
            messages.success(request, _("%(name)s added.") % {"name": made})
            return redirect("accounts:customer_detail", customer.pk)
    context = {"form": form, "customer": customer}
    return render(request, "accounts/contact_edit.html", context, status=422 if form.errors else 200)


def contact_edit(request: UserRequest, contact_id: int) -> HttpResponse:
    """The form of a contact; a conflict page if somebody saved the same fields meanwhile."""
    contact = _editable(request, contact_id)
    if request.method != "POST":
        form = ContactForm(None, customer=contact.customer, contact=contact)
        return _form_page(request, form, contact, contact.version, timezone.now())
    form = ContactForm(request.POST, customer=contact.customer, contact=contact)
    version, opened_at = conflicts.opened(request.POST, contact.version)
    if form.is_valid():
        values = conflicts.without_theirs(form.values(), request.POST)
        try:
            contacts.update(contact_id=contact.pk, values=values, version=version, by=request.user)
        except ValidationError as error:
            form.show(error)
        except EditConflictError as conflict:
            return conflicts.page(request, "accounts/contact_conflict.html", contact, conflict, opened_at)
        else:
            messages.success(request, _("%(name)s saved.") % {"name": form.cleaned_data["name"]})
            return redirect("accounts:customer_detail", contact.customer_id)
    return _form_page(request, form, contact, version, opened_at)


def contact_delete(request: UserRequest, contact_id: int) -> HttpResponse:
    """Ask once, then delete."""
    contact = _editable(request, contact_id)
    if request.method != "POST":
        return render(request, "accounts/contact_delete.html", {"contact": contact, "customer": contact.customer})
    contacts.delete(contact_id=contact.pk, by=request.user)
    messages.success(request, _("%(name)s deleted. The change log keeps what was known.") % {"name": contact})
    return redirect("accounts:customer_detail", contact.customer_id)


def _editable(request: UserRequest, contact_id: int) -> Contact:
    contact = get_object_or_404(Contact.objects.visible_to(request.user).select_related("customer"), pk=contact_id)
    rights.require(request.user, Permission.CUSTOMER_EDIT, contact.customer)
    reads.note(by=request.user, customer_ids=[contact.customer_id], door=Door.PAGE)
    return contact


def _form_page(
    request: UserRequest, form: ContactForm, contact: Contact, version: int, opened_at: dt.datetime
) -> HttpResponse:
    context = {
        "form": form, "contact": contact, "customer": contact.customer, "version": version, "opened_at": opened_at,
        "may_erase": rights.may(request.user, Permission.CUSTOMER_ERASE, contact.customer),
    }  # fmt: skip
    return render(request, "accounts/contact_edit.html", context, status=422 if form.errors else 200)
