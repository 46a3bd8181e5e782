"""Migration matrix, rates, agreement, long run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from crm.lib.measured import Measured
from segmentation.core.measured import Reason
from segmentation.core.migration import mobility, probabilities, stationary

STAYERS = [[16, 3, 1], [4, 22, 4], [0, 5, 45]]


def values(figures):
    return [figure.value for figure in figures]


def test_probabilities_of_the_worked_example():
    a, b, c = probabilities(STAYERS)

    assert a == pytest.approx((0.80, 0.15, 0.05))
    assert b == pytest.approx((0.133333, 0.733333, 0.133333), rel=1e-5)
    assert c == pytest.approx((0, 0.10, 0.90))


def test_mobility_of_the_worked_example():
    found = mobility(STAYERS)

    assert values([found.stay, found.up, found.down]) == pytest.approx([0.83, 0.09, 0.08])
    assert found.shorrocks.value == pytest.approx(0.283333, rel=1e-5)
    assert found.kappa.value == pytest.approx(0.725806, rel=1e-6)
    assert found.weighted_kappa.value == pytest.approx(0.780488, rel=1e-6)


def test_kappa_agrees_with_scikit_learn_when_the_mix_shifts():
    stayers = [[9, 5, 2], [0, 8, 3], [1, 4, 7]]
    first, second = (np.repeat(side.ravel(), np.ravel(stayers)) for side in np.indices((3, 3)))

    found = mobility(stayers)

    assert found.kappa.value == pytest.approx(cohen_kappa_score(first, second))
    assert found.weighted_kappa.value == pytest.approx(cohen_kappa_score(first, second, weights="linear"))


def test_long_run_mix_of_the_worked_example():
    assert values(stationary(probabilities(STAYERS))) == pytest.approx([0.2, 0.3, 0.5], abs=1e-12)


def test_rows_of_fewer_than_five_customers_are_not_printed():
    matrix = probabilities([[3, 1, 0], [4, 22, 4], [0, 5, 45]])

    assert matrix[0] is None
    assert matrix[1] is not None
    assert stationary(matrix) == (Measured(None, Reason.TOO_FEW_CUSTOMERS),) * 3


def test_five_customers_are_enough():
    assert probabilities([[4, 1], [0, 5]])[0] == (0.8, 0.2)
    assert probabilities([[1, 0], [0, 0]], least_customers=0) == ((1, 0), None)


def test_rates_are_computed_where_rows_are_not():
    found = mobility([[3, 1, 0], [4, 22, 4], [0, 5, 45]])

    assert found.shorrocks == Measured(None, Reason.TOO_FEW_CUSTOMERS)
    assert found.stay.value == pytest.approx(70 / 84)


def test_nobody_to_compare_is_not_computable():
    found = mobility([[0, 0], [0, 0]])
    assert found.stay == found.up == found.down == found.kappa == Measured(None, Reason.EMPTY)


def test_agreement_needs_more_than_one_grade():
    assert mobility([[9, 0], [0, 0]]).kappa == Measured(None, Reason.ONE_GRADE)


def test_grades_that_nobody_leaves_have_no_single_long_run():
    unique = Measured(None, Reason.NOT_UNIQUE)
    assert stationary(((1.0, 0.0), (0.0, 1.0))) == (unique, unique)


def test_one_grade_that_nobody_leaves_takes_all():
    assert values(stationary(((0.5, 0.5), (0.0, 1.0)))) == pytest.approx([0, 1])


def test_grades_taking_turns_still_have_a_mean_mix():
    assert values(stationary(((0.0, 1.0), (1.0, 0.0)))) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("wrong", [[[1, 2]], [[1]], [1, 2]])
def test_only_square_matrices_are_taken(wrong):
    with pytest.raises(ValueError, match="square matrix of at least two grades"):
        probabilities(wrong)


def test_senseless_input_is_refused():
    with pytest.raises(ValueError, match="counts must not be negative"):
        mobility([[1, -1], [0, 1]])


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=3, max_size=3))
def test_a_long_run_mix_stays_what_it_is(stayers):
    matrix = probabilities(stayers)
    mix = values(stationary(matrix))
    if None in mix:
        return
    assert sum(mix) == pytest.approx(1)
    assert min(mix) >= -1e-12
    assert (np.array(mix) @ np.array(matrix)).tolist() == pytest.approx(mix, abs=1e-9)
