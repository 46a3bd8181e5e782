"""Approvals: what waits for me, what I asked for, one request and its decision."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from users.approvals import approval_kinds
from users.constants import ApprovalState
from users.errors import AlreadyDecided, Invalid
from users.forms import faults
from users.forms.approvals import CommentForm, DecisionForm, DelegationForm
from users.models import Approval, User
from users.queries import approvals as queries
from users.queries import approvers
from users.queries.approval_words import Sheet, rows_of, sheet
from users.requests import UserRequest
from users.roles import Permission
from users.services import approvals, delegations

PAGE = 50


def approval_list(request: UserRequest) -> HttpResponse:
    """What waits for the user's decision, what they asked for, or all they may see; newest first."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in _tabs(request.user) else "mine"
    text = request.GET.get("before", "")
    found = _tab(request.user, tab).select_related("asked_by").order_by("-id")
    if text.isascii() and text.isdigit() and len(text) < 19:
        found = found.filter(pk__lt=int(text))
    page = list(found[: PAGE + 1])
    context = {
        "rows": rows_of(page[:PAGE]),
        "tab": tab,
        "tabs": [
            {"name": words, "href": f"?tab={code}", "current": code == tab}
            for code, words in _tabs(request.user).items()
        ],
        "older": f"?tab={tab}&before={page[PAGE - 1].pk}" if len(page) > PAGE else "",
        "heading": _heading(request.user),
        "delegation": queries.delegation_of(request.user),
        "givers": approvers.givers_to(request.user),
    }
    return render(request, "users/approval_list.html", context)


def _tabs(user: User) -> dict[str, str]:
    tabs = {"mine": _("To decide"), "asked": _("Asked by me")}
    return tabs | {"all": _("All")} if user.may(Permission.APPROVAL_VIEW) else tabs


def _tab(user: User, tab: str) -> QuerySet[Approval]:
    if tab == "asked":
        return queries.asked_by(user)
    return queries.visible_to(user) if tab == "all" else queries.to_decide(user)


def _heading(user: User) -> str:
    waiting = queries.to_decide_count(user)
    if not waiting:
        return _("Nothing waits for your decision")
    return ngettext(
        "%(count)s request waits for your decision", "%(count)s requests wait for your decision", waiting
    ) % {"count": waiting}


def approval_detail(request: UserRequest, approval_id: int) -> HttpResponse:
    """One request: what, why, before and after, who decides, what happened; and the decision."""
    return _detail(request, _sheet(request, approval_id))


def _sheet(request: UserRequest, approval_id: int) -> Sheet:
    found = queries.visible_to(request.user).select_related("asked_by")
    return sheet(get_object_or_404(found, pk=approval_id), request.user)


def _detail(request: UserRequest, shown: Sheet, *, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        "sheet": shown,
        "approval": shown.approval,
        "form": DecisionForm(initial={"step": shown.approval.step}),
        "comment_form": CommentForm(prefix="note"),
    }
    return render(request, "users/approval_detail.html", context | forms, status=status)


@require_POST
def approval_decide(request: UserRequest, approval_id: int) -> HttpResponse:
    """Approve or refuse. Who was too late is told who decided; what can't be carried out says why."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _detail(request, _sheet(request, approval_id), status=422, form=form)
    approve = form.cleaned_data["decision"] == "approve"
    try:
        decided = approvals.decide(
            approval_id=approval_id,
            approve=approve,
            by=request.user,
            comment=form.cleaned_data["comment"],
            step=form.cleaned_data["step"],
        )
    except Approval.DoesNotExist:
        return _detail(request, _sheet(request, approval_id))  # not found, like any other
    except AlreadyDecided as late:
        return _detail(request, _sheet(request, approval_id), status=409, late=str(late))
    if decided.blocked:
        return _detail(request, _sheet(request, approval_id), status=409, form=form)
    messages.success(request, _said(decided, approve=approve))
    return redirect("users:approval_list")


def _said(approval: Approval, *, approve: bool) -> str:
    what = approval_kinds.get(approval.kind).label
    if approval.state == ApprovalState.OPEN:
        return _("%(what)s: approved by you; the next step is with others.") % {"what": what}
    return (_("%(what)s: approved.") if approve else _("%(what)s: refused.")) % {"what": what}


@require_POST
def approval_withdraw(request: UserRequest, approval_id: int) -> HttpResponse:
    """Take one's own request back."""
    try:
        approvals.withdraw(approval_id=approval_id, by=request.user)
    except Approval.DoesNotExist:
        return _detail(request, _sheet(request, approval_id))
    except AlreadyDecided as late:
        return _detail(request, _sheet(request, approval_id), status=409, late=str(late))
    messages.success(request, _("Your request is withdrawn."))
    return redirect("users:approval_detail", approval_id)


@require_POST
def approval_comment(request: UserRequest, approval_id: int) -> HttpResponse:
    """Say something about a request."""
    shown = _sheet(request, approval_id)
    form = CommentForm(request.POST, prefix="note")
    if not form.is_valid():
        return _detail(request, shown, status=422, comment_form=form)
    approvals.add_comment(approval_id=approval_id, by=request.user, comment=form.cleaned_data["comment"])
    return redirect("users:approval_detail", approval_id)


def approval_delegate(request: UserRequest) -> HttpResponse:
    """Give one's approvals to somebody else until a day, or take them back."""
    now = queries.delegation_of(request.user)
    if request.method == "POST" and "end" in request.POST:
        delegations.end(by=request.user)
        messages.success(request, _("You decide yourself again."))
        return redirect("users:approval_list")
    form = DelegationForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = delegations.delegate(by=request.user, **form.cleaned_data)
        except Invalid as error:
            faults.show(form, error)
        else:
            messages.success(request, _("%(name)s decides in your place.") % {"name": made.taker})
            return redirect("users:approval_list")
    status = 422 if form.errors else 200
    return render(request, "users/approval_delegate.html", {"form": form, "now": now}, status=status)
