"""Ratios, Altman's scores, reliability of statements."""

import dataclasses

import pytest

from credit.core.measured import Reason
from credit.core.statements import Statement, Zone, altman, ratios, relied_on, weight_of_age

EXAMPLE = Statement(
    sales=6000,
    cost_of_goods=4500,
    operating_profit=480,
    net_profit=300,
    current_assets=2000,
    current_liabilities=1000,
    inventory=700,
    inventory_before=600,
    prepayments=100,
    receivables=1100,
    receivables_before=900,
    total_assets=4000,
    assets_before=4000,
    total_liabilities=2400,
    equity=1600,
    equity_before=1600,
    intangibles=200,
    goodwill=100,
)


def changed(**fields):
    return dataclasses.replace(EXAMPLE, **fields)


def test_ratios_of_the_worked_example():
    found = ratios(EXAMPLE)

    assert found.current.value == 2.0
    assert found.quick.value == 1.2
    assert found.quick_loose.value == 1.3
    assert found.receivables_turnover.value == 6.0
    assert found.receivables_days.value == pytest.approx(60.8333, abs=5e-5)
    assert found.inventory_turnover.value == pytest.approx(6.923077, abs=5e-7)
    assert found.inventory_days.value == pytest.approx(52.7222, abs=5e-5)
    assert found.debt_to_net_worth.value == pytest.approx(1.846154, abs=5e-7)
    assert found.gross_margin.value == 0.25
    assert found.operating_margin.value == 0.08
    assert found.return_on_assets.value == 0.075
    assert found.return_on_equity.value == 0.1875
    assert (found.closing_only, found.annualised) == ((), False)


def test_a_year_of_360_days():
    assert ratios(EXAMPLE, year_days=360).receivables_days.value == 60
    with pytest.raises(ValueError, match="year_days"):
        ratios(EXAMPLE, year_days=364)


def test_half_a_year_is_scaled_to_a_whole_one_and_says_so():
    found = ratios(changed(months=6, sales=3000, cost_of_goods=2250, net_profit=150))
    assert found.receivables_turnover.value == 6.0
    assert found.return_on_equity.value == 0.1875
    assert found.gross_margin.value == 0.25
    assert found.annualised


def test_a_closing_balance_alone_stands_for_the_average_and_says_so():
    found = ratios(changed(receivables_before=None))
    assert found.receivables_turnover.value == pytest.approx(6000 / 1100)
    assert found.closing_only == ("receivables",)


def test_credit_sales_take_the_place_of_sales_where_they_are_known():
    assert ratios(changed(credit_sales=3000)).receivables_turnover.value == 3.0


@pytest.mark.parametrize("equity", [300, 100, -500])
def test_tangible_net_worth_of_nothing_or_less_gives_no_ratio(equity):
    assert ratios(changed(equity=equity)).debt_to_net_worth.reason is Reason.NEGATIVE_NET_WORTH


def test_a_loss_gives_negative_returns():
    assert ratios(changed(net_profit=-300)).return_on_equity.value == -0.1875


def test_what_is_not_reported_is_named():
    found = ratios(changed(inventory=None, current_liabilities=0))
    assert found.inventory_turnover.reason is Reason.NOT_REPORTED
    assert found.quick.reason is Reason.NOT_REPORTED
    assert found.current.reason is Reason.ZERO_DENOMINATOR


def test_no_stock_has_no_turnover_and_no_sales_no_days():
    assert ratios(changed(inventory=0, inventory_before=0)).inventory_turnover.reason is Reason.ZERO_DENOMINATOR
    assert ratios(changed(sales=0)).receivables_days.reason is Reason.ZERO_DENOMINATOR


def test_months_of_a_statement_have_bounds():
    with pytest.raises(ValueError, match="months: between 1 and 24, got 0"):
        Statement(months=0)


HEALTHY = Statement(
    total_assets=1000,
    current_assets=500,
    current_liabilities=300,
    retained_earnings=250,
    ebit=120,
    equity=400,
    market_equity=700,
    total_liabilities=600,
    sales=1500,
)
FAILING = Statement(
    total_assets=1000,
    current_assets=300,
    current_liabilities=400,
    retained_earnings=-50,
    ebit=-20,
    equity=100,
    market_equity=150,
    total_liabilities=900,
    sales=900,
)


def test_altman_of_a_healthy_company():
    found = altman(HEALTHY)
    assert (found.z.score.value, found.z.zone) == (pytest.approx(3.186), Zone.SAFE)
    assert (found.z_private.score.value, found.z_private.zone) == (pytest.approx(2.50499), Zone.GREY)
    assert (found.z_general.score.value, found.z_general.zone) == (pytest.approx(3.6334), Zone.SAFE)
    assert found.emerging.value == pytest.approx(6.8834)


def test_altman_of_a_failing_company():
    found = altman(FAILING)
    assert found.z.score.value == pytest.approx(0.744)
    assert found.z_private.score.value == pytest.approx(0.7687, abs=5e-5)
    assert found.z_general.score.value == pytest.approx(-0.8367, abs=5e-5)
    assert {found.z.zone, found.z_private.zone, found.z_general.zone} == {Zone.DISTRESS}


def test_altman_says_why_it_has_no_score():
    assert altman(dataclasses.replace(HEALTHY, total_assets=0)).z.score.reason is Reason.ZERO_DENOMINATOR
    assert altman(dataclasses.replace(HEALTHY, total_liabilities=0)).z_general.score.reason is Reason.NO_LIABILITIES
    unlisted = altman(dataclasses.replace(HEALTHY, market_equity=None))
    assert (unlisted.z.score.reason, unlisted.z.zone) == (Reason.NOT_REPORTED, None)
    assert unlisted.z_private.zone is Zone.GREY


@pytest.mark.parametrize(
    ("months", "weight"), [(0, 1), (12, 1), (13, 0.85), (18, 0.85), (19, 0.7), (24, 0.7), (25, 0.4), (99, 0.4)]
)
def test_older_statements_weigh_less(months, weight):
    assert weight_of_age(months) == weight


def test_a_reviewed_statement_of_fourteen_months():
    assert relied_on(72, assurance=0.80, age_months=14) == pytest.approx(61.76)


def test_what_cannot_be_relied_on_at_all_is_neutral():
    assert relied_on(100, assurance=0, age_months=1) == 40
    with pytest.raises(ValueError, match="assurance: between 0 and 1, got 2"):
        relied_on(50, assurance=2, age_months=1)
