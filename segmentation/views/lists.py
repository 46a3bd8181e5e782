"""The customers behind a number of a dashboard, and those of a run."""

import datetime as dt

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.scope import scope_of
from crm.lib import dates, display
from segmentation.constants import Grade, Purpose
from segmentation.models import TierHistory, TierRun, Verdict
from segmentation.queries import boards, explanations, tier_changes
from users.models import User
from users.requests import UserRequest

ROWS = 50
CAP = 10_000


class CappedPaginator(Paginator[TierHistory]):
    """Counts to the cap and no further."""

    @cached_property
    def count(self) -> int:
        """How many there are, up to the cap."""
        return len(self.object_list[: CAP + 1].values_list("pk"))  # type: ignore[attr-defined]


def tier_list(request: UserRequest) -> HttpResponse:
    """Customers in a tier on a day, perhaps only those that were in another one before."""
    on = _day(request, "on") or dates.today()
    grade = _grade(request, "grade") if "grade" in request.GET else Grade.A.value
    then, was = _day(request, "then"), _grade(request, "was")
    owner = _owner(request)
    rows = boards.in_tier(
        request.user, on=on, grade=grade, was=was if then else None, then=then, owner_id=owner.pk if owner else None
    )
    page = CappedPaginator(rows.order_by("-customer__tier_standing__sales_minor", "customer_id"), ROWS).get_page(
        request.GET.get("page")
    )
    context = {
        "on": on,
        "grade": grade,
        "then": then,
        "was": was,
        "owner": owner,
        "page": page,
        "heading": _heading(grade, was, on, then),
        "total": display.capped(page.paginator.count, CAP),
        "computed": _computed,
    }
    return render(request, "segmentation/tier_list.html", context)


def mover_list(request: UserRequest) -> HttpResponse:
    """Customers that changed tier between two month ends, the largest change in sales first."""
    until = _day(request, "until") or dates.month_end(dates.add_months(dates.today(), -1))
    after = _day(request, "after") or dates.month_end(dates.add_months(dates.month_start(until), -3))
    direction = request.GET.get("direction", "")
    owner = _owner(request)
    rows = boards.movers(
        request.user, after=after, until=until, direction=direction, owner_id=owner.pk if owner else None
    )
    page = CappedPaginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {
        "after": after,
        "until": until,
        "owner": owner,
        "page": page,
        "rows": tier_changes.worded(page.object_list),
        "total": display.capped(page.paginator.count, CAP),
        "computed": _computed,
    }
    return render(request, "segmentation/mover_list.html", context)


def pending_list(request: UserRequest) -> HttpResponse:
    """Customers that one more month end past the line moves down."""
    owner = _owner(request)
    rows = boards.pending(request.user, owner_id=owner.pk if owner else None)
    rows = rows.select_related("customer__owner", "customer__tier_standing")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {"owner": owner, "page": page, "total": page.paginator.count, "computed": _computed}
    return render(request, "segmentation/pending_list.html", context)


def run_detail(request: UserRequest, tier_run_id: int) -> HttpResponse:
    """One tier run: its figures, and for a past day each customer's tier with why."""
    row = get_object_or_404(TierRun.objects.defer("inputs").select_related("restates"), pk=tier_run_id)
    verdicts = (
        Verdict.objects.filter(scope_of(request.user).condition("customer__"), tier_run=row)
        .select_related("customer", "customer__owner")
        .order_by("-value_minor", "customer_id")
    )
    grade = _grade(request, "grade")
    if grade:
        verdicts = verdicts.filter(grade=grade, flag="")
    page = Paginator(verdicts, ROWS).get_page(request.GET.get("page"))
    context = {
        "row": row,
        "page": page,
        "grade": grade,
        "grades": Grade.values,
        "has_verdicts": row.purpose in (Purpose.AS_OF, Purpose.RESTATEMENT),
        "lines": [(verdict, explanations.of_verdict(verdict, row)) for verdict in page.object_list],
        "total": page.paginator.count,
    }
    return render(request, "segmentation/run_detail.html", context)


def _computed() -> bool:
    """Whether there are tiers at all; an empty list asks, so that it can say why it is empty."""
    return boards.latest_day() is not None


def _heading(grade: str, was: str, on: dt.date, then: dt.date | None) -> str:
    said = {"grade": grade, "was": was, "day": display.day(on, language=tier_changes.language())}
    if then is None:
        return _("Tier %(grade)s on %(day)s") % said if grade else _("Without sales in the window on %(day)s") % said
    if not was:
        return _("New in tier %(grade)s on %(day)s") % said
    if not grade:
        return _("Lost from tier %(was)s by %(day)s") % said
    return _("From tier %(was)s to %(grade)s by %(day)s") % said


def _day(request: UserRequest, name: str) -> dt.date | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{name} is not a day") from None


def _grade(request: UserRequest, name: str) -> str:
    grade = request.GET.get(name, "")
    if grade and grade not in Grade.values:
        raise BadRequest(f"{name} is not a tier")
    return grade


def _owner(request: UserRequest) -> User | None:
    """The owner whose part of a number is asked for."""
    asked = request.GET.get("owner", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        raise BadRequest("owner is not a user")
    return get_object_or_404(User, pk=int(asked))
