"""Merging two customers field by field, and undoing it."""

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.constants import Door
from accounts.core import merging
from accounts.core.merging import Pick
from accounts.errors import AlreadyMerged, MergeRefused
from accounts.models import Customer, Merge
from accounts.queries import merges as queries
from accounts.queries import redirects, rights
from accounts.services import merges, reads
from users.errors import NobodyToAsk
from users.requests import UserRequest
from users.roles import Permission

ROWS = 50
_PICKS = frozenset(pick.value for pick in Pick)


def merge_edit(request: UserRequest, customer_id: int, other_id: int) -> HttpResponse:
    """Two records side by side: the first survives, the second goes into it."""
    seen = Customer.objects.visible_to(request.user).select_related("owner", "department")
    pair = seen.filter(pk__in=[customer_id, other_id]).in_bulk()
    if len(pair) < 2:
        return _gone(request, customer_id, other_id)
    survivor, loser = pair[customer_id], pair[other_id]
    needs_approval = merges.needs_approval(survivor=survivor, loser=loser, by=request.user)
    reads.note(by=request.user, customer_ids=pair, door=Door.PAGE)
    fault = ""
    if request.method == "POST":
        try:
            return _merge(request, survivor, loser, needs_approval)
        except NobodyToAsk as nobody:
            fault = str(nobody)
        except AlreadyMerged as done:
            messages.warning(request, str(done))
            return redirect("accounts:customer_detail", done.survivor_id)
        except MergeRefused as refused:
            fault = str(refused)
        except ValidationError as error:
            fault = " ".join(error.messages)
    sure, reasons = queries.evidence(survivor, loser)
    hanging = queries.hanging_on([loser.pk])
    choices = queries.choices(request.user, survivor, loser, merges.FIELDS)
    context = {
        "survivor": survivor,
        "loser": loser,
        "choices": [choice for choice in choices if choice.differs],
        "alike": [choice.label for choice in choices if not choice.differs and choice.survivor],
        "moves": hanging[loser.pk],
        "score": sure,
        "reasons": reasons,
        "needs_approval": needs_approval,
        "fault": fault,
    }
    return render(request, "accounts/merge_edit.html", context, status=409 if fault else 200)


def _merge(request: UserRequest, survivor: Customer, loser: Customer, needs_approval: bool) -> HttpResponse:
    wanted = merges.Request(
        survivor_id=survivor.pk,
        loser_id=loser.pk,
        picks=_picks(request.POST),
        survivor_version=_version(request.POST.get("survivor_version", "")),
        loser_version=_version(request.POST.get("loser_version", "")),
    )
    if needs_approval:
        merges.ask(request=wanted, by=request.user, reason=request.POST.get("reason", "")[:500])
        messages.success(request, _("Asked. The records are merged as soon as it is approved; you'll be told."))
        return redirect("accounts:duplicate_list")
    row = merges.merge(request=wanted, by=request.user)
    messages.success(request, _("%(loser)s went into %(survivor)s.") % {"loser": loser, "survivor": survivor})
    return redirect("accounts:merge_detail", row.pk)


def _picks(post: Mapping[str, str]) -> dict[str, Pick]:
    picks = {}
    for name in merges.FIELDS:
        said = post.get(f"pick-{name}", "")
        if said in _PICKS and (said != Pick.BOTH or name in merging.JOINED):
            picks[name] = Pick(said)
    return picks


def _version(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _gone(request: UserRequest, customer_id: int, other_id: int) -> HttpResponse:
    """One of them was merged meanwhile, or was never in sight."""
    for pk in (customer_id, other_id):
        if survivor := redirects.survivor_of(request.user, pk):
            messages.warning(request, _("One of the two records was merged already."))
            return redirect("accounts:customer_detail", survivor)
    raise Http404


def merge_list(request: UserRequest) -> HttpResponse:
    """What was merged, the latest first."""
    rows = Merge.objects.visible_to(request.user).select_related("by", "undone_by").defer("loser", "before", "after")
    page = Paginator(rows.order_by("-id"), ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "total": page.paginator.count,
        "previous": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next": f"?page={page.next_page_number()}" if page.has_next() else "",
    }
    return render(request, "accounts/merge_list.html", context)


def merge_detail(request: UserRequest, merge_id: int) -> HttpResponse:
    """One merge: what went where, and what stands against undoing it."""
    row = get_object_or_404(Merge.objects.visible_to(request.user).select_related("by", "undone_by"), pk=merge_id)
    return _page(request, row)


def merge_undo(request: UserRequest, merge_id: int) -> HttpResponse:
    """Part the records again."""
    row = get_object_or_404(Merge.objects.visible_to(request.user).select_related("by", "undone_by"), pk=merge_id)
    if request.method != "POST":
        return redirect("accounts:merge_detail", row.pk)
    try:
        merges.undo(merge_id=row.pk, by=request.user)
    except MergeRefused as refused:
        messages.error(request, str(refused))
        return _page(request, row, status=409)
    messages.success(request, _("%(code)s is a record of its own again.") % {"code": row.loser_code})
    return redirect("accounts:merge_detail", row.pk)


def _page(request: UserRequest, row: Merge, *, status: int = 200) -> HttpResponse:
    survivor = Customer.objects.visible_to(request.user).filter(pk=row.survivor_id).first()
    context = {
        "row": row,
        "survivor": survivor,
        "moved": queries.moved_by(row),
        "fields": queries.fields_given(row),
        "reasons": merges.why_not_undone(row),
        "may_undo": survivor is not None and rights.may(request.user, Permission.CUSTOMER_MERGE, survivor),
    }
    return render(request, "accounts/merge_detail.html", context, status=status)
