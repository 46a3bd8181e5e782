"""Weight of evidence, points, separation, stability."""

import math

import numpy as np
import pytest

from credit.core.scorecard import Scale, evidence, separation, stability, strength

GOODS, BADS = [50, 150, 300, 400, 100], [25, 30, 25, 15, 5]
# Statlog German credit data, checking account status A11 to A14.
CHECKING_GOODS, CHECKING_BADS = [139, 164, 49, 348], [135, 105, 14, 46]


def test_weight_of_evidence_of_five_bins():
    found = evidence(GOODS, BADS)
    assert found.woe.tolist() == pytest.approx([-1.609438, -0.693147, 0.182322, 0.980829, 0.693147], abs=5e-7)
    assert found.information_value == pytest.approx(0.714840, abs=5e-7)
    assert found.smoothed == ()


def test_checking_status_of_the_german_credit_data():
    found = evidence(CHECKING_GOODS, CHECKING_BADS)
    assert found.woe.tolist() == pytest.approx([-0.818099, -0.401392, 0.405465, 1.176263], abs=5e-7)
    assert found.information_value == pytest.approx(0.666012, abs=5e-7)


def test_a_bin_without_bads_is_smoothed_and_named():
    found = evidence([50, 50], [0, 10])
    assert found.woe[0] == pytest.approx(math.log((50.5 / 100) / (0.5 / 10)))
    assert found.smoothed == (0,)


@pytest.mark.parametrize(
    ("value", "word"),
    [(0.0199, "useless"), (0.02, "weak"), (0.1, "medium"), (0.3, "strong"), (0.5, "suspicious"), (0.67, "suspicious")],
)
def test_strength_of_an_information_value(value, word):
    assert strength(value) == word


def test_the_usual_scale():
    scale = Scale()
    assert scale.factor == pytest.approx(28.85390082, abs=5e-9)
    assert scale.offset == pytest.approx(487.12287620, abs=5e-9)
    expected = {1: 487.1229, 10: 553.5614, 19: 572.0814, 25: 580, 50: 600, 100: 620, 200: 640}
    assert [scale.score(odds) for odds in expected] == pytest.approx(list(expected.values()), abs=5e-5)


def test_another_package_s_scale():
    scale = Scale(pdo=50, base_score=600, base_odds=19)
    assert (scale.factor, scale.offset) == (pytest.approx(72.134752, abs=5e-7), pytest.approx(387.603624, abs=5e-7))


def test_a_card_of_one_variable():
    woe = evidence(CHECKING_GOODS, CHECKING_BADS).woe
    points = Scale().points(woe, slope=-1, intercept=math.log(300 / 700), variables=1)
    assert points.tolist() == pytest.approx([487.9654, 499.9890, 523.2700, 545.5105], abs=5e-5)


def test_separation_of_the_worked_examples():
    five = separation(GOODS, BADS, evidence(GOODS, BADS).woe)
    assert five.ks == pytest.approx(0.35)
    german = separation(CHECKING_GOODS, CHECKING_BADS, evidence(CHECKING_GOODS, CHECKING_BADS).woe)
    assert german.auc == pytest.approx(0.707769, abs=5e-7)
    assert german.gini == pytest.approx(2 * 0.707769 - 1, abs=1e-6)


def test_a_score_that_tells_nothing_and_one_that_tells_all():
    assert separation([5, 5], [5, 5], [1, 1]).auc == 0.5
    assert separation([0, 10], [10, 0], [1, 2]) == separation([10, 0], [0, 10], [2, 1])
    assert separation([0, 10], [10, 0], [1, 2]).auc == 1


def test_a_population_that_stayed_and_one_that_moved():
    assert stability([100, 200], [10, 20]) == pytest.approx(0)
    moved = stability([50, 50], [80, 20])
    assert moved == pytest.approx(0.3 * math.log(1.6) + -0.3 * math.log(0.4))
    assert stability([100, 0], [50, 50]) > 0.25


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evidence([1], [1, 2]), "lengths differ"),
        (lambda: evidence([0], [5]), "at least one good"),
        (lambda: separation([1], [0], [1]), "at least one good"),
        (lambda: Scale(pdo=0), "above 0"),
        (lambda: Scale().score(0), "odds: above 0"),
        (lambda: Scale().points(np.zeros(1), slope=-1, intercept=0, variables=0), "variables"),
        (lambda: stability([1], [0]), "with cases in each"),
    ],
)
def test_what_cannot_be_measured_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
