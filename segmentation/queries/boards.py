"""Figures for dashboards: sums of cube rows in the reader's scope, and the customers behind them.

A scope that is a set of departments, or one owner, sums cube rows; customers that a user sees through a team
or a grant are listed, not summed. Ranks and lines are the company's.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Abs

from accounts.scope import Scope, scope_of
from crm.lib import dates
from segmentation.constants import Cause, Flag, Purpose
from segmentation.models import CubeRow, DepartmentShape, MoveRow, Standing, TierHistory, TierRun
from users.models import User


@dataclass(frozen=True)
class Cell:
    """Customers and what they bring, in base minor units."""

    count: int = 0
    value_minor: int = 0

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(self.count + other.count, self.value_minor + other.value_minor)


@dataclass(frozen=True)
class Mix:
    """One run's customers by tier in force; `idle` has those without positive sales, by flag."""

    tier_run: TierRun
    tiers: dict[str, Cell]
    idle: dict[str, Cell]

    @property
    def total(self) -> Cell:
        """All customers with sales."""
        return sum(self.tiers.values(), Cell())


@dataclass(frozen=True)
class Moves:
    """Customers from tier to tier between two month ends; '' stands for new (before) and lost (after)."""

    tier_run: TierRun
    months: int
    cells: dict[tuple[str, str], Cell]

    def count(self, before: str, after: str) -> int:
        """How many went from one tier to another."""
        return self.cells.get((before, after), Cell()).count

    @property
    def first_day(self) -> dt.date:
        """The month end it starts from."""
        return dates.month_end(dates.add_months(dates.month_start(self.tier_run.as_of), -self.months))


@dataclass(frozen=True)
class Shape:
    """A curve and its concentration: the company's, or a department's."""

    points: list[list[float]]
    concentration: dict[str, Any]
    department_id: int | None = None


def cube_condition(scope: Scope) -> Q:
    """The cube rows a scope may sum."""
    if scope.everything:
        return Q()
    allowed = Q(owner_id=scope.owner_id)
    if scope.department_ids:
        allowed |= Q(department_id__in=scope.department_ids)
    return allowed


def latest_day() -> TierRun | None:
    """The run that the standings show."""
    return TierRun.objects.filter(purpose=Purpose.DAY).defer("inputs").order_by("-as_of").first()


def month_end_runs(last: int) -> list[TierRun]:
    """The last evaluated month ends, the oldest first, without their curves."""
    runs = TierRun.objects.filter(purpose=Purpose.MONTH_END).defer("inputs", "curve").order_by("-as_of")[:last]
    return list(runs)[::-1]


def mixes(user: User, runs: list[TierRun], *, owner_id: int | None = None) -> list[Mix]:
    """The mix of each run in the user's scope, or one owner's part of it. One query."""
    rows = CubeRow.objects.filter(cube_condition(scope_of(user)), tier_run__in=runs)
    if owner_id is not None:
        rows = rows.filter(owner_id=owner_id)
    sums = rows.values("tier_run_id", "grade", "flag").annotate(n=Sum("count"), v=Sum("value_minor")).order_by()
    found: dict[int, Mix] = {run.pk: Mix(run, {grade: Cell() for grade in "ABC"}, {}) for run in runs}
    for row in sums:
        cell = Cell(row["n"], row["v"])
        mix = found[row["tier_run_id"]]
        if row["flag"] == Flag.SALES:
            mix.tiers[row["grade"]] = mix.tiers.get(row["grade"], Cell()) + cell
        else:
            mix.idle[row["flag"]] = mix.idle.get(row["flag"], Cell()) + cell
    return [found[run.pk] for run in runs]


def moves(user: User, tier_run: TierRun, *, months: int, owner_id: int | None = None) -> Moves:
    """Who moved in the months before a month end, in the user's scope. One query."""
    rows = MoveRow.objects.filter(cube_condition(scope_of(user)), tier_run=tier_run, months=months)
    if owner_id is not None:
        rows = rows.filter(owner_id=owner_id)
    sums = rows.values("before", "after").annotate(n=Sum("count"), v=Sum("value_minor")).order_by()
    return Moves(tier_run, months, {(row["before"], row["after"]): Cell(row["n"], row["v"]) for row in sums})


def shape(user: User, tier_run: TierRun) -> Shape | None:
    """The curve a user's dashboard draws: the company's, or the own department's; none for a lone owner."""
    scope = scope_of(user)
    if not scope.everything:
        own = user.department_id
        if own is None or own not in scope.department_ids:
            return None
        row = DepartmentShape.objects.filter(tier_run=tier_run, department_id=own).first()
        return Shape(row.points, row.concentration, own) if row else None
    whole = TierRun.objects.only("points", "concentration").get(pk=tier_run.pk)
    return Shape(whole.points, whole.concentration)


def movers(
    user: User, *, after: dt.date, until: dt.date, direction: str = "", owner_id: int | None = None
) -> QuerySet[TierHistory]:
    """Tier changes by month ends in (after, until], the largest change in sales first.

    `direction` is "up", "down" or "" for both.
    """
    first = after + dt.timedelta(days=2)
    rows = (
        TierHistory.objects.visible_to(user)
        .filter(valid_from__range=(first, until + dt.timedelta(days=1)))
        .filter(cause__in=[Cause.EVALUATION, Cause.REPLAY])
        .exclude(previous="")
        .exclude(previous=F("grade"))
        .select_related("customer")
    )
    if direction == "up":
        rows = rows.filter(grade__lt=F("previous"))
    elif direction == "down":
        rows = rows.filter(grade__gt=F("previous"))
    if owner_id is not None:
        rows = rows.filter(customer__owner_id=owner_id)
    return rows.order_by(Abs("delta_minor").desc(), "customer_id")


def pending(user: User, *, owner_id: int | None = None) -> QuerySet[Standing]:
    """Customers that one more month end past the line would move down."""
    rows = (
        Standing.objects.visible_to(user)
        .filter(override="")
        .filter(Q(stable="A", pending_a__gt=0) | Q(stable="B", pending_b__gt=0))
    )
    if owner_id is not None:
        rows = rows.filter(customer__owner_id=owner_id)
    return rows.order_by("-sales_minor", "customer_id")


def in_tier(
    user: User,
    *,
    on: dt.date,
    grade: str,
    was: str | None = None,
    then: dt.date | None = None,
    owner_id: int | None = None,
) -> QuerySet[TierHistory]:
    """The customers in a tier on a day ('': without sales), of those that were in another one on an earlier day.

    The customers behind a cell of a mix (`on`, `grade`) or of a migration matrix (with `was`, `then`).
    """
    rows = _on(TierHistory.objects.visible_to(user), on)
    rows = rows.filter(grade=grade, idle=False) if grade else rows.filter(idle=True)
    if then is not None:
        earlier = _on(TierHistory.objects.filter(idle=False), then).filter(customer_id=OuterRef("customer_id"))
        rows = rows.filter(Exists(earlier.filter(grade=was))) if was else rows.exclude(Exists(earlier))
    if owner_id is not None:
        rows = rows.filter(customer__owner_id=owner_id)
    return rows.select_related("customer", "customer__owner", "customer__tier_standing")


def own_tiers(user: User) -> dict[str, Cell]:
    """A user's own customers by the tier in force now, '' for those without one. One query."""
    rows = Standing.objects.visible_to(user).filter(customer__owner=user).values("grade").order_by("grade")
    counted = rows.annotate(n=Count("pk"), v=Sum("sales_minor", default=0))
    return {row["grade"]: Cell(row["n"], int(row["v"])) for row in counted}


def _on(rows: QuerySet[TierHistory], day: dt.date) -> QuerySet[TierHistory]:
    """The intervals that hold what an evaluation as of a day put in force: from the next day on."""
    in_force = day + dt.timedelta(days=1)
    return rows.filter(valid_from__lte=in_force).filter(Q(valid_to=None) | Q(valid_to__gt=in_force))
