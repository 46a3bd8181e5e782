"""Recommended credit limits."""

import dataclasses
from decimal import Decimal

import pytest

from credit.core.five_c import Grade
from credit.core.limits import Known, Method, recommend

STEP = 10_000_00
EXAMPLE = Known(
    grade=Grade.AA,
    sales_minor=3_600_000_00,
    window_days=365,
    term_days=60,
    tangible_net_worth_minor=5_000_000_00,
    working_capital_minor=1_200_000_00,
    references_minor=(400_000_00, 450_000_00, 700_000_00),
)


def changed(**fields):
    return dataclasses.replace(EXAMPLE, **fields)


def test_each_method_of_the_worked_example():
    found = recommend(EXAMPLE, step_minor=STEP)
    assert found.by_method == {
        Method.NEED: 591_780_82,
        Method.NET_WORTH: 500_000_00,
        Method.WORKING_CAPITAL: 120_000_00,
        Method.REFERENCES: 450_000_00,
    }
    assert (found.limit_minor, found.binding) == (500_000_00, Method.NET_WORTH)


def test_a_lower_grade_needs_less():
    assert recommend(changed(grade=Grade.A)).by_method[Method.NEED] == 473_424_66


def test_without_a_statement_references_take_its_place():
    found = recommend(changed(tangible_net_worth_minor=None, working_capital_minor=None), step_minor=STEP)
    assert (found.limit_minor, found.binding) == (450_000_00, Method.REFERENCES)


def test_limits_are_rounded_down():
    found = recommend(changed(tangible_net_worth_minor=None, references_minor=()), step_minor=STEP)
    assert (found.limit_minor, found.binding) == (590_000_00, Method.NEED)


def test_a_statement_that_is_hardly_reliable_binds_earlier():
    assert recommend(changed(reliability=Decimal("0.5")), step_minor=STEP).limit_minor == 250_000_00


def test_one_customer_never_gets_more_than_its_part_of_our_own_sales():
    found = recommend(changed(own_sales_minor=1_000_000_00), step_minor=STEP)
    assert (found.limit_minor, found.binding) == (100_000_00, Method.CONCENTRATION)


@pytest.mark.parametrize(
    ("fields", "why"),
    [({"grade": Grade.CCC}, "grade"), ({"grade": Grade.D}, "grade"), ({"tangible_net_worth_minor": 0}, "net_worth")],
)
def test_who_gets_no_open_credit_gets_what_is_secured(fields, why):
    found = recommend(changed(secured_minor=123_45, **fields))
    assert (found.limit_minor, found.binding, found.refused) == (123_45, None, why)


def test_securities_come_on_top():
    assert recommend(changed(secured_minor=123_45), step_minor=STEP).limit_minor == 500_123_45


def test_a_customer_that_buys_nothing_needs_nothing():
    assert recommend(changed(sales_minor=0)).limit_minor == 0
    assert recommend(changed(sales_minor=-5_00)).limit_minor == 0


def test_a_window_without_days_is_refused():
    with pytest.raises(ValueError, match="window_days"):
        recommend(changed(window_days=0))
