"""Provision by an ageing matrix."""

from decimal import Decimal

import numpy as np
import pytest

from credit.core import provision


def test_illustrative_example_12_of_ifrs_9():
    balances = np.array([15_000_000, 7_500_000, 4_000_000, 2_500_000, 1_000_000])
    found = provision.provide(
        balances, (Decimal("0.003"), Decimal("0.016"), Decimal("0.036"), Decimal("0.066"), Decimal("0.106"))
    )
    assert found.by_bucket_minor == (45_000, 120_000, 144_000, 165_000, 106_000)
    assert found.total_minor == 580_000


def test_rates_from_what_a_month_of_sales_came_to():
    rates = provision.loss_rates(np.array([10_000_000, 5_000_000, 2_300_000, 800_000, 200_000]), 200_000)
    assert [float(rate) for rate in rates] == pytest.approx([0.02, 0.04, 0.086957, 0.25, 1], abs=5e-7)

    found = provision.provide(np.array([30_000_000, 14_000_000, 6_000_000, 2_300_000, 500_000]), rates)
    assert found.by_bucket_minor == (600_000, 560_000, 521_739, 575_000, 500_000)
    assert found.total_minor == 2_756_739


def test_a_bucket_that_nothing_ever_reached_has_no_rate():
    assert provision.loss_rates(np.array([100, 0]), 0) == (Decimal(0), None)


def test_the_outlook_never_makes_a_loss_larger_than_the_balance():
    assert provision.provide(np.array([100]), (Decimal("0.8"),), forward=Decimal(2)).total_minor == 100
    assert provision.provide(np.array([1000]), (Decimal("0.05"),), forward=Decimal("1.1")).total_minor == 55


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: provision.loss_rates(np.array([1, 2]), 0), "no more can reach"),
        (lambda: provision.loss_rates(np.array([5]), 6), "lost_minor"),
        (lambda: provision.provide(np.array([1]), ()), "rates: 0 for 1 buckets"),
        (lambda: provision.provide(np.array([1]), (Decimal(2),)), "between 0 and 1"),
        (lambda: provision.provide(np.array([-1]), (Decimal(1),)), "must not be negative"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
