"""The archive rule's pages: ask whether a customer is on record, ask for access, see and end grants."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.errors import TooManyLookupsError
from accounts.forms.access import LookupForm, RequestForm
from accounts.models import AccessGrant, ArchiveLookup
from accounts.queries import access as queries
from accounts.queries import archive as archive_queries
from accounts.sections import sections
from accounts.services import access, archive
from users.errors import NobodyToAsk
from users.models import Approval
from users.requests import UserRequest


def lookup(request: UserRequest) -> HttpResponse:
    """Whether a customer is on record, by an exact mark; the answer is masked, limited and logged."""
    form = LookupForm(request.POST if request.method == "POST" else None, initial={"q": request.GET.get("q", "")})
    context: dict[str, Any] = {"form": form}
    if request.method != "POST":
        return render(request, "accounts/archive_lookup.html", context)
    if form.is_valid():
        try:
            context |= {"found": archive.look_up(query=form.cleaned_data["q"], by=request.user), "asked": True}
        except ValidationError as error:
            form.add_error("q", error.messages[0])
        except TooManyLookupsError as error:
            form.add_error(None, str(error))
            return render(request, "accounts/archive_lookup.html", context, status=429)
    return render(request, "accounts/archive_lookup.html", context, status=422 if form.errors else 200)


def access_request(request: UserRequest, lookup_id: int) -> HttpResponse:
    """Ask for access to a customer that one's own lookup found."""
    try:
        customer = access.looked_up(lookup_id=lookup_id, by=request.user)
    except ArchiveLookup.DoesNotExist:
        raise Http404 from None
    form = RequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            asked = access.request_access(
                lookup_id=lookup_id,
                asked=values["sections"],
                may_print=values["may_print"],
                reason=values["reason"],
                by=request.user,
            )
        except ValidationError as error:
            form.show(error)
        except NobodyToAsk as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Asked. You are told when it is decided."))
            return redirect("users:approval_detail", asked.pk)
    context = {"form": form, "masked": archive_queries.masked(customer), "sections": list(sections)}
    return render(request, "accounts/access_request.html", context, status=422 if form.errors else 200)


def access_list(request: UserRequest) -> HttpResponse:
    """One's own requests and grants, and the live grants to customers in one's scope."""
    given = [
        (grant, queries.may_withdraw(request.user, grant))
        for grant in queries.given_in_scope(request.user)[: queries.SHOWN]
    ]
    waiting = Approval.objects.filter(kind=access.KIND, asked_by=request.user, state="open").order_by("-id")
    context = {
        "held": queries.held_by(request.user)[: queries.SHOWN],
        "live": set(queries.held_by(request.user).live().values_list("pk", flat=True)),  # type: ignore[attr-defined]
        "waiting": waiting[: queries.SHOWN],
        "given": given,
    }
    return render(request, "accounts/access.html", context)


@require_POST
def grant_withdraw(request: UserRequest, grant_id: int) -> HttpResponse:
    """End a grant now."""
    try:
        access.withdraw(grant_id=grant_id, by=request.user)
    except AccessGrant.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The access is closed."))
    return redirect("accounts:access")
