"""Where one customer stands on the curve of a run: rank, share of those above, money to the lines."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from segmentation.core.abc import Flag, Tier
from segmentation.core.curve import Curve, Lines
from segmentation.core.rules import limits


@dataclass(frozen=True, slots=True)
class Distance:
    """An amount in minor units, and whether it is exact or as good as the knots."""

    minor: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Position:
    """Where one value stands.

    Attributes
    ----------
    tier, flag
        Computed tier and flag; always exact.
    rank
        Rank among `customers`; `None` without positive sales.
    customers
        Number of customers with positive sales.
    before_minor, before
        Sales of those above, in minor units and as a share of the total; `None` without positive sales.
    exact
        Whether rank and share are exact; otherwise they are read between two knots.
    above_line_minor
        Value less the smallest value of its own tier: money above the line below. `None` for C.
    below_line_minor
        Smallest value of the next higher tier less the value: money missing to the line above. `None` for A.
    may_fall
        The largest amount by which the value may fall so that the tier is kept, all others unchanged.
    must_rise
        The smallest amount by which it must rise to the next higher tier, all others unchanged.
    """

    tier: Tier
    flag: Flag
    rank: int | None
    customers: int
    before_minor: int | None
    before: float | None
    exact: bool
    above_line_minor: int | None
    below_line_minor: int | None
    may_fall: Distance | None
    must_rise: Distance | None


def position(value_minor: int, curve: Curve) -> Position:
    """Read rank, share and distances of one customer from a run's summary.

    The value is taken to be the customer's own in that run: it is part of the total and of the curve. Tier,
    `above_line_minor` and `below_line_minor` are always exact. Rank and share are exact at a knot, between
    knots with no other customer in between, and for any curve of up to 1,000 customers; elsewhere they are
    interpolated and lie between those of the two neighbouring knots (`exact` is then False).

    `above_line_minor` is what a reader means by "above the line": the value less the smallest value in the
    tier. A customer that alone falls by no more than this surely keeps its tier, and one that alone rises by
    `below_line_minor` surely reaches the next. As its own change also moves the total and the order, it may
    fall a little further, or need a little less: `may_fall` and `must_rise` solve this. They are `None` for
    the inclusive convention, under which a customer can lose its tier by growing.

    Parameters
    ----------
    value_minor
        The customer's value in minor units; may be zero or negative.
    curve
        Summary of the run.

    Returns
    -------
    Position
    """
    value = int(value_minor)
    tier, own, next_up = _tier_and_lines(value, curve.lines)
    rank, before_minor, exact = None, None, True
    if value > 0:
        count, before_minor, exact = _others_above(curve, value, value)
        rank = count + 1
    solvable = curve.rules.method == "count" or curve.rules.convention == "before"
    return Position(
        tier=tier,
        flag=Flag.SALES if value > 0 else Flag.NO_SALES if value == 0 else Flag.NET_RETURNS,
        rank=rank,
        customers=curve.customers,
        before_minor=before_minor,
        before=before_minor / curve.total_minor if before_minor is not None and curve.total_minor else None,
        exact=exact,
        above_line_minor=value - own if own is not None else None,
        below_line_minor=next_up - value if next_up is not None else None,
        may_fall=_may_fall(curve, value, tier) if solvable and tier != Tier.C else None,
        must_rise=_must_rise(curve, value, tier, next_up) if solvable and tier != Tier.A else None,
    )


def _tier_and_lines(value: int, lines: Lines) -> tuple[Tier, int | None, int | None]:
    """Tier of a value, the line in money below it and the one above it."""
    if lines.a is not None and value >= lines.a:
        return Tier.A, lines.a, None
    if lines.b is not None and value >= lines.b:
        return Tier.B, lines.b, lines.a
    return Tier.C, None, lines.b


def _others_above(curve: Curve, own: int, value: int) -> tuple[int, int, bool]:
    """Number and sales of the customers with more than `value` (> 0), leaving out the one with `own`.

    The third figure says whether the two are exact.
    """
    knots = curve.knots
    below = bisect_left(knots.value, -value, key=lambda knot: -knot)
    left_out = own if own > value else 0
    if below < len(knots.value) and knots.value[below] == value:
        return knots.rank[below] - 1 - (left_out > 0), knots.before[below] - left_out, True
    if below == 0:
        return 0, 0, True
    upper = below - 1
    count = knots.rank[upper] - 1 + knots.size[upper]
    sales = knots.before[upper] + knots.size[upper] * knots.value[upper]
    if below == len(knots.value):
        return count - (left_out > 0), sales - left_out, True
    between = knots.rank[below] - 1 - count
    between_sales = knots.before[below] - sales
    if knots.value[upper] > own > knots.value[below]:
        between, between_sales = between - 1, between_sales - own
    elif left_out:
        count, sales = count - 1, sales - own
    if between <= 0:
        return count, sales, True
    way = knots.value[upper] - 1 - value  # nobody stands between two neighbouring whole amounts
    span = knots.value[upper] - 1 - knots.value[below]
    return count + between * way // span, sales + max(0, between_sales) * way // span, way == 0


def _stands_above(curve: Curve, own: int, value: int, tier: Tier) -> tuple[bool, bool]:
    """Would the customer with `own` be in `tier` or higher at `value`, all others unchanged? And exactly so?

    True from some value upwards: with a smaller value more customers come before, and the total (so the
    limit) shrinks.
    """
    count, sales, exact = _others_above(curve, own, value)
    counted = own > 0
    line = limits(
        curve.rules,
        total_minor=curve.total_minor - (own if counted else 0) + value,
        customers=curve.customers + (0 if counted else 1),
    )
    place = count if curve.rules.method == "count" else sales
    return place < (line.a if tier == Tier.A else line.b), exact


def _smallest_value(curve: Curve, own: int, tier: Tier, enough: int) -> Distance:
    """Smallest positive value at which the customer is in `tier` or higher, `enough` being known to do."""
    low, high = 1, enough
    while low < high:
        middle = (low + high) // 2
        if _stands_above(curve, own, middle, tier)[0]:
            high = middle
        else:
            low = middle + 1
    exact = _stands_above(curve, own, low, tier)[1]
    if low > 1:
        exact = exact and _stands_above(curve, own, low - 1, tier)[1]
    return Distance(low, exact)


def _may_fall(curve: Curve, value: int, tier: Tier) -> Distance:
    least = _smallest_value(curve, value, tier, value)
    return Distance(value - least.minor, least.exact)


def _must_rise(curve: Curve, value: int, tier: Tier, next_up: int | None) -> Distance:
    wanted = Tier.A if tier == Tier.B else Tier.B
    least = _smallest_value(curve, value, wanted, next_up if next_up is not None else 1)
    return Distance(least.minor - value, least.exact)
