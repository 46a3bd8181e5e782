"""Financial statements: ratios, Altman's scores, and how far a statement can be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from credit.core.measured import Reason
from crm.lib.measured import Measured


@dataclass(frozen=True, slots=True)
class Statement:
    """One year's (or part year's) figures in minor units of one currency; None for what isn't reported.

    Attributes
    ----------
    months
        Months the flows cover; flows of a part year are scaled to twelve.
    receivables_before, inventory_before, assets_before, equity_before
        Balances at the year's beginning; without them the closing balance stands for the average.
    goodwill
        Apart from `intangibles`, as balance sheets of the People's Republic list it.
    market_equity
        Market value of equity, for listed companies.
    """

    months: int = 12
    sales: int | None = None
    credit_sales: int | None = None
    cost_of_goods: int | None = None
    operating_profit: int | None = None
    ebit: int | None = None
    net_profit: int | None = None
    current_assets: int | None = None
    current_liabilities: int | None = None
    inventory: int | None = None
    inventory_before: int | None = None
    prepayments: int | None = None
    receivables: int | None = None
    receivables_before: int | None = None
    total_assets: int | None = None
    assets_before: int | None = None
    total_liabilities: int | None = None
    equity: int | None = None
    equity_before: int | None = None
    intangibles: int | None = None
    goodwill: int | None = None
    retained_earnings: int | None = None
    market_equity: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 24:
            raise ValueError(f"months: between 1 and 24, got {self.months}")

    @property
    def tangible_net_worth(self) -> int | None:
        """Equity less intangibles and goodwill."""
        if self.equity is None:
            return None
        return self.equity - (self.intangibles or 0) - (self.goodwill or 0)

    @property
    def working_capital(self) -> int | None:
        """Current assets less current liabilities."""
        if self.current_assets is None or self.current_liabilities is None:
            return None
        return self.current_assets - self.current_liabilities


@dataclass(frozen=True, slots=True)
class Ratios:
    """The ratios of one statement. Days and turnovers are of a year of `year_days`.

    Attributes
    ----------
    closing_only
        Names of the ratios whose average rests on the closing balance alone.
    annualised
        Whether flows were scaled to twelve months.
    """

    current: Measured
    quick: Measured
    quick_loose: Measured
    receivables_turnover: Measured
    receivables_days: Measured
    inventory_turnover: Measured
    inventory_days: Measured
    debt_to_net_worth: Measured
    gross_margin: Measured
    operating_margin: Measured
    return_on_assets: Measured
    return_on_equity: Measured
    closing_only: tuple[str, ...]
    annualised: bool


def ratios(of: Statement, *, year_days: int = 365) -> Ratios:
    """Compute the ratios of a statement; each says why where it can't be.

    Credit sales stand in for sales in the turnover of receivables where they are reported, else sales do.
    """
    if year_days not in (360, 365, 366):
        raise ValueError(f"year_days: 360, 365 or 366, got {year_days}")
    sold_on_credit = of.credit_sales if of.credit_sales is not None else of.sales
    receivables = _turnover(of, sold_on_credit, of.receivables, of.receivables_before)
    inventory = _turnover(of, of.cost_of_goods, of.inventory, of.inventory_before)
    net_worth = of.tangible_net_worth
    averages = {
        "receivables": (of.receivables, of.receivables_before),
        "inventory": (of.inventory, of.inventory_before),
        "return_on_assets": (of.total_assets, of.assets_before),
        "return_on_equity": (of.equity, of.equity_before),
    }
    return Ratios(
        current=_divide(of.current_assets, of.current_liabilities),
        quick=_divide(_less(of.current_assets, of.inventory, of.prepayments or 0), of.current_liabilities),
        quick_loose=_divide(_less(of.current_assets, of.inventory), of.current_liabilities),
        receivables_turnover=receivables,
        receivables_days=_days(receivables, year_days),
        inventory_turnover=inventory,
        inventory_days=_days(inventory, year_days),
        debt_to_net_worth=(
            Measured.missing(Reason.NEGATIVE_NET_WORTH)
            if net_worth is not None and net_worth <= 0
            else _divide(of.total_liabilities, net_worth)
        ),
        gross_margin=_divide(_less(of.sales, of.cost_of_goods), of.sales),
        operating_margin=_divide(of.operating_profit, of.sales),
        return_on_assets=_divide(_annual(of, of.net_profit), _average(of.total_assets, of.assets_before)),
        return_on_equity=_divide(_annual(of, of.net_profit), _average(of.equity, of.equity_before)),
        closing_only=tuple(name for name, (end, begin) in averages.items() if end is not None and begin is None),
        annualised=of.months != 12,
    )


# ── Altman ──────────────────────────────────────────────────────────────────


class Zone(StrEnum):
    """Where a score lies."""

    SAFE = "safe"
    GREY = "grey"
    DISTRESS = "distress"


@dataclass(frozen=True, slots=True)
class ZScore:
    """One of Altman's scores and its zone; not for financial firms."""

    score: Measured
    zone: Zone | None


@dataclass(frozen=True, slots=True)
class Altman:
    """The three scores: `z` of listed manufacturers, `z_private` (Z') of unlisted, `z_general` (Z'') of all others.

    `emerging` is Z'' + 3.25, the scale of emerging markets.
    """

    z: ZScore
    z_private: ZScore
    z_general: ZScore
    emerging: Measured


def altman(of: Statement) -> Altman:
    """Compute Altman's scores.

    Sources: Altman (1968) for Z; Altman (1983) for Z' with book equity; Altman, Hartzell and Peck (1995) for Z''.
    Lines: Z > 2.99 safe, < 1.81 distress; Z' 2.90 and 1.23; Z'' 2.60 and 1.10; the lines themselves are grey.
    """
    x1, x2 = _over_assets(of, of.working_capital), _over_assets(of, of.retained_earnings)
    x3, x5 = _over_assets(of, _annual(of, of.ebit)), _over_assets(of, _annual(of, of.sales))
    book, market = _over_liabilities(of, of.equity), _over_liabilities(of, of.market_equity)
    general = _weighted((6.56, x1), (3.26, x2), (6.72, x3), (1.05, book))
    return Altman(
        z=_zoned(_weighted((1.2, x1), (1.4, x2), (3.3, x3), (0.6, market), (1.0, x5)), 2.99, 1.81),
        z_private=_zoned(_weighted((0.717, x1), (0.847, x2), (3.107, x3), (0.420, book), (0.998, x5)), 2.90, 1.23),
        z_general=_zoned(general, 2.60, 1.10),
        emerging=general if general.value is None else Measured(general.value + 3.25),
    )


def _over_assets(of: Statement, amount: float | None) -> Measured:
    if of.total_assets is not None and of.total_assets <= 0:
        return Measured.missing(Reason.ZERO_DENOMINATOR)
    return _divide(amount, of.total_assets)


def _over_liabilities(of: Statement, amount: float | None) -> Measured:
    if of.total_liabilities == 0:
        return Measured.missing(Reason.NO_LIABILITIES)
    return _divide(amount, of.total_liabilities)


def _weighted(*parts: tuple[float, Measured]) -> Measured:
    total = 0.0
    for weight, part in parts:
        if part.value is None:
            return part
        total += weight * part.value
    return Measured(total)


def _zoned(score: Measured, safe: float, distress: float) -> ZScore:
    if score.value is None:
        return ZScore(score, None)
    zone = Zone.SAFE if score.value > safe else Zone.DISTRESS if score.value < distress else Zone.GREY
    return ZScore(score, zone)


# ── Reliability ─────────────────────────────────────────────────────────────


def weight_of_age(months: int) -> float:
    """How much a statement still weighs so many months after its balance day."""
    if months < 0:
        raise ValueError(f"months: must not be negative, got {months}")
    return next((weight for last, weight in ((12, 1.0), (18, 0.85), (24, 0.70)) if months <= last), 0.40)


def relied_on(score: float, *, assurance: float, age_months: int, neutral: float = 40.0) -> float:
    """A score from a statement, drawn towards the neutral one as far as the statement can't be relied on.

    Parameters
    ----------
    score
        0 to 100.
    assurance
        Weight of the level of assurance, 0 (none) to 1 (audited, clean).
    age_months
        Age of the statement.
    neutral
        What is assumed where nothing can be relied on.
    """
    if not 0 <= assurance <= 1:
        raise ValueError(f"assurance: between 0 and 1, got {assurance}")
    weight = assurance * weight_of_age(age_months)
    return weight * score + (1 - weight) * neutral


# ── Arithmetic over what may be missing ─────────────────────────────────────


def _less(amount: int | None, *others: int | None) -> int | None:
    if amount is None or any(other is None for other in others):
        return None
    return amount - sum(other for other in others if other is not None)


def _average(end: int | None, begin: int | None) -> float | None:
    if end is None:
        return None
    return float(end) if begin is None else (begin + end) / 2


def _annual(of: Statement, flow: int | None) -> float | None:
    return None if flow is None else flow * 12 / of.months


def _turnover(of: Statement, flow: int | None, end: int | None, begin: int | None) -> Measured:
    return _divide(_annual(of, flow), _average(end, begin))


def _days(turnover: Measured, year_days: int) -> Measured:
    if turnover.value is None:
        return turnover
    return Measured(year_days / turnover.value) if turnover.value else Measured.missing(Reason.ZERO_DENOMINATOR)


def _divide(amount: float | None, by: float | None) -> Measured:
    if amount is None or by is None:
        return Measured.missing(Reason.NOT_REPORTED)
    return Measured(amount / by) if by else Measured.missing(Reason.ZERO_DENOMINATOR)
