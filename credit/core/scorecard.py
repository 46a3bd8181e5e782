"""A scorecard: weight of evidence, information value, points, and how well it tells good from bad.

Source: Siddiqi, Credit Risk Scorecards (2006), chapters 6 and 7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Weight of evidence of each bin of one variable, and the variable's information value.

    `smoothed` names the bins with a count of nothing, where half a case was added to both.
    """

    woe: Floats
    information_value: float
    smoothed: tuple[int, ...]


def evidence(goods: Sequence[int], bads: Sequence[int]) -> Evidence:
    """Weigh the bins of a variable: WoE = ln((good ÷ all good) ÷ (bad ÷ all bad)), IV = Σ difference × WoE.

    Parameters
    ----------
    goods, bads
        Shape (b,): cases in each bin, ≥ 0, with at least one good and one bad in all.

    Raises
    ------
    ValueError
        Lengths differ, a count is negative, or there are no goods or no bads.
    """
    good, bad = np.asarray(goods, dtype=float), np.asarray(bads, dtype=float)
    if good.shape != bad.shape:
        raise ValueError(f"lengths differ: {len(good)} goods, {len(bad)} bads")
    if np.any(good < 0) or np.any(bad < 0) or not good.sum() or not bad.sum():
        raise ValueError("counts: not negative, with at least one good and one bad")
    empty = (good == 0) | (bad == 0)
    share_good = np.where(empty, good + 0.5, good) / good.sum()
    share_bad = np.where(empty, bad + 0.5, bad) / bad.sum()
    woe = np.log(share_good / share_bad)
    return Evidence(woe, float(np.sum((share_good - share_bad) * woe)), tuple(map(int, np.flatnonzero(empty))))


def strength(information_value: float) -> str:
    """In a word, what an information value is worth."""
    lines = ((0.02, "useless"), (0.1, "weak"), (0.3, "medium"), (0.5, "strong"))
    return next((word for line, word in lines if information_value < line), "suspicious")


# ── Points ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Scale:
    """Points: `base_score` at odds of `base_odds` (good : bad), doubled every `pdo` points."""

    pdo: float = 20
    base_score: float = 600
    base_odds: float = 50

    def __post_init__(self) -> None:
        if self.pdo <= 0 or self.base_odds <= 0:
            raise ValueError("pdo and base_odds: above 0")

    @property
    def factor(self) -> float:
        """Points for a unit of log odds."""
        return self.pdo / math.log(2)

    @property
    def offset(self) -> float:
        """Points at even odds."""
        return self.base_score - self.factor * math.log(self.base_odds)

    def score(self, odds: float) -> float:
        """The score at odds of good to bad."""
        if odds <= 0:
            raise ValueError(f"odds: above 0, got {odds}")
        return self.offset + self.factor * math.log(odds)

    def points(self, woe: Floats, *, slope: float, intercept: float, variables: int) -> Floats:
        """The points of a variable's bins: −(slope · WoE + intercept ÷ n) · factor + offset ÷ n.

        Parameters
        ----------
        woe
            Shape (b,).
        slope, intercept
            Of the logistic regression of *bad* on WoE.
        variables
            Number n of variables in the card, ≥ 1.
        """
        if variables < 1:
            raise ValueError(f"variables: at least 1, got {variables}")
        return -(slope * woe + intercept / variables) * self.factor + self.offset / variables


# ── How well it works ───────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Separation:
    """How well a score tells good from bad: area under the curve, its Gini, the largest gap between the two (KS)."""

    auc: float
    gini: float
    ks: float


def separation(goods: Sequence[int], bads: Sequence[int], worth: Sequence[float]) -> Separation:
    """Measure separation over groups of cases with the same score.

    Parameters
    ----------
    goods, bads
        Shape (b,): cases in each group.
    worth
        Shape (b,): the score of each group, the higher the better. Groups of one score are put together.
    """
    levels, group = np.unique(np.asarray(worth, dtype=float), return_inverse=True)
    good = np.bincount(group, weights=np.asarray(goods, dtype=float), minlength=len(levels))
    bad = np.bincount(group, weights=np.asarray(bads, dtype=float), minlength=len(levels))
    if not good.sum() or not bad.sum():
        raise ValueError("counts: at least one good and one bad")
    good, bad = good / good.sum(), bad / bad.sum()
    below = np.cumsum(bad)
    auc = float(np.sum(good * (below - bad / 2)))
    return Separation(auc, 2 * auc - 1, float(np.max(np.abs(below - np.cumsum(good)))))


def stability(expected: Sequence[int], actual: Sequence[int]) -> float:
    """Population stability index over bins: Σ (actual − expected) · ln(actual ÷ expected) of shares.

    Below 0.1 stable, to 0.25 worth a look, above changed. A bin without cases counts half a case.
    """
    before, now = np.asarray(expected, dtype=float), np.asarray(actual, dtype=float)
    if before.shape != now.shape or not before.sum() or not now.sum():
        raise ValueError("counts: as many bins in both, with cases in each")
    before, now = np.maximum(before, 0.5) / before.sum(), np.maximum(now, 0.5) / now.sum()
    return float(np.sum((now - before) * np.log(now / before)))
