"""Pages that combine chapters: the tier dashboard, my accounts."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Customer
from accounts.scope import scope_of
from crm.lib import dates, display
from dashboards import figures
from dashboards.facts import tier_facts
from sales.queries import totals
from segmentation.models import Standing, TierHistory, TierRun
from segmentation.queries import boards, tier_changes
from segmentation.queries.boards import Cell
from users.models import User
from users.requests import UserRequest
from users.roles import Permission

MONTHS = (1, 3, 12)
MOVERS = 6
PENDING_CAP = 1_000
CHANGES_CAP = 500


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
        context["by_month"] = figures.mix_by_month(boards.mixes(user, ends[-12:], owner_id=owner_id), owner_id=owner_id)
        context |= _movement(request, user, ends[-1], months, owner_id)
    return render(request, "dashboards/tiers.html", context)


def _curve(user: User, day: TierRun, mix: boards.Mix, ends: list[TierRun], owner: User | None) -> dict[str, Any]:
    shape = None if owner else boards.shape(user, day)
    if shape is None:
        owner_id = owner.pk if owner else None
        facts = tier_facts(mix, shape=None, previous=None, prior=None, largest=None, owner_id=owner_id)
        return {"shape": None, "facts": facts}
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
    movers = list(rows[:MOVERS])
    about_to_fall = boards.pending(user, owner_id=owner_id).order_by()[: PENDING_CAP + 1].count()
    return {
        "migration": figures.migration(moves, owner_id=owner_id) if moves.cells else None,
        "movers": tier_changes.worded(movers),
        "movers_heading": _movers_heading(movers),
        "direction": direction,
        "directions": _directions(request),
        "movers_url": figures.movers_url(after=moves.first_day, until=end.as_of, owner_id=owner_id),
        "pending_count": about_to_fall,
        "pending_said": display.capped(about_to_fall, PENDING_CAP),
        "pending_url": figures.pending_url(owner_id=owner_id),
    }


def _directions(request: UserRequest) -> list[tuple[tuple[str, str], str]]:
    """The movers' switch: which direction, the query that asks for it, its words."""
    words = {"": _("All"), "up": _("Up"), "down": _("Down")}
    query = {key: value for key, value in request.GET.dict().items() if key != "direction"}
    return [((key, urlencode(query | {"direction": key})), said) for key, said in words.items()]


def _movers_heading(shown: list[TierHistory]) -> str:
    fallen = [-change.delta_minor for change in shown if not change.is_up and change.delta_minor < 0]
    if not fallen:
        return _("Largest movers")
    return ngettext(
        "The one below that moved down sold %(amount)s less than a year before",
        "The %(count)s below that moved down sold %(amount)s less than a year before",
        len(fallen),
    ) % {"count": len(fallen), "amount": figures.money(sum(fallen))}


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
    tiers = boards.own_tiers(user)
    tier = request.GET.get("tier", "")
    rows = Standing.objects.visible_to(user).filter(customer__owner=user).select_related("customer")
    if tier in tiers:
        rows = rows.filter(grade=tier)
    page = Paginator(rows.order_by(F("sales_minor").desc(nulls_last=True), "customer_id"), 50).get_page(
        request.GET.get("page")
    )
    ends = boards.month_end_runs(1)
    changes = list(_own_changes(user)[:CHANGES_CAP])
    about_to_fall = boards.pending(user, owner_id=user.pk)
    context = {
        "day": boards.latest_day(),
        "tiers": [(grade, tiers.get(grade, Cell())) for grade in figures.TIERS],
        "ungraded": tiers.get(""),
        "all": sum(tiers.values(), Cell()),
        "tier": tier,
        "page": page,
        "total": page.paginator.count,
        "last_end": ends[-1] if ends else None,
        "movers": tier_changes.worded(changes[:MOVERS]),
        "moved": len({change.customer_id for change in changes}),
        "pending": list(about_to_fall.select_related("customer")[:MOVERS]),
        "pending_count": about_to_fall.order_by().count(),
        "pending_url": figures.pending_url(owner_id=user.pk),
    }
    return render(request, "dashboards/my_accounts.html", context)


def _own_changes(user: User) -> QuerySet[TierHistory]:
    """What happened to the tiers of a user's own customers in three months, the latest first."""
    return (
        TierHistory.objects.visible_to(user)
        .filter(customer__owner=user, valid_from__gte=dates.add_months(dates.today(), -3))
        .exclude(Q(previous="") | Q(previous=F("grade")))
        .select_related("customer")
        .order_by("-valid_from", "customer_id")
    )
