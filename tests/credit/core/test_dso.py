"""Days sales outstanding, counting back, collection effectiveness, terms and lateness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.core import dso
from credit.core.measured import Reason

amounts = st.integers(0, 10**12)


def back(closing, sales, days):
    return dso.countback(np.array([closing]), np.array([sales]), np.array(days))


@pytest.mark.parametrize(
    ("closing", "sales", "days", "expected"),
    [(150_000, 1_800_000, 365, 30.4167), (10_869, 5538 + 4566 + 7570, 90, 55.3474)],
)
def test_standard_dso_of_published_examples(closing, sales, days, expected):
    assert dso.standard(closing, sales, days).value == pytest.approx(expected, abs=5e-5)


def test_without_credit_sales_there_is_no_dso():
    assert dso.standard(100, 0, 90).reason is Reason.NO_CREDIT_SALES
    assert dso.day_worth_minor(0, 90).reason is Reason.NO_CREDIT_SALES


def test_a_window_has_days():
    with pytest.raises(ValueError, match="days: must be at least 1, got 0"):
        dso.standard(100, 100, 0)


def test_best_possible_and_delinquent_days_add_up_to_dso():
    whole, best = dso.standard(6340, 10_890, 90), dso.best_possible(3590, 10_890, 90)
    delinquent = dso.days_delinquent(6340, 3590, 10_890, 90)

    assert whole.value == pytest.approx(52.3967, abs=5e-5)
    assert best.value == pytest.approx(29.6694, abs=5e-5)
    assert delinquent.value == pytest.approx(22.7273, abs=5e-5)
    assert best.value + delinquent.value == pytest.approx(whole.value)


def test_counting_back_over_three_months_of_thirty_days():
    assert back(212_000, [100_000, 80_000, 70_000], [30] * 3).of().value == pytest.approx(73.7143, abs=5e-5)


@pytest.mark.parametrize(("may", "expected"), [(2000, 166.3333), (1000, 179.6667)])
def test_counting_back_over_months_of_their_own_length(may, expected):
    sales = [2500, 1750, 2250, 2500, may, 2250]
    assert back(12_000, sales, [30, 31, 31, 30, 31, 30]).of().value == pytest.approx(expected, abs=5e-5)


def test_receivables_older_than_all_months_are_at_least_so_many_days():
    found = back(1_000, [100, 100], [30, 31])
    assert (found.days[0], found.stopped[0]) == (61, dso.Stopped.AT_LEAST)


def test_a_month_without_sales_stops_the_count_and_says_so():
    found = back(1_000, [100, 0, 5_000], [30, 31, 30])
    assert found.of().reason is Reason.NO_SALES_IN_MONTH
    assert found.days[0] == 30


def test_nothing_owed_is_no_day_and_a_credit_balance_no_figure():
    assert back(0, [100], [30]).of().value == 0
    assert back(-5, [100], [30]).of().reason is Reason.CREDIT_BALANCE


def test_a_month_used_up_to_the_last_unit_counts_whole():
    assert back(100, [100, 100], [30, 31]).of().value == 30


@given(st.lists(st.tuples(amounts, st.lists(st.integers(-10, 10**12), min_size=4, max_size=4)), min_size=1, max_size=9))
def test_counting_back_many_customers_equals_each_alone(rows):
    closing, sales = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    together = dso.countback(closing, sales, np.array([31, 30, 31, 28]))
    for place, (owed, months) in enumerate(rows):
        alone = slow_countback(owed, months, [31, 30, 31, 28])
        assert (together.days[place], together.stopped[place]) == (pytest.approx(alone[0]), alone[1])


def slow_countback(owed, sales, days):
    if owed == 0:
        return 0.0, dso.Stopped.EXACT
    counted = 0.0
    for sold, length in zip(sales, days, strict=True):
        if sold <= 0:
            return counted, dso.Stopped.NO_SALES
        if owed <= sold:
            return counted + owed / sold * length, dso.Stopped.EXACT
        owed -= sold
        counted += length
    return counted, dso.Stopped.AT_LEAST


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"sales_minor: shape \(1, 2\), expected \(1, 1\)"):
        back(5, [1, 2], [30])


def test_collection_effectiveness_in_both_forms():
    assert dso.collection_effectiveness(400_000, 1_200_000, 350_000, 280_000).value == pytest.approx(94.697, abs=5e-4)
    assert dso.collection_effectiveness(6200, 10_890, 6340, 3590).value == pytest.approx(79.6296, abs=5e-5)
    crf = dso.collection_effectiveness(6200, 10_890, 6340, 3590, months=3)
    assert crf.value == pytest.approx(55.929, abs=5e-4)


def test_nothing_collectable_gives_no_index():
    assert dso.collection_effectiveness(0, 100, 100, 100).reason is Reason.NOTHING_COLLECTABLE


def test_terms_are_weighted_by_amount():
    assert dso.weighted_terms(np.array([50_000, 30_000, 20_000]), np.array([30, 60, 0])).value == 33.0
    assert dso.weighted_terms(np.array([0]), np.array([30])).reason is Reason.NO_AMOUNTS


def test_a_small_invoice_that_is_very_late_weighs_little():
    found = dso.lateness(np.array([1, 30]), np.array([100_000, 500]))
    assert found.plain_days.value == 15.5
    assert found.weighted_days.value == pytest.approx(1.144279, abs=5e-7)


def test_days_paid_early_count_as_none_unless_asked_for():
    days, paid = np.array([-10, 20]), np.array([100, 100])
    assert dso.lateness(days, paid).plain_days.value == 10
    assert dso.lateness(days, paid, early_counts=True).plain_days.value == 5
    assert dso.lateness(days, paid).late_share.value == 0.5


def test_nothing_settled_gives_no_lateness():
    assert dso.lateness(np.array([]), np.array([])).plain_days.reason is Reason.NO_AMOUNTS
