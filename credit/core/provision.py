"""Expected credit loss by an ageing matrix: IFRS 9, 5.5.15 and B5.5.35, the simplified approach."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

STARTING_RATES = (Decimal("0.01"), Decimal("0.02"), Decimal("0.03"), Decimal("0.03"), Decimal("0.20"), Decimal(1))
"""Loss rates of the standard buckets while a company's own history is shorter than a year: the illustration of
B5.5.35, and everything over 180 days as lost."""


@dataclass(frozen=True, slots=True)
class Provision:
    """Expected credit loss in minor units, by bucket and together."""

    by_bucket_minor: tuple[int, ...]

    @property
    def total_minor(self) -> int:
        """The whole provision."""
        return sum(self.by_bucket_minor)


def loss_rates(reached_minor: Ints, lost_minor: int) -> tuple[Decimal | None, ...]:
    """Loss rate of each bucket from what a closed period came to.

    Parameters
    ----------
    reached_minor
        Shape (b,): of the period's credit sales, what was still open when each bucket began; never rising.
    lost_minor
        What was never paid.

    Returns
    -------
    Lost ÷ reached for each bucket; None where nothing ever reached it.

    Raises
    ------
    ValueError
        Amounts rise from bucket to bucket, or more was lost than reached a bucket.
    """
    reached = [int(amount) for amount in reached_minor]
    if any(later > earlier for earlier, later in pairwise(reached)):
        raise ValueError("reached_minor: no more can reach a bucket than reached the one before")
    if lost_minor < 0 or any(amount and lost_minor > amount for amount in reached):
        raise ValueError("lost_minor: between 0 and what reached the last bucket")
    return tuple(Decimal(lost_minor) / amount if amount else None for amount in reached)


def provide(balance_minor: Ints, rates: tuple[Decimal, ...], *, forward: Decimal = Decimal(1)) -> Provision:
    """Provide for the open balances: balance × rate × forward-looking factor, at most the balance.

    Parameters
    ----------
    balance_minor
        Shape (b,), ≥ 0, without what is impaired one by one.
    rates
        Lifetime loss rate of each bucket, 0 to 1.
    forward
        Factor for what is expected of the economy, > 0.

    Raises
    ------
    ValueError
        Lengths differ or a figure is out of its range.
    """
    if len(balance_minor) != len(rates):
        raise ValueError(f"rates: {len(rates)} for {len(balance_minor)} buckets")
    if any(not 0 <= rate <= 1 for rate in rates) or forward <= 0:
        raise ValueError("rates lie between 0 and 1, the factor above 0")
    if len(balance_minor) and int(np.min(balance_minor)) < 0:
        raise ValueError("balance_minor: must not be negative")
    losses = (
        int((Decimal(int(balance)) * min(rate * forward, Decimal(1))).quantize(Decimal(1), ROUND_HALF_UP))
        for balance, rate in zip(balance_minor, rates, strict=True)
    )
    return Provision(tuple(losses))
