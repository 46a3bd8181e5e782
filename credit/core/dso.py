"""How long money is outstanding: DSO in its forms, collection effectiveness, terms and lateness.

Only credit sales enter; cash sales and prepayments were never owed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from credit.core.measured import Reason
from crm.lib.measured import Measured

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def standard(closing_minor: int, sales_minor: int, days: int) -> Measured:
    """Closing receivables ÷ credit sales of a window × its days."""
    if sales_minor <= 0:
        return Measured.missing(Reason.NO_CREDIT_SALES)
    return Measured(closing_minor / sales_minor * _window(days))


def best_possible(not_due_minor: int, sales_minor: int, days: int) -> Measured:
    """What DSO would be if nothing were overdue: receivables not due yet ÷ credit sales × days."""
    return standard(not_due_minor, sales_minor, days)


def days_delinquent(closing_minor: int, not_due_minor: int, sales_minor: int, days: int) -> Measured:
    """DSO less the best possible: the part that lateness causes (average days delinquent)."""
    return standard(closing_minor - not_due_minor, sales_minor, days)


def day_worth_minor(sales_minor: int, days: int) -> Measured:
    """Money that one day of DSO less sets free: credit sales ÷ days, in minor units."""
    if sales_minor <= 0:
        return Measured.missing(Reason.NO_CREDIT_SALES)
    return Measured(sales_minor / _window(days))


# ── Counting back ───────────────────────────────────────────────────────────


class Stopped(IntEnum):
    """How counting back ended."""

    EXACT = 0
    """Within a month: the days are the count-back DSO."""
    AT_LEAST = 1
    """The months given don't use the receivables up: it is at least these days."""
    NO_SALES = 2
    """A month without credit sales stood in the way: no figure; the days are those before it."""
    CREDIT_BALANCE = 3
    """Less than nothing is owed: no figure."""


@dataclass(frozen=True, slots=True)
class Countback:
    """Count-back DSO of each row.

    Attributes
    ----------
    days
        Shape (n,): days counted.
    stopped
        Shape (n,): how counting ended, a `Stopped`.
    """

    days: Floats
    stopped: Ints

    def of(self, row: int = 0) -> Measured:
        """The figure of one row; a figure of at least so many days is given as it stands."""
        how = Stopped(int(self.stopped[row]))
        if how is Stopped.NO_SALES:
            return Measured.missing(Reason.NO_SALES_IN_MONTH)
        if how is Stopped.CREDIT_BALANCE:
            return Measured.missing(Reason.CREDIT_BALANCE)
        return Measured(float(self.days[row]))


def countback(closing_minor: Ints, sales_minor: Ints, month_days: Ints) -> Countback:
    """Take months of credit sales from the receivables, the newest first, and add up their days.

    The month that uses the rest up gives the part rest ÷ sales of its days.

    Parameters
    ----------
    closing_minor
        Shape (n,): receivables at the end of the newest month, minor units.
    sales_minor
        Shape (n, m): credit sales by month, the newest first.
    month_days
        Shape (m,): days of those months, ≥ 1; calendar days unless a convention of 30 is wanted.

    Raises
    ------
    ValueError
        The shapes don't fit or a month has no days.
    """
    left = np.asarray(closing_minor, dtype=np.int64).copy()
    sales, days = np.asarray(sales_minor, dtype=np.int64), np.asarray(month_days, dtype=np.int64)
    if sales.shape != (len(left), len(days)):
        raise ValueError(f"sales_minor: shape {sales.shape}, expected {(len(left), len(days))}")
    if len(days) and days.min() < 1:
        raise ValueError("month_days: a month has at least one day")
    counted = np.zeros(len(left))
    stopped = np.full(len(left), Stopped.AT_LEAST, dtype=np.int64)
    stopped[left < 0] = Stopped.CREDIT_BALANCE
    stopped[left == 0] = Stopped.EXACT
    for month, length in enumerate(days):
        going = stopped == Stopped.AT_LEAST
        sold = sales[:, month]
        stopped[going & (sold <= 0)] = Stopped.NO_SALES
        going &= sold > 0
        last = going & (left <= sold)
        counted[last] += left[last] / sold[last] * length
        stopped[last] = Stopped.EXACT
        whole = going & ~last
        counted[whole] += length
        left[whole] -= sold[whole]
    return Countback(counted, stopped)


# ── Effectiveness, terms, lateness ──────────────────────────────────────────


def collection_effectiveness(
    begin_minor: int, sales_minor: int, end_minor: int, end_not_due_minor: int, *, months: int | None = None
) -> Measured:
    """Collection effectiveness index, in percent: what was collected of what could have been.

    (begin + sales − end) ÷ (begin + sales − end not due) × 100. With `months` sales enter as their monthly
    average, the form of the Credit Research Foundation; say which form a figure is of.
    """
    if months is not None and months < 1:
        raise ValueError(f"months: must be at least 1, got {months}")
    sales = sales_minor if months is None else sales_minor / months
    collectable = begin_minor + sales - end_not_due_minor
    if collectable <= 0:
        return Measured.missing(Reason.NOTHING_COLLECTABLE)
    return Measured((begin_minor + sales - end_minor) / collectable * 100)


def weighted_terms(amount_minor: Ints, term_days: Ints) -> Measured:
    """Average terms in days, weighted by amount."""
    amounts = np.asarray(amount_minor, dtype=np.int64)
    total = int(amounts.sum())
    if total <= 0:
        return Measured.missing(Reason.NO_AMOUNTS)
    return Measured(float(np.dot(amounts.astype(float), np.asarray(term_days, dtype=float)) / total))


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late settled invoices were paid: days plain and weighted by amount, parts late by number and by amount."""

    plain_days: Measured
    weighted_days: Measured
    late_share: Measured
    late_value_share: Measured


def lateness(days_late: Ints, amount_minor: Ints, *, early_counts: bool = False) -> Lateness:
    """Measure lateness over settled invoices.

    Parameters
    ----------
    days_late
        Shape (n,): day of payment less due day.
    amount_minor
        Shape (n,), ≥ 0.
    early_counts
        Whether days paid early lower the average; else they count as 0.
    """
    days, amounts = np.asarray(days_late, dtype=np.int64), np.asarray(amount_minor, dtype=np.int64)
    if len(days) != len(amounts):
        raise ValueError(f"lengths differ: {len(days)} days, {len(amounts)} amounts")
    if not len(days):
        none = Measured.missing(Reason.NO_AMOUNTS)
        return Lateness(none, none, none, none)
    late = days > 0
    counted = days if early_counts else np.maximum(days, 0)
    return Lateness(
        plain_days=Measured(float(counted.mean())),
        weighted_days=weighted_terms(amounts, counted),
        late_share=Measured(float(late.mean())),
        late_value_share=weighted_terms(amounts, late.astype(np.int64)),
    )


def _window(days: int) -> int:
    if days < 1:
        raise ValueError(f"days: must be at least 1, got {days}")
    return days
