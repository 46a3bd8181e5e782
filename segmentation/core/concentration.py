"""How unevenly sales are spread: Gini, Herfindahl–Hirschman index, concentration ratios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from crm.lib.measured import Measured
from segmentation.core.abc import Ints, exact_cumulative, whole_numbers
from segmentation.core.measured import Reason
from segmentation.core.rules import PARTS, parts, rounded_part


@dataclass(frozen=True, slots=True)
class Concentration:
    """The figures of one set of customers, positive values only.

    Attributes
    ----------
    customers
        Number of customers with positive sales.
    total_minor
        Their sales in minor units.
    gini, gini_small_sample
        0 (all equal) to 1; the second is corrected for small numbers.
    hhi
        Sum of squared shares, 1/n to 1.
    top_customers, top_share
        Size of the top fifth (or another part) and the share of sales it holds.
    largest_share
        Share of the largest customer.
    ratios
        (k, share of the k largest) for each k asked for.
    needed
        (share, number of largest customers that hold at least that share) for each share asked for.
    """

    customers: int
    total_minor: int
    gini: Measured
    gini_small_sample: Measured
    hhi: Measured
    top_customers: int
    top_share: Measured
    largest_share: Measured
    ratios: tuple[tuple[int, Measured], ...]
    needed: tuple[tuple[Decimal, int | None], ...]


def measure(
    value_minor: Ints,
    *,
    top: Decimal = Decimal("0.20"),
    ratios: Sequence[int] = (1, 5, 10),
    needed: Sequence[Decimal] = (Decimal("0.50"), Decimal("0.80"), Decimal("0.95")),
) -> Concentration:
    """Measure concentration over the customers with positive values.

    Parameters
    ----------
    value_minor
        Shape (n,), integers in minor units; values of zero and below are left out.
    top
        Part of the customers whose share is taken, above 0 and at most 1; rounded half up to a whole
        customer, at least one.
    ratios
        Numbers of largest customers, each at least 1.
    needed
        Shares of sales, each above 0 and at most 1.

    Raises
    ------
    TypeError, OverflowError
        As `abc.classify`.
    ValueError
        A parameter is out of its range.
    """
    value = whole_numbers(value_minor)
    ascending = np.sort(value[value > 0])
    through = exact_cumulative(ascending[::-1])
    count = len(ascending)
    total = int(through[-1]) if count else 0
    top_customers = top_count(count, top)
    plain = gini(ascending)
    return Concentration(
        customers=count,
        total_minor=total,
        gini=plain,
        gini_small_sample=_small_sample(plain, count),
        hhi=hhi(ascending),
        top_customers=top_customers,
        top_share=_held(through, top_customers),
        largest_share=_held(through, 1),
        ratios=tuple((k, _held(through, _at_least_one(k))) for k in ratios),
        needed=tuple((share, _customers_holding(through, share)) for share in needed),
    )


def gini(value_minor: Ints) -> Measured:
    """Gini coefficient of non-negative values (zeros count as members).

    G = 2·Σ i·xᵢ / (n·Σ x) − (n + 1)/n over the ascending values. The numerator is an exact integer, so the
    result does not depend on the order of the input.

    Parameters
    ----------
    value_minor
        Shape (n,), integers ≥ 0, n < 2**23.

    Returns
    -------
    Measured
        0 to 1; not computable for fewer than two customers or a total of zero.

    Raises
    ------
    ValueError
        A value is negative (G could exceed 1).
    """
    ascending = np.sort(_non_negative(value_minor))
    total = _total(ascending)
    count = len(ascending)
    if total == 0:
        return Measured.missing(Reason.NO_SALES)
    if count == 1:
        return Measured.missing(Reason.ONE_CUSTOMER)
    return Measured((2 * _ranked_sum(ascending) - (count + 1) * total) / (count * total))


def hhi(value_minor: Ints) -> Measured:
    """Herfindahl–Hirschman index Σ sᵢ² of non-negative values: 1/n if all are equal, 1 for one customer."""
    ascending = np.sort(_non_negative(value_minor))
    total = _total(ascending)
    if total == 0:
        return Measured.missing(Reason.NO_SALES)
    shares = ascending / total
    return Measured(float(np.sum(shares * shares)))


def top_count(customers: int, top: Decimal) -> int:
    """Size of the top part: rounded half up, at least one, none of nobody."""
    part = _share("top", top)
    return min(customers, max(1, rounded_part(part, customers)))


def _share(name: str, share: Decimal) -> int:
    part = parts(name, share)
    if not 0 < part <= PARTS:
        raise ValueError(f"{name}: must be above 0 and at most 1, got {share}")
    return part


def _at_least_one(count: int) -> int:
    if count < 1:
        raise ValueError(f"number of customers: must be at least 1, got {count}")
    return count


def _non_negative(value_minor: Ints) -> Ints:
    value = whole_numbers(value_minor)
    if len(value) and value.min() < 0:
        raise ValueError("value_minor: must not be negative; measure customers with positive sales only")
    return value


def _total(ascending: Ints) -> int:
    through = exact_cumulative(ascending)
    return int(through[-1]) if len(through) else 0


def _small_sample(plain: Measured, count: int) -> Measured:
    return plain if plain.value is None else Measured(plain.value * count / (count - 1))


def _held(through: Ints, largest: int) -> Measured:
    """Share of the largest customers, from running sums in descending order."""
    if not len(through):
        return Measured.missing(Reason.NO_SALES)
    return Measured(int(through[min(largest, len(through)) - 1]) / int(through[-1]))


def _customers_holding(through: Ints, share: Decimal) -> int | None:
    """Number of largest customers that hold at least this share; None without sales."""
    part = _share("needed", share)
    if not len(through):
        return None
    target = -(-part * int(through[-1]) // PARTS)
    return int(np.searchsorted(through, target)) + 1


def _ranked_sum(ascending: Ints) -> int:
    """Σ i·xᵢ (i from 1) as an exact integer: 16 bits of x at a time, so that no partial sum overflows."""
    place = np.arange(1, len(ascending) + 1, dtype=np.int64)
    if len(place) >= 2**23:
        raise OverflowError("value_minor: more than 8 million customers")
    limbs = ((ascending >> shift) & 0xFFFF for shift in (0, 16, 32, 48))
    return sum(int(np.sum(place * limb)) << (16 * k) for k, limb in enumerate(limbs))
