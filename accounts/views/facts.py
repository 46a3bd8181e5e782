"""Proposed changes: made by who doesn't write the master data, settled by who does."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.constants import Door, FactState
from accounts.errors import FactsMoved
from accounts.forms.contacts import ContactForm
from accounts.forms.customers import CustomerForm
from accounts.forms.facts import EvidenceForm, SettleForm, chosen
from accounts.models import Contact, Customer, Fact
from accounts.queries import conflicts as compared
from accounts.queries import facts as queries
from accounts.services import facts, reads
from accounts.views import conflicts
from users.requests import UserRequest
from users.services import changes

PAGE = 100
SETTLED = 30


def customer_propose(request: UserRequest, customer_id: int) -> HttpResponse:
    """The form of a customer for who doesn't write it: what differs becomes a proposal."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_id)
    reads.note(by=request.user, customer_ids=[customer.pk], door=Door.PAGE)
    data = request.POST if request.method == "POST" else None
    return _proposal(request, CustomerForm(data, user=request.user, customer=customer), customer, None)


def contact_propose(request: UserRequest, contact_id: int) -> HttpResponse:
    """The same for a contact."""
    contact = get_object_or_404(Contact.objects.visible_to(request.user).select_related("customer"), pk=contact_id)
    reads.note(by=request.user, customer_ids=[contact.customer_id], door=Door.PAGE)
    data = request.POST if request.method == "POST" else None
    form = ContactForm(data, customer=contact.customer, contact=contact)
    return _proposal(request, form, contact.customer, contact)


def _proposal(
    request: UserRequest, form: CustomerForm | ContactForm, customer: Customer, contact: Contact | None
) -> HttpResponse:
    row = contact or customer
    version, opened_at = conflicts.opened(request.POST, row.version)
    evidence = EvidenceForm(request.POST if request.method == "POST" else None, prefix="e")
    if request.method == "POST" and form.is_valid() and evidence.is_valid():
        try:
            made = facts.propose(
                customer_id=customer.pk,
                contact_id=contact.pk if contact else None,
                values=_own(row, form.values(), version),
                by=request.user,
                evidence=evidence.said(),
            )
        except ValidationError as error:
            _show(form, evidence, error)
        else:
            messages.success(request, _thanks(len(made)))
            return redirect("accounts:customer_detail", customer.pk)
    context: dict[str, Any] = {
        "form": form,
        "evidence": evidence,
        "customer": customer,
        "contact": contact,
        "version": version if request.method == "POST" else row.version,
        "opened_at": opened_at if request.method == "POST" else timezone.now(),
    }
    template = "accounts/contact_propose.html" if contact else "accounts/customer_propose.html"
    return render(request, template, context, status=422 if form.errors or evidence.errors else 200)


def _own(row: Customer | Contact, values: Mapping[str, Any], version: int) -> dict[str, Any]:
    """The values the proposer changed: what others saved since the form was opened isn't proposed back."""
    if row.version == version:
        return dict(values)
    conflict = compared.between(row, opened_version=version, mine=values)
    edits = [*conflict.clashes, *conflict.merged] if conflict else []
    theirs = {edit.name for edit in edits if edit.mine == edit.before}
    return {name: value for name, value in values.items() if name not in theirs}


def _show(form: CustomerForm | ContactForm, evidence: EvidenceForm, error: ValidationError) -> None:
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    names = {"note": "evidence"} | {name: name for name in ("source", "confidence", "known_on", "expires_on")}
    of_evidence = {name for name in error.error_dict if names.get(name) in evidence.fields and name != "note"}
    for name in of_evidence:
        evidence.add_error(names[name], error.error_dict[name])
    rest = {name: faults for name, faults in error.error_dict.items() if name not in of_evidence}
    if rest:
        form.show(ValidationError(rest))


def _thanks(count: int) -> str:
    return ngettext(
        "%(count)s change proposed. Whoever keeps this customer decides, and you are told.",
        "%(count)s changes proposed. Whoever keeps this customer decides, and you are told.",
        count,
    ) % {"count": count}


def customer_facts(request: UserRequest, customer_id: int) -> HttpResponse:
    """What is proposed for one customer, side by side, and what was settled; accepted or refused one by one."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_id)
    reads.note(by=request.user, customer_ids=[customer.pk], door=Door.PAGE)
    form = SettleForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _sheet(request, customer, form)
    open_facts = _unsettled(customer)
    accept, refuse = chosen(request.POST, open_facts)
    try:
        settled = facts.settle(
            customer_id=customer.pk,
            accept=accept,
            refuse=refuse,
            seen=_seen(request.POST, open_facts),
            by=request.user,
            answer=form.cleaned_data["answer"],
        )
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
        return _sheet(request, customer, form, status=422)
    except Fact.DoesNotExist:
        return _sheet(request, customer, form, status=409, gone=True)
    except FactsMoved as moved:
        return _sheet(request, customer, form, status=409, moved={fact.pk for fact in moved.facts})
    messages.success(request, _said(settled))
    return redirect("accounts:customer_facts", customer.pk)


def _unsettled(customer: Customer) -> list[Fact]:
    rows = Fact.objects.unsettled().filter(customer=customer)
    return list(rows.select_related("customer", "contact", "reporter").order_by("contact_id", "field", "pk"))


def _seen(post: QueryDict, open_facts: list[Fact]) -> dict[int, Any]:
    """What the page showed as stored; what can't be read counts as what the fact itself saw."""
    found = {}
    for fact in open_facts:
        try:
            found[fact.pk] = json.loads(post.get(f"seen-{fact.pk}", ""))
        except ValueError:
            continue
    return found


def _said(settled: list[Fact]) -> str:
    accepted = sum(fact.state == FactState.ACCEPTED for fact in settled)
    return _("%(accepted)s accepted, %(others)s not.") % {"accepted": accepted, "others": len(settled) - accepted}


def _sheet(
    request: UserRequest,
    customer: Customer,
    form: SettleForm,
    *,
    status: int = 200,
    gone: bool = False,
    moved: set[int] | None = None,
) -> HttpResponse:
    open_facts = _unsettled(customer)
    stored = {fact.pk: changes.snapshot(fact.contact or fact.customer).get(fact.field) for fact in open_facts}
    settled = Fact.objects.filter(customer=customer).exclude(state=FactState.UNSETTLED)
    past = settled.select_related("customer", "contact", "reporter", "settled_by").order_by("-settled_at")[:SETTLED]
    context = {
        "customer": customer,
        "form": form,
        "rows": [(row, json.dumps(stored[row.fact.pk])) for row in queries.rows(open_facts, request.user)],
        "past": queries.rows(past, request.user),
        "may_settle": queries.may_settle(request.user, customer),
        "gone": gone,
        "moved": moved or set(),
    }
    return render(request, "accounts/customer_facts.html", context, status=status)


def fact_list(request: UserRequest) -> HttpResponse:
    """What waits for the user to settle, or what they themselves proposed; the oldest first."""
    own = request.GET.get("tab") == "mine"
    found = queries.said_by(request.user).order_by("-pk") if own else queries.to_settle(request.user).order_by("pk")
    page = list(found.select_related("customer", "contact", "reporter", "settled_by")[: PAGE + 1])
    context = {
        "rows": queries.rows(page[:PAGE], request.user),
        "more": len(page) > PAGE,
        "own": own,
        "tabs": [
            {"name": _("To settle"), "href": "?", "current": not own},
            {"name": _("Proposed by me"), "href": "?tab=mine", "current": own},
        ],
    }
    return render(request, "accounts/fact_list.html", context)
