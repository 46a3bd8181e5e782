"""5C: indicators → five scores → one score, its grade and risk class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from credit.core.measured import Reason
from crm.lib.measured import Measured


class C(StrEnum):
    """The five Cs."""

    CHARACTER = "character"
    CAPACITY = "capacity"
    CAPITAL = "capital"
    COLLATERAL = "collateral"
    CONDITION = "condition"


class Grade(StrEnum):
    """Credit grades, the best first."""

    AAA = "AAA"
    AA = "AA"
    A = "A"
    BBB = "BBB"
    BB = "BB"
    B = "B"
    CCC = "CCC"
    CC = "CC"
    C = "C"
    D = "D"


class RiskClass(StrEnum):
    """Risk classes: I low, II moderate, III high, IV refuse."""

    LOW = "I"
    MODERATE = "II"
    HIGH = "III"
    REFUSE = "IV"


WEIGHTS: Final[Mapping[C, float]] = MappingProxyType(
    {C.CHARACTER: 0.30, C.CAPACITY: 0.25, C.CAPITAL: 0.20, C.COLLATERAL: 0.10, C.CONDITION: 0.15}
)
FLOORS: Final[tuple[tuple[Grade, float], ...]] = tuple(
    zip(Grade, (90.0, 80.0, 70.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0, 0.0), strict=True)
)
"""Lowest score of each grade; a score on the line has the better grade."""
CLASSES: Final[Mapping[Grade, RiskClass]] = MappingProxyType(
    dict.fromkeys((Grade.AAA, Grade.AA), RiskClass.LOW)
    | dict.fromkeys((Grade.A, Grade.BBB), RiskClass.MODERATE)
    | dict.fromkeys((Grade.BB, Grade.B), RiskClass.HIGH)
    | dict.fromkeys((Grade.CCC, Grade.CC, Grade.C, Grade.D), RiskClass.REFUSE)
)
LEAST_COVERAGE: Final = 0.6
NEEDED: Final = (C.CHARACTER, C.CAPACITY)


class Table:
    """A piecewise-linear table from an indicator to 0–100, level beyond its ends.

    Parameters
    ----------
    points
        (indicator, score) with rising indicators, at least two; two points at one indicator are refused, so a
        step is written as a very short slope.
    """

    def __init__(self, *points: tuple[float, float]) -> None:
        if len(points) < 2 or any(later[0] <= earlier[0] for earlier, later in pairwise(points)):
            raise ValueError("points: at least two, the indicator rising")
        if any(not 0 <= score <= 100 for _, score in points):
            raise ValueError("points: scores lie between 0 and 100")
        self.points = points

    def score(self, indicator: float) -> float:
        """The score of an indicator."""
        first, last = self.points[0], self.points[-1]
        if indicator <= first[0]:
            return first[1]
        for (x0, y0), (x1, y1) in pairwise(self.points):
            if indicator <= x1:
                return y0 + (y1 - y0) * (indicator - x0) / (x1 - x0)
        return last[1]


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one customer.

    Attributes
    ----------
    total
        0 to 100, or why there is none.
    coverage
        Weight of the Cs that are known, 0 to 1: how sure the score is.
    grade, risk_class
        None without a score; a hard event makes them D and IV even without one.
    parts
        (C, its score, its weight after the missing ones were left out) of those known.
    hard_events
        What overrode the score.
    """

    total: Measured
    coverage: float
    grade: Grade | None
    risk_class: RiskClass | None
    parts: tuple[tuple[C, float, float], ...]
    hard_events: tuple[str, ...] = ()


def score(known: Mapping[C, float], *, weights: Mapping[C, float] = WEIGHTS, hard_events: Sequence[str] = ()) -> Score:
    """Blend the known Cs by their weights, renormalised over those known.

    A score needs character, capacity and one more C, with at least 0.6 of the weight: a customer of whom less is
    known is not graded.

    Parameters
    ----------
    known
        Scores of the known Cs, 0 to 100.
    weights
        Of all five, together 1.
    hard_events
        Bankruptcy, fraud, long overdue: each makes the grade D, and is the printed reason.

    Raises
    ------
    ValueError
        Weights don't add up to 1 or a score is out of its range.
    """
    if (
        set(weights) != set(C)
        or any(weight < 0 for weight in weights.values())
        or abs(sum(weights.values()) - 1) > 1e-9
    ):
        raise ValueError("weights: one of each C, not negative, together 1")
    if any(not 0 <= value <= 100 for value in known.values()):
        raise ValueError("known: scores lie between 0 and 100")
    coverage = sum(weights[c] for c in known)
    parts = tuple((c, known[c], weights[c] / coverage) for c in C if c in known) if coverage else ()
    enough = coverage >= LEAST_COVERAGE - 1e-9 and len(known) > len(NEEDED) and all(c in known for c in NEEDED)
    total = (
        Measured(sum(value * weight for _, value, weight in parts))
        if enough
        else Measured.missing(Reason.TOO_LITTLE_KNOWN)
    )
    grade = Grade.D if hard_events else None if total.value is None else grade_of(total.value)
    return Score(total, coverage, grade, None if grade is None else CLASSES[grade], parts, tuple(hard_events))


def grade_of(total: float, floors: Sequence[tuple[Grade, float]] = FLOORS) -> Grade:
    """The grade of an unrounded score."""
    return next((grade for grade, floor in floors if total >= floor), floors[-1][0])


def to_next_grade(total: float, floors: Sequence[tuple[Grade, float]] = FLOORS) -> tuple[Grade, float] | None:
    """The next better grade and the points it is away; None at the top."""
    above = [(grade, floor) for grade, floor in floors if floor > total]
    return (above[-1][0], above[-1][1] - total) if above else None
