"""What the moves between grades from one date to another say: probabilities, rates, agreement, long run.

A matrix of counts has a row for each grade at the first date and a column for each at the second, the best first;
only customers with a grade at both dates are in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crm.lib.measured import Measured
from segmentation.core.measured import Reason

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Mobility:
    """What a matrix of counts says. Shares of the customers that have a grade at both dates.

    Attributes
    ----------
    stay, up, down
        Shares that kept, improved and lost grade; up is towards grade 0.
    shorrocks
        (k − trace P)/(k − 1): 0 nobody moves, 1 the past says nothing.
    kappa, weighted_kappa
        Agreement of the two dates beyond chance; the second counts a move by two grades twice.
    """

    stay: Measured
    up: Measured
    down: Measured
    shorrocks: Measured
    kappa: Measured
    weighted_kappa: Measured


def probabilities(stayers: Sequence[Sequence[int]], *, least_customers: int = 5) -> tuple[Row | None, ...]:
    """Share of each grade's customers that is found in each grade later; rows add up to 1.

    Only customers with a grade at both dates count, so that the rows describe a closed set of grades; what
    was lost stands beside them. A row of fewer than `least_customers` is `None`.
    """
    counts = _counts(stayers)
    return tuple(
        tuple(share / sum(row) for share in row) if sum(row) >= max(1, least_customers) else None
        for row in counts.tolist()
    )


def mobility(stayers: Sequence[Sequence[int]], *, least_customers: int = 5) -> Mobility:
    """Summarise a matrix of counts.

    Rates and kappas need one customer. Shorrocks' index rests on every row of the probabilities, so it is not
    computable when one of them is `None`. The kappas are not computable when all customers have one grade.
    """
    counts = _counts(stayers)
    total = int(counts.sum())
    stay, up, down = int(np.trace(counts)), int(np.tril(counts, -1).sum()), int(np.triu(counts, 1).sum())
    apart = np.abs(np.subtract.outer(np.arange(len(counts)), np.arange(len(counts))))
    return Mobility(
        stay=_ratio(stay, total),
        up=_ratio(up, total),
        down=_ratio(down, total),
        shorrocks=_shorrocks(probabilities(stayers, least_customers=least_customers)),
        kappa=_kappa(counts, (apart > 0).astype(np.int64)),
        weighted_kappa=_kappa(counts, apart),
    )


def stationary(matrix: Sequence[Row | None]) -> tuple[Measured, ...]:
    """Mix of grades that the probabilities lead to in the long run, one figure a grade.

    Not computable when a row is missing, or when the grades fall apart into groups that no customer leaves
    (the mix then depends on where one starts).
    """
    rows = [row for row in matrix if row is not None]
    grades = len(matrix)
    if len(rows) < grades:
        return (Measured.missing(Reason.TOO_FEW_CUSTOMERS),) * grades
    moves = np.array(rows)
    if _closed_groups(moves) != 1:
        return (Measured.missing(Reason.NOT_UNIQUE),) * grades
    equations = moves.T - np.eye(grades)
    equations[-1] = 1.0
    mix = np.linalg.solve(equations, np.eye(grades)[-1])
    return tuple(Measured(float(share)) for share in mix)


def _counts(stayers: Sequence[Sequence[int]]) -> Ints:
    counts = np.asarray(stayers, dtype=np.int64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or len(counts) < 2:
        raise ValueError("stayers: must be a square matrix of at least two grades")
    if counts.min() < 0:
        raise ValueError("stayers: counts must not be negative")
    return counts


def _ratio(part: int, total: int) -> Measured:
    return Measured(part / total) if total else Measured.missing(Reason.EMPTY)


def _shorrocks(matrix: Sequence[Row | None]) -> Measured:
    trace = 0.0
    for grade, row in enumerate(matrix):
        if row is None:
            return Measured.missing(Reason.TOO_FEW_CUSTOMERS)
        trace += row[grade]
    return Measured((len(matrix) - trace) / (len(matrix) - 1))


def _kappa(counts: Ints, penalty: Ints) -> Measured:
    """Cohen's kappa: 1 − observed penalty / penalty expected from the margins alone."""
    total = int(counts.sum())
    if not total:
        return Measured.missing(Reason.EMPTY)
    observed = int((penalty * counts).sum()) * total
    expected = int((penalty * np.outer(counts.sum(axis=1), counts.sum(axis=0))).sum())
    if not expected:
        return Measured.missing(Reason.ONE_GRADE)
    return Measured(1 - observed / expected)


def _closed_groups(moves: Floats) -> int:
    """Number of groups of grades that reach each other and that nobody leaves."""
    grades = len(moves)
    reach = np.eye(grades, dtype=bool) | (moves > 0)
    for _ in range(grades):
        reach = (reach.astype(np.int64) @ reach.astype(np.int64)) > 0
    closed = [grade for grade in range(grades) if reach[reach[grade], grade].all()]
    return len({reach[grade].tobytes() for grade in closed})
