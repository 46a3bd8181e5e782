"""Customers that look like one organisation: the list, what people say of a pair, the search."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.constants import PairState
from accounts.models import DuplicatePair
from accounts.queries import duplicates as queries
from accounts.services import duplicates
from crm.lib import display
from users.requests import UserRequest
from users.roles import Permission

ROWS = 25
CAP = 1_000


class CappedPaginator(Paginator[DuplicatePair]):
    """Counts to the cap and no further."""

    @cached_property
    def count(self) -> int:
        """How many there are, up to the cap."""
        return len(self.object_list[: CAP + 1].values_list("pk"))  # type: ignore[attr-defined]


def duplicate_list(request: UserRequest) -> HttpResponse:
    """The pairs of which the reader sees both records, the surest first."""
    state = request.GET.get("state", PairState.OPEN)
    if state not in PairState.values:
        raise BadRequest("state is not one of a pair's")
    page = CappedPaginator(queries.pairs(request.user, state=state), ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(pair, queries.worded(pair.facts)) for pair in page.object_list],
        "state": state,
        "tabs": [
            {"name": one.label, "href": f"?state={one.value}", "current": one == state, "count": ""}
            for one in PairState
        ],
        "total": display.capped(page.paginator.count, CAP),
        "may_search": request.user.may(Permission.IMPORT_RUN),
        "previous": _address(state, page.previous_page_number()) if page.has_previous() else "",
        "next": _address(state, page.next_page_number()) if page.has_next() else "",
    }
    return render(request, "accounts/duplicate_list.html", context)


def _address(state: str, number: int) -> str:
    return "?" + urlencode([("state", state), ("page", str(number))])


def duplicate_search(request: UserRequest) -> HttpResponse:
    """Ask for a search now."""
    if request.method != "POST":
        return redirect("accounts:duplicate_list")
    run = duplicates.request_search(by=request.user)
    return redirect("jobs:run_detail", run.pk)


def duplicate_decide(request: UserRequest, pair_id: int) -> HttpResponse:
    """Say that a pair is not one organisation, or take that back."""
    if request.method != "POST":
        return redirect("accounts:duplicate_list")
    same = request.POST.get("same") == "1"
    try:
        pair = duplicates.decide(pair_id=pair_id, same=same, by=request.user)
    except DuplicatePair.DoesNotExist:
        raise Http404 from None
    said = {"low": pair.low, "high": pair.high}
    if same:
        messages.success(request, _("%(low)s and %(high)s are to be decided again.") % said)
    else:
        words = _("%(low)s and %(high)s stay apart. They come back only if one of them changes.")
        messages.success(request, words % said)
    return redirect("accounts:duplicate_list")
