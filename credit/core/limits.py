"""Recommending a credit limit: several methods side by side, the binding one named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from statistics import median
from types import MappingProxyType
from typing import Final

from credit.core.five_c import Grade

FACTORS: Final[Mapping[Grade, Decimal]] = MappingProxyType(
    {
        Grade.AAA: Decimal("1.5"),
        Grade.AA: Decimal("1.0"),
        Grade.A: Decimal("0.8"),
        Grade.BBB: Decimal("0.6"),
        Grade.BB: Decimal("0.4"),
        Grade.B: Decimal("0.2"),
    }
)
"""Factor k of each grade; the others buy prepaid: 0."""


class Method(StrEnum):
    """How a limit can be reasoned."""

    NEED = "need"
    NET_WORTH = "net_worth"
    WORKING_CAPITAL = "working_capital"
    REFERENCES = "references"
    CONCENTRATION = "concentration"


@dataclass(frozen=True, slots=True)
class Known:
    """What a limit is reasoned from, in minor units; None for what isn't known.

    Attributes
    ----------
    sales_minor, window_days
        Sales to the customer with tax, or expected ones, and the window they are over.
    term_days
        Days of credit.
    reliability
        How far the statement can be relied on, 0 to 1.
    references_minor
        Limits or high credits that others give.
    own_sales_minor
        Our own sales of a year, to which the concentration is held.
    secured_minor
        Value of securities after their haircut.
    """

    grade: Grade
    sales_minor: int
    window_days: int
    term_days: int
    tangible_net_worth_minor: int | None = None
    working_capital_minor: int | None = None
    reliability: Decimal = Decimal(1)
    references_minor: Sequence[int] = ()
    own_sales_minor: int | None = None
    secured_minor: int = 0


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The limit of each method that can be computed, the one that binds, and the recommended limit with securities."""

    by_method: Mapping[Method, int]
    binding: Method | None
    limit_minor: int
    refused: str = ""


def recommend(
    known: Known,
    *,
    factors: Mapping[Grade, Decimal] = FACTORS,
    net_worth_part: Decimal = Decimal("0.10"),
    concentration_part: Decimal = Decimal("0.10"),
    step_minor: int = 1_000_000,
) -> Recommendation:
    """Recommend a limit: the least of need, net worth (or references without a statement) and concentration.

    Rounded down to a whole step; what is secured comes on top. A factor of 0, or a tangible net worth of nothing,
    leaves only what is secured.

    Raises
    ------
    ValueError
        A window, a step or a part that isn't positive.
    """
    if known.window_days < 1 or known.term_days < 0 or step_minor < 1:
        raise ValueError("window_days and step_minor: at least 1; term_days: not negative")
    factor = factors.get(known.grade, Decimal(0))
    found = _methods(known, factor, net_worth_part, concentration_part)
    if not factor:
        return Recommendation(found, None, known.secured_minor, "grade")
    worth = known.tangible_net_worth_minor
    if worth is not None and worth <= 0:
        return Recommendation(found, None, known.secured_minor, "net_worth")
    counted = dict(found)
    if worth is not None:
        counted[Method.NET_WORTH] = _rounded(found[Method.NET_WORTH] * known.reliability)
        counted.pop(Method.REFERENCES, None)
    counted.pop(Method.WORKING_CAPITAL, None)
    binding = min(counted, key=lambda method: counted[method])
    open_part = max(counted[binding], 0) // step_minor * step_minor
    return Recommendation(found, binding, open_part + known.secured_minor)


def _methods(known: Known, factor: Decimal, worth_part: Decimal, own_part: Decimal) -> dict[Method, int]:
    """The limit of each method whose figures are known."""
    need = Decimal(known.sales_minor) / known.window_days * known.term_days * factor
    found = {Method.NEED: _rounded(need)}
    if known.tangible_net_worth_minor is not None:
        found[Method.NET_WORTH] = _rounded(max(known.tangible_net_worth_minor, 0) * worth_part)
    if known.working_capital_minor is not None:
        found[Method.WORKING_CAPITAL] = _rounded(max(known.working_capital_minor, 0) * worth_part)
    if known.references_minor:
        found[Method.REFERENCES] = _rounded(Decimal(median(known.references_minor)))
    if known.own_sales_minor is not None:
        found[Method.CONCENTRATION] = _rounded(max(known.own_sales_minor, 0) * own_part)
    return found


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
