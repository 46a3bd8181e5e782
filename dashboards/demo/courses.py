"""How customers' buying goes: steady, growing, falling, gone, new, once only; a few buy most."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from dashboards.demo.stories import Spell

_HALF: Final = 182
# Half of the customers buy less than this in a year, in yuan; the spread makes a fifth of them bring four fifths.
_MEDIAN: Final = 1.5e5
_SPREAD: Final = 1.5

# Share of customers, and what they buy in each half-year of the two years, oldest first, beside their usual.
_SHAPES: Final = (
    (0.37, (1.0, 1.0, 1.0, 1.0)),
    (0.11, (0.55, 0.8, 1.1, 1.5)),
    (0.09, (1.5, 1.2, 0.8, 0.45)),
    (0.04, (1.6, 1.1, 0.25, 0.15)),
    (0.04, (0.2, 0.3, 1.3, 2.0)),
    (0.06, (1.0, 0.7, 0.0, 0.0)),
    (0.03, (1.0, 1.0, 0.4, 0.0)),
    (0.06, (0.0, 0.0, 0.6, 1.0)),
    (0.05, (0.0, 0.0, 0.0, 0.8)),
)
_ONCE: Final = 0.06
_NEVER: Final = 0.09
REASONS: Final = (
    "主要工厂搬迁，当地供应商替代。",
    "价格谈不拢，三次报价均未成交。",
    "被并购后由集团统一采购，未进入合格供应商名单。",
    "产线关停，不再需要。",
    "长期压价且多次拖欠，经理决定不再投入。",
)
# The reasons for which we were the ones to end it.
GIVEN_UP: Final = REASONS[-1:]


@dataclass(frozen=True)
class Course:
    """What one customer buys over the two years, and where its life cycle began."""

    volume: float
    spells: tuple[Spell, ...]
    stage: str
    since_days: int
    lost: str = ""


def course(rng: np.random.Generator, *, dealer: bool = False) -> Course:
    """One customer's course; dealers buy twice as much and always did."""
    volume = float(np.exp(rng.normal(np.log(_MEDIAN), _SPREAD))) * (2.0 if dealer else 1.0)
    drawn = rng.random() * (1 - _NEVER - _ONCE if dealer else 1)
    for share, shape in _SHAPES:
        drawn -= share
        if drawn < 0:
            return _buying(rng, volume, shape)
    return _once(rng, volume) if drawn < _ONCE else _never(rng)


def _buying(rng: np.random.Generator, volume: float, shape: tuple[float, ...]) -> Course:
    spells = []
    for half, factor in enumerate(shape):
        orders = int(rng.poisson(orders_a_year(volume) / 2 * factor**0.6))
        if factor and orders:
            begins = 4 * _HALF - half * _HALF
            amount = volume / 2 * factor * float(np.exp(rng.normal(0, 0.16)))
            spells.append(Spell(begins, begins - _HALF + 1, amount, orders))
    if not shape[0]:
        first = max((spell.begins for spell in spells), default=60)
        return Course(volume, tuple(spells), "prospect", first + int(rng.integers(10, 90)))
    gone = shape[-1] == 0 and rng.random() < 0.3
    lost = REASONS[int(rng.integers(len(REASONS)))] if gone else ""
    return Course(volume, tuple(spells), "active", 735 + int(rng.integers(30, 4_000)), lost)


def _once(rng: np.random.Generator, volume: float) -> Course:
    """A single project, larger than what such a customer would buy in a year."""
    day = int(rng.integers(5, 725))
    return Course(volume, (Spell(day, day, volume * 1.6, 1),), "prospect", day + int(rng.integers(20, 120)))


def _never(rng: np.random.Generator) -> Course:
    stage = "visitor" if rng.random() < 0.35 else "prospect"
    since = int(rng.integers(1, 30)) if stage == "visitor" else int(rng.integers(5, 500))
    return Course(0.0, (), stage, since)


def orders_a_year(volume: float) -> float:
    """How often a customer of a size orders in a year."""
    return float(np.clip(2.4 * (volume / 30_000) ** 0.38, 0.9, 60))
