"""Gini, Lorenz, Herfindahl–Hirschman, concentration ratios."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib.measured import Measured
from segmentation.core.concentration import gini, hhi, measure, top_count
from segmentation.core.measured import Reason

EXAMPLE_1 = np.array([5000, 2500, 1000, 500, 300, 250, 200, 150, 60, 40])
LARGEST = 2**63 - 1
not_negative = st.lists(st.integers(0, 10**15), min_size=2, max_size=30)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 2, 3, 4], 0.25), ([0, 0, 0, 1], 0.75), ([1, 1, 1, 1], 0), ([1, 2, 3, 4, 5], 0.266667)],
)
def test_gini_of_small_sets(values, expected):
    assert gini(np.array(values)).value == pytest.approx(expected, rel=1e-5)


def test_figures_of_the_worked_example():
    found = measure(EXAMPLE_1)

    assert found.gini.value == pytest.approx(0.6692)
    assert found.gini_small_sample.value == pytest.approx(0.743556, rel=1e-6)
    assert found.hhi.value == pytest.approx(0.327202)
    assert found.largest_share.value == 0.5
    assert (found.top_customers, found.top_share.value) == (2, 0.75)
    assert found.ratios == ((1, Measured(0.5)), (5, Measured(0.93)), (10, Measured(1.0)))
    assert found.needed == ((Decimal("0.50"), 1), (Decimal("0.80"), 3), (Decimal("0.95"), 6))


@pytest.mark.parametrize(("customers", "top"), [(4317, 863), (2349, 470), (440, 88), (89, 18), (1, 1), (0, 0)])
def test_top_fifth_is_rounded_half_up_to_whole_customers(customers, top):
    assert top_count(customers, Decimal("0.20")) == top


def test_half_a_customer_is_rounded_up():
    assert top_count(5, Decimal("0.5")) == 3


def test_customers_without_positive_sales_are_left_out():
    assert measure(np.concatenate([EXAMPLE_1, [0, -7000]])) == measure(EXAMPLE_1)


def test_nobody_with_sales_is_not_computable():
    found = measure(np.array([0, -5]))

    missing = Measured(None, Reason.NO_SALES)
    assert (found.gini, found.gini_small_sample, found.hhi) == (missing, missing, missing)
    assert (found.top_share, found.largest_share, found.top_customers) == (missing, missing, 0)
    assert found.needed[0] == (Decimal("0.50"), None)
    assert gini(np.zeros(3, dtype=np.int64)) == hhi(np.array([], dtype=np.int64)) == missing


def test_one_customer_has_shares_but_no_inequality():
    found = measure(np.array([10]))

    assert found.gini == found.gini_small_sample == Measured(None, Reason.ONE_CUSTOMER)
    assert found.hhi == found.top_share == found.largest_share == Measured(1.0)


def test_negative_values_are_refused():
    for figure in (gini, hhi):
        with pytest.raises(ValueError, match="must not be negative"):
            figure(np.array([3, -1]))


def test_sums_beyond_64_bits_stay_exact():
    values = np.array([1, LARGEST - 1])
    assert gini(values).value == float(Fraction(2 * (2 * LARGEST - 1) - 3 * LARGEST, 2 * LARGEST))


@pytest.mark.parametrize("wrong", [Decimal(0), Decimal("1.1"), Decimal(-1)])
def test_parts_outside_the_whole_are_refused(wrong):
    with pytest.raises(ValueError, match="top: must be above 0 and at most 1"):
        measure(EXAMPLE_1, top=wrong)
    with pytest.raises(ValueError, match="needed: must be above 0 and at most 1"):
        measure(EXAMPLE_1, needed=[wrong])


def test_a_ratio_of_no_customers_is_refused():
    with pytest.raises(ValueError, match="must be at least 1, got 0"):
        measure(EXAMPLE_1, ratios=[0])


def test_a_figure_is_a_value_or_a_reason():
    for wrong in ((None, None), (1.0, Reason.EMPTY)):
        with pytest.raises(ValueError, match="either a value or a reason"):
            Measured(*wrong)


@given(not_negative.filter(any))
def test_gini_is_the_mean_difference_and_the_area_between_the_lorenz_curve_and_equality(values):
    array, count, total = np.array(values), len(values), sum(values)
    differences = sum(abs(x - y) for x in values for y in values)
    sales = [0, *np.cumsum(np.sort(array)) / total]

    assert gini(array).value == pytest.approx(differences / (2 * count * total), abs=1e-12)
    area = sum((sales[i] + sales[i + 1]) / 2 for i in range(count)) / count
    assert gini(array).value == pytest.approx(1 - 2 * area, abs=1e-9)


@given(not_negative.filter(any), st.randoms(use_true_random=False))
def test_order_and_currency_do_not_matter(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)

    assert measure(np.array(shuffled)) == measure(np.array(values))
    assert gini(np.array(values) * 100).value == pytest.approx(gini(np.array(values)).value, abs=1e-15)


def test_half_of_three_equal_customers_takes_two():
    assert measure(np.array([1, 1, 1]), needed=[Decimal("0.5")]).needed == ((Decimal("0.5"), 2),)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30), st.integers(1, 1_000_000))
def test_customers_needed_is_the_smallest_number_that_suffices(values, part):
    share = Decimal(part) / 1_000_000
    ((_, needed),) = measure(np.array(values), needed=[share]).needed
    ranked = sorted(values, reverse=True)

    assert sum(ranked[:needed]) >= Fraction(share) * sum(values) > sum(ranked[: needed - 1])
