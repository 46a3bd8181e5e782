"""The summary of a classification that a run keeps: total, lines in money, points of the curve.

From it and one customer's own value, `position` reads rank, share and distance to the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np

from segmentation.core.abc import Classification, Ints, exact_cumulative, group_starts, whole_numbers
from segmentation.core.rules import PARTS, Buffer, Rules, limits, parts

KNOTS: Final = 1_000
"""Points kept of a longer curve; half evenly spaced by rank, half by sales."""

NEAR_LINE: Final = 50
"""Distinct values kept on each side of the A and the B line beyond these points."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines in money: the smallest value that still stands above each; `None` if nobody does.

    `a` and `b` part the computed tiers. A rising customer must reach `a_up`, a falling one must drop below
    `a_down`; `b_up` and `b_down` alike.
    """

    a: int | None
    a_up: int | None
    a_down: int | None
    b: int | None
    b_up: int | None
    b_down: int | None


@dataclass(frozen=True, slots=True)
class Knots:
    """Points of the curve, by value descending; one for each kept distinct value.

    Attributes
    ----------
    value
        Minor units.
    rank
        Rank of the customers with this value; 1 is the largest.
    before
        Sales of all customers with larger values, in minor units.
    size
        Number of customers with this value.
    """

    value: tuple[int, ...]
    rank: tuple[int, ...]
    before: tuple[int, ...]
    size: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Summary of a classification: `customers` with positive sales, their total, lines and knots."""

    rules: Rules
    customers: int
    total_minor: int
    lines: Lines
    knots: Knots


def summarise(value_minor: Ints, classification: Classification, *, buffer: Buffer | None = None) -> Curve:
    """Reduce a classification to what a run keeps.

    Parameters
    ----------
    value_minor
        Shape (n,): the values that were classified.
    classification
        Their classification.
    buffer
        Hysteresis whose lines are kept too; without one they equal the plain lines.

    Returns
    -------
    Curve
        With up to `KNOTS` customers every value is a knot.

    Raises
    ------
    ValueError
        The values are not those that were classified, or the buffer does not fit the rules.
    """
    value = whole_numbers(value_minor)
    if value.shape != classification.tier.shape:
        raise ValueError(f"value_minor: must have shape {classification.tier.shape}, got {value.shape}")
    if buffer is not None:
        buffer.check(classification.rules)
    ranked = value[classification.order]
    first = np.flatnonzero(group_starts(ranked) == np.arange(len(ranked)))
    size = np.diff(first, append=len(ranked))
    before = (exact_cumulative(ranked) - ranked)[first]
    position = classification.position[classification.order][first]
    line = limits(
        classification.rules,
        total_minor=classification.total_minor,
        customers=classification.customers,
        buffer=buffer,
    )
    above = {name: int(np.searchsorted(position, limit)) for name, limit in asdict(line).items()}
    kept = _kept_groups(first, before, above)
    return Curve(
        rules=classification.rules,
        customers=classification.customers,
        total_minor=classification.total_minor,
        lines=Lines(**{name: int(ranked[first[k - 1]]) if k else None for name, k in above.items()}),
        knots=Knots(
            value=tuple(ranked[first[kept]].tolist()),
            rank=tuple((first[kept] + 1).tolist()),
            before=tuple(before[kept].tolist()),
            size=tuple(size[kept].tolist()),
        ),
    )


def pareto_points(curve: Curve) -> list[tuple[float, float]]:
    """Points (share of customers, share of sales) from (0, 0) to (1, 1), largest customers first."""
    points = [(0.0, 0.0)]
    knots = curve.knots
    for value, rank, before, size in zip(knots.value, knots.rank, knots.before, knots.size, strict=True):
        points.append(((rank - 1 + size) / curve.customers, (before + size * value) / curve.total_minor))
    return points if len(points) > 1 else []


def to_json(curve: Curve) -> dict[str, Any]:
    """Return the curve as plain JSON: whole numbers (shares in millionths), names and null."""
    shares = {name: parts(name, getattr(curve.rules, name)) for name in _SHARES}
    return {
        "rules": {"method": curve.rules.method, "convention": curve.rules.convention, **shares},
        "customers": curve.customers,
        "total_minor": curve.total_minor,
        "lines": asdict(curve.lines),
        "knots": {name: list(column) for name, column in asdict(curve.knots).items()},
    }


def from_json(stored: Mapping[str, Any]) -> Curve:
    """Rebuild the curve that `to_json` wrote."""
    rules = stored["rules"]
    return Curve(
        rules=Rules(
            method=rules["method"],
            convention=rules["convention"],
            **{name: Decimal(rules[name]) / PARTS for name in _SHARES},
        ),
        customers=stored["customers"],
        total_minor=stored["total_minor"],
        lines=Lines(**stored["lines"]),
        knots=Knots(**{name: tuple(column) for name, column in stored["knots"].items()}),
    )


_SHARES: Final = ("share_a", "share_b", "count_a", "count_b")


def _kept_groups(first: Ints, before: Ints, above: Mapping[str, int]) -> Ints:
    """Indices of the distinct values to keep: evenly spaced ones, the ends, and those around the lines."""
    groups = len(first)
    if groups <= KNOTS:
        return np.arange(groups)
    by_rank = np.linspace(0, first[-1], KNOTS // 2)
    by_sales = np.linspace(0, before[-1], KNOTS // 2)
    picked = [
        np.searchsorted(first, by_rank, side="right") - 1,
        np.searchsorted(before, by_sales, side="right") - 1,
        np.array([0, groups - 1]),
    ]
    for name, count in above.items():
        reach = NEAR_LINE if name in {"a", "b"} else 1
        picked.append(np.arange(count - reach, count + reach))
    kept = np.unique(np.concatenate(picked))
    return kept[(kept >= 0) & (kept < groups)]
