"""ABC (Pareto) classification: who brings the first 80 %, the next 15 %, the rest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from segmentation.core.rules import Rules, limits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]


class Tier(IntEnum):
    """The classes as stored in arrays."""

    A = 0
    B = 1
    C = 2
    NONE = 255
    """Not classified: the customer has not had positive sales at any evaluation yet."""


class Flag(IntEnum):
    """What stands beside the tier."""

    SALES = 0
    NO_SALES = 1
    """Exactly zero in the window."""
    NET_RETURNS = 2
    """Returns exceed sales in the window."""


@dataclass(frozen=True, slots=True, eq=False)
class Classification:
    """The tier of each customer and what it follows from. Arrays have shape (n,), in input order.

    Attributes
    ----------
    rules
        The rules that were applied.
    tier
        `Tier` codes.
    flag
        `Flag` codes. Customers that do not have `Flag.SALES` are C.
    rank
        1 for the largest; equal values share the rank of the first of them; 0 without positive sales.
    before_minor
        Sales of all customers with larger sales, in minor units; the total without positive sales.
    order
        Shape (customers,): indices of the customers with positive sales, by value descending, then code.
    total_minor
        Sum of the positive values in minor units: the denominator of every share.
    position
        What is compared with the lines: `before_minor` (share method), the same plus the customer's own
        value (inclusive convention) or `rank − 1` (count method). Equal values have equal positions.
    """

    rules: Rules
    tier: Codes
    flag: Codes
    rank: Ints
    before_minor: Ints
    order: Ints
    total_minor: int
    position: Ints

    @property
    def customers(self) -> int:
        """Number of customers with positive sales."""
        return len(self.order)

    @property
    def before(self) -> Floats:
        """Share of sales held by those above, 0 to 1; 1 without positive sales."""
        if not self.total_minor:
            return np.ones(len(self.tier))
        return self.before_minor / self.total_minor

    @property
    def tier_counts(self) -> tuple[int, int, int]:
        """Number of A, B and C among the customers with positive sales."""
        counts = np.bincount(self.tier[self.flag == Flag.SALES], minlength=3)
        return int(counts[Tier.A]), int(counts[Tier.B]), int(counts[Tier.C])

    @property
    def flag_counts(self) -> tuple[int, int]:
        """Number of customers at exactly zero, and of those below it."""
        counts = np.bincount(self.flag, minlength=3)
        return int(counts[Flag.NO_SALES]), int(counts[Flag.NET_RETURNS])


def classify(value_minor: Ints, rules: Rules, *, code_rank: Ints | None = None) -> Classification:
    """Classify customers by what they bring.

    Only positive values are ranked and summed; the others are C with a flag. Equal values always get the
    same tier: the one of the first of them. Sums and comparisons are exact integers.

    Parameters
    ----------
    value_minor
        Shape (n,), integers: sales (or margin) of each customer in the window, in minor units of the base
        currency; may be negative.
    rules
        Lines, method and convention.
    code_rank
        Shape (n,), integers: place of each customer's code in ascending order; decides the order among
        equal values. By default the customers are taken to be in order of code.

    Returns
    -------
    Classification

    Raises
    ------
    TypeError
        `value_minor` does not hold integers.
    ValueError
        An array has the wrong shape.
    OverflowError
        The positive values add up to more than 2**63 − 1.
    """
    value = whole_numbers(value_minor)
    order = _descending(value, code_rank)
    ranked = value[order]
    starts = group_starts(ranked)
    through = exact_cumulative(ranked)
    total = int(through[-1]) if len(ranked) else 0

    rank = np.zeros(len(value), dtype=np.int64)
    before_minor = np.full(len(value), total, dtype=np.int64)
    rank[order] = starts + 1
    before_minor[order] = (through - ranked)[starts]

    flag = np.where(value > 0, Flag.SALES, np.where(value == 0, Flag.NO_SALES, Flag.NET_RETURNS))
    position = _position(value, rank, before_minor, rules)
    line = limits(rules, total_minor=total, customers=len(order))
    tier = np.where(position < line.a, Tier.A, np.where(position < line.b, Tier.B, Tier.C))
    tier[flag != Flag.SALES] = Tier.C
    return Classification(
        rules=rules,
        tier=tier.astype(np.uint8),
        flag=flag.astype(np.uint8),
        rank=rank,
        before_minor=before_minor,
        order=order,
        total_minor=total,
        position=position,
    )


def whole_numbers(value_minor: Ints) -> Ints:
    """Return the values as one-dimensional int64.

    Raises
    ------
    TypeError
        Not integers, or too wide for int64. Floats are refused because their sums depend on the order.
    ValueError
        Not one-dimensional.
    """
    value = np.asarray(value_minor)
    if value.size == 0:
        value = value.astype(np.int64)
    if not np.issubdtype(value.dtype, np.integer) or not np.can_cast(value.dtype, np.int64):
        raise TypeError(f"value_minor: must be whole minor units in 64 bits, got {value.dtype}")
    if value.ndim != 1:
        raise ValueError(f"value_minor: must have one dimension, got {value.ndim}")
    return value.astype(np.int64, copy=False)


def exact_cumulative(values: Ints) -> Ints:
    """Return the running sums of non-negative integers.

    Raises
    ------
    OverflowError
        A sum exceeds 2**63 − 1 (a wrapped sum of two non-negative int64 is always negative).
    """
    through = np.cumsum(values, dtype=np.int64)
    if len(through) and through.min() < 0:
        raise OverflowError("value_minor: the sum does not fit in 64 bits")
    return through


def group_starts(ranked: Ints) -> Ints:
    """For sorted values, the index of the first of the equal ones; shape (n,)."""
    index = np.arange(len(ranked), dtype=np.int64)
    if len(ranked):
        index[1:][ranked[1:] == ranked[:-1]] = 0
    return np.maximum.accumulate(index)


def _descending(value: Ints, code_rank: Ints | None) -> Ints:
    """Indices of the positive values, largest first, equal ones by code."""
    if code_rank is None:
        positive = np.flatnonzero(value > 0)
    else:
        ranks = np.asarray(code_rank)
        if ranks.shape != value.shape:
            raise ValueError(f"code_rank: must have shape {value.shape}, got {ranks.shape}")
        by_code = np.argsort(ranks, kind="stable")
        positive = by_code[value[by_code] > 0]
    order: Ints = positive[np.argsort(-value[positive], kind="stable")]
    return order


def _position(value: Ints, rank: Ints, before_minor: Ints, rules: Rules) -> Ints:
    """What is compared with the lines; see `Classification.position`."""
    if rules.method == "count":
        return np.where(rank > 0, rank - 1, np.count_nonzero(rank))
    if rules.convention == "inclusive":
        return before_minor + np.maximum(value, 0)
    return before_minor
