"""Ageing of receivables: open amounts by days past due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

EDGES: Final = (0, 30, 60, 90, 180)
"""Last day of each bucket but the last: not due, 1–30, 31–60, 61–90, 91–180, over 180."""


def buckets(days_past_due: Ints, edges: Sequence[int] = EDGES) -> Ints:
    """Return the bucket of each item.

    Parameters
    ----------
    days_past_due
        Shape (n,): as-of day less due day; zero and below is not due yet.
    edges
        Last day of each bucket but the last, rising; the first is that of what isn't due.

    Returns
    -------
    Shape (n,), 0 (not due) to ``len(edges)``.

    Raises
    ------
    ValueError
        The edges don't rise.
    """
    lines = np.asarray(edges, dtype=np.int64)
    if not len(lines) or np.any(np.diff(lines) <= 0):
        raise ValueError(f"edges: must rise, got {tuple(edges)}")
    return np.searchsorted(lines, np.asarray(days_past_due, dtype=np.int64), side="left").astype(np.int64)


def tranches(
    customer: Ints, open_minor: Ints, due_day: Ints, *, as_of_day: int, customers: int, edges: Sequence[int] = EDGES
) -> Ints:
    """Sum the open amounts of each customer by bucket, exactly.

    Unapplied credits are not among the items: they stand in a column of their own and never lessen a bucket.

    Parameters
    ----------
    customer
        Shape (n,): the row of each item's customer, 0 to ``customers`` − 1.
    open_minor
        Shape (n,), minor units, ≥ 0.
    due_day, as_of_day
        Days on one scale, shape (n,) and a single one.
    customers
        Number of rows of the result.
    edges
        As `buckets`.

    Returns
    -------
    Shape (customers, len(edges) + 1), minor units.

    Raises
    ------
    ValueError
        The arrays differ in length, an amount is negative, or a customer has no row.
    """
    rows, amounts = np.asarray(customer, dtype=np.int64), np.asarray(open_minor, dtype=np.int64)
    due = np.asarray(due_day, dtype=np.int64)
    if not len(rows) == len(amounts) == len(due):
        raise ValueError(f"lengths differ: {len(rows)} customers, {len(amounts)} amounts, {len(due)} due days")
    if len(amounts) and amounts.min() < 0:
        raise ValueError("open_minor: must not be negative; credits stand in a column of their own")
    if len(rows) and not (rows.min() >= 0 and rows.max() < customers):
        raise ValueError(f"customer: rows lie between 0 and {customers - 1}")
    width = len(edges) + 1
    sums = np.zeros(customers * width, dtype=np.int64)
    np.add.at(sums, rows * width + buckets(as_of_day - due, edges), amounts)
    return sums.reshape(customers, width)
