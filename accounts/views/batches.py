"""The same act on many customers: asked once more, done, and taken back."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.constants import LifeCycle
from accounts.forms.batches import HandoverForm, StageForm
from accounts.models import Customer
from accounts.services import batches, handover, life_cycle
from crm.lib import display
from users.requests import UserRequest

MAX_CHOSEN = 5_000


@require_POST
def batch_reassign(request: UserRequest) -> HttpResponse:
    """Hand the chosen customers over: first the question, then the act."""
    ids = _chosen(request)
    asked = "confirm" in request.POST
    form = HandoverForm(request.POST if asked else None, user=request.user)
    if asked and form.is_valid():
        department = form.cleaned_data["department"]
        try:
            outcome = handover.reassign(
                customer_ids=ids,
                owner_id=form.cleaned_data["owner"],
                department_id=department.pk if department else None,
                by=request.user,
            )
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            return _done(request, ids, outcome)
    return _ask(request, form, ids, "accounts/batch_reassign.html")


@require_POST
def batch_stage(request: UserRequest) -> HttpResponse:
    """Move the chosen customers to a stage: first the question, then the act."""
    ids = _chosen(request)
    asked = "confirm" in request.POST
    form = StageForm(request.POST if asked else None)
    if asked and form.is_valid():
        to = LifeCycle(form.cleaned_data["to"])
        try:
            outcome = life_cycle.move(customer_ids=ids, to=to, reason=form.cleaned_data["reason"], by=request.user)
        except ValidationError as error:
            form.add_error("reason", error.messages[0])
        else:
            return _done(request, ids, outcome)
    return _ask(request, form, ids, "accounts/batch_stage.html")


def _chosen(request: UserRequest) -> list[int]:
    texts = request.POST.getlist("id")[:MAX_CHOSEN]
    return sorted({int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19})


def _ask(request: UserRequest, form: forms.Form, ids: Sequence[int], template: str) -> HttpResponse:
    rows = Customer.objects.visible_to(request.user).filter(pk__in=ids).order_by("sort_key", "id")
    if not rows:
        messages.warning(request, _("No customer was chosen."))
        return redirect("accounts:customer_list")
    context = {"form": form, "ids": ids, "rows": rows[:12], "rest": max(len(rows) - 12, 0), "count": len(rows)}
    return render(request, template, context, status=422 if form.errors else 200)


def _done(request: UserRequest, ids: Sequence[int], outcome: batches.Outcome) -> HttpResponse:
    if outcome.missing == len(ids):
        raise PermissionDenied
    said = _said(outcome, _("Done."))
    if outcome.change_set_id is not None:
        link = format_html('<a href="{}">{}</a>', reverse("jobs:undo", args=[outcome.change_set_id]), _("Take it back"))
        messages.success(request, format_html("{} {}", said, link))
    else:
        messages.success(request, said)
    return redirect("accounts:customer_detail", ids[0]) if len(ids) == 1 else redirect("accounts:customer_list")


def _said(outcome: batches.Outcome, lead: str) -> str:
    done, same, refused, missing = outcome.done, outcome.unchanged, outcome.refused, outcome.missing
    said = [lead, ngettext("%(n)s customer changed.", "%(n)s customers changed.", done) % {"n": display.number(done)}]
    if same:
        said.append(ngettext("%(n)s was so already.", "%(n)s were so already.", same) % {"n": same})
    if refused:
        words = ngettext("%(n)s is not yours to change.", "%(n)s are not yours to change.", refused)
        said.append(words % {"n": refused})
    if missing:
        said.append(ngettext("%(n)s is out of your sight.", "%(n)s are out of your sight.", missing) % {"n": missing})
    return display.sentences(said, language=get_language() or "en")
