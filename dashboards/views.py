"""Pages that combine chapters: the tier dashboard, my accounts."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Exists, F, OuterRef, Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.scope import scope_of
from crm.lib import dates
from dashboards import figures
from dashboards.facts import tier_facts
from sales.queries import totals
from segmentation.models import Standing, TierHistory, TierRun
from segmentation.queries import boards, explanations
from users.models import User
from users.requests import UserRequest
from users.roles import Permission

MONTHS = (1, 3, 12)
MOVERS = 6


@dataclass(frozen=True)
class Mover:
    """A customer that changed tier, with why."""

    change: TierHistory
    because: str

    @property
    def up(self) -> bool:
        """Whether it moved up."""
        return self.change.grade < self.change.previous

    @property
    def value_minor(self) -> int:
        """Sales in the window at the change."""
        value: int = self.change.after.get("value") or 0
        return value


def tiers(request: UserRequest) -> HttpResponse:
    """The tier dashboard: concentration, mix by month, migration and movers in the reader's scope."""
    user = request.user
    day = boards.latest_day()
    if day is None:
        return render(request, "dashboards/tiers_empty.html", {"may_compute": user.may(Permission.TIER_RECOMPUTE)})
    owner = _owner(request)
    owner_id = owner.pk if owner else None
    months = int(request.GET.get("months", "")) if request.GET.get("months") in {"1", "3", "12"} else 3
    ends = boards.month_end_runs(13)
    [mix] = boards.mixes(user, [day], owner_id=owner_id)
    context: dict[str, Any] = {
        "day": day,
        "title": _title(user, owner),
        "owner": owner,
        "owners": _owners(user),
        "months": months,
        "all_months": MONTHS,
        "mix": mix,
        "may_compute": user.may(Permission.TIER_RECOMPUTE),
        "last_end": ends[-1] if ends else None,
    }
    context |= _curve(user, day, mix, ends, owner)
    if ends:
        context["by_month"] = figures.mix_by_month(boards.mixes(user, ends[-12:], owner_id=owner_id))
        context |= _movement(request, user, ends[-1], months, owner_id)
    return render(request, "dashboards/tiers.html", context)


def _curve(user: User, day: TierRun, mix: boards.Mix, ends: list[TierRun], owner: User | None) -> dict[str, Any]:
    shape = None if owner else boards.shape(user, day)
    if shape is None:
        return {"shape": None, "facts": tier_facts(mix, shape=None, previous=None, prior=None, largest=None)}
    then = _year_before(day, ends)
    previous = boards.shape(user, then) if then else None
    prior_mix = boards.mixes(user, [then])[0] if then else None
    return {
        "shape": shape,
        "pareto": figures.pareto(shape, mix, previous=previous, months=day.scheme["window_months"]),
        "needed": figures.needed(shape, "0.80"),
        "facts": tier_facts(mix, shape=shape, previous=previous, prior=prior_mix, largest=_largest(user)),
    }


def _year_before(day: TierRun, ends: list[TierRun]) -> TierRun | None:
    """The month end nearest to a year before, if its whole window lies within the orders we know."""
    wanted = dates.add_months(day.as_of, -12)
    known_from = totals.first_day()
    near = [run for run in ends if abs((run.as_of - wanted).days) <= 31 and known_from and run.first_day >= known_from]
    return min(near, key=lambda run: abs((run.as_of - wanted).days), default=None)


def _largest(user: User) -> Customer | None:
    row = (
        Standing.objects.visible_to(user)
        .filter(sales_minor__gt=0)
        .order_by("-sales_minor", "-customer")
        .select_related("customer")
        .first()
    )
    return row.customer if row else None


def _movement(request: UserRequest, user: User, end: TierRun, months: int, owner_id: int | None) -> dict[str, Any]:
    moves = boards.moves(user, end, months=months, owner_id=owner_id)
    direction = request.GET.get("direction", "")
    direction = direction if direction in {"up", "down"} else ""
    rows = boards.movers(user, after=moves.first_day, until=end.as_of, direction=direction, owner_id=owner_id)
    movers = [Mover(row, explanations.of_change(row, end.scheme)) for row in rows[:MOVERS]]
    return {
        "migration": figures.migration(moves) if moves.cells else None,
        "movers": movers,
        "movers_heading": _movers_heading(movers),
        "direction": direction,
        "directions": _directions(request),
        "movers_url": _movers_url(moves.first_day, end.as_of),
        "pending_count": min(boards.pending(user, owner_id=owner_id)[:1_001].count(), 1_001),
    }


def _directions(request: UserRequest) -> list[tuple[tuple[str, str], str]]:
    """The movers' switch: which direction, the query that asks for it, its words."""
    words = {"": _("All"), "up": _("Up"), "down": _("Down")}
    query = {key: value for key, value in request.GET.dict().items() if key != "direction"}
    return [((key, urlencode(query | {"direction": key})), said) for key, said in words.items()]


def _movers_url(after: dt.date, until: dt.date) -> str:
    query = {"after": after.isoformat(), "until": until.isoformat()}
    return f"{reverse('segmentation:mover_list')}?{urlencode(query)}"


def _movers_heading(movers: list[Mover]) -> str:
    down = sum(mover.change.size_minor for mover in movers if not mover.up and mover.change.delta_minor < 0)
    if down:
        return _("Those that moved down sell %(amount)s less than a year before") % {"amount": figures.money(down)}
    return _("Largest movers")


def _title(user: User, owner: User | None) -> str:
    if owner:
        return _("Tiers · %(name)s") % {"name": owner}
    if scope_of(user).everything or user.department is None:
        return _("Tiers · whole company")
    return _("Tiers · %(name)s") % {"name": user.department}


def _owners(user: User) -> list[User]:
    """Owners whose customers the reader sees, for the filter."""
    scope = scope_of(user)
    has_customers = Exists(Customer.objects.filter(owner=OuterRef("pk")))
    people = User.objects.filter(has_customers, is_active=True).order_by("name")
    if not scope.everything:
        people = people.filter(department_id__in=scope.department_ids)
    return list(people[:200])


def _owner(request: UserRequest) -> User | None:
    asked = request.GET.get("owner", "")
    if not asked:
        return None
    for person in _owners(request.user):
        if str(person.pk) == asked:
            return person
    raise Http404


def my_accounts(request: UserRequest) -> HttpResponse:
    """An account manager's own customers by tier, with what changed and what is about to."""
    user = request.user
    rows = (
        Standing.objects.visible_to(user)
        .filter(customer__owner=user)
        .select_related("customer")
        .order_by("-sales_minor", "customer_id")
    )
    day = boards.latest_day()
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    ends = boards.month_end_runs(2)
    changes = (
        TierHistory.objects.visible_to(user)
        .filter(customer__owner=user, valid_from__gte=dates.add_months(dates.today(), -3))
        .exclude(Q(previous="") | Q(previous=F("grade")))
        .select_related("customer")
        .order_by("-valid_from", "customer_id")[:MOVERS]
    )
    scheme = day.scheme if day else {}
    context = {
        "day": day,
        "page": page,
        "total": page.paginator.count,
        "previous_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next_url": f"?page={page.next_page_number()}" if page.has_next() else "",
        "last_end": ends[-1] if ends else None,
        "mix": boards.mixes(user, [day], owner_id=user.pk)[0] if day else None,
        "movers": [Mover(row, explanations.of_change(row, scheme)) for row in changes],
        "pending": list(boards.pending(user, owner_id=user.pk).select_related("customer")[:MOVERS]),
    }
    return render(request, "dashboards/my_accounts.html", context)
