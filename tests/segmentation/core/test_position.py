"""A run's summary and the place of one customer on it."""

import json
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.core.abc import Flag, Tier, classify
from segmentation.core.curve import KNOTS, from_json, pareto_points, summarise, to_json
from segmentation.core.position import Distance, position
from segmentation.core.rules import Buffer, Rules

EXAMPLE_1 = [5000, 2500, 1000, 500, 300, 250, 200, 150, 60, 40]
amounts = st.lists(st.one_of(st.integers(-3, 9), st.integers(1, 10**7)), min_size=1, max_size=30)
solvable = st.sampled_from([Rules(), Rules(method="count"), Rules(share_a=Decimal("0.5"))])


def curve_of(values, rules=None, buffer=None):
    array = np.array(values, dtype=np.int64)
    return summarise(array, classify(array, rules or Rules()), buffer=buffer)


def tier_at(values, index, value, rules):
    changed = [*values[:index], value, *values[index + 1 :]]
    return Tier(classify(np.array(changed), rules).tier[index])


@pytest.fixture(scope="module")
def long_tail():
    """20,000 customers, most of them different, as unequal as sales use to be."""
    return np.random.default_rng(7).lognormal(9, 1.7, 20_000).astype(np.int64) + 1


# ── Worked example ───────────────────────────────────────────────────────────────────────────────


def test_position_of_a_b_and_c_customer():
    curve = curve_of(EXAMPLE_1)
    a, b, c = (position(value, curve) for value in (2500, 300, 150))

    assert (a.tier, a.rank, a.customers, a.before) == (Tier.A, 2, 10, 0.5)
    assert (a.above_line_minor, a.below_line_minor, a.must_rise) == (1500, None, None)
    assert (b.tier, b.above_line_minor, b.below_line_minor) == (Tier.B, 50, 700)
    assert (c.tier, c.above_line_minor, c.below_line_minor, c.may_fall) == (Tier.C, None, 100, None)
    assert a.exact
    assert b.exact
    assert c.exact


def test_fall_and_rise_are_solved_with_the_total_moving_along():
    """The others hold 7,500. At 500 or more, at most 6,000 stand above, below 0.8 × 8,000 = 6,400: still A.

    At 499 the customer with 500 comes before it as well: 6,500 is not below 0.8 × 7,999 = 6,399.2.
    """
    found = position(2500, curve_of(EXAMPLE_1)).may_fall

    assert found == Distance(2500 - 500, exact=True)
    assert tier_at(EXAMPLE_1, 1, 500, Rules()) == Tier.A
    assert tier_at(EXAMPLE_1, 1, 499, Rules()) == Tier.B


def test_lines_in_money_include_the_buffered_ones():
    lines = curve_of(EXAMPLE_1, buffer=Buffer()).lines

    assert (lines.a, lines.b) == (1000, 250)
    assert (lines.a_up, lines.a_down) == (2500, 1000)  # before < 0.75 and before < 0.85
    assert (lines.b_up, lines.b_down) == (300, 200)  # before < 0.93 and before < 0.97


def test_customers_without_positive_sales_have_a_tier_but_no_rank():
    curve = curve_of([900, 200, 0, -100])
    zero, negative = position(0, curve), position(-100, curve)

    assert (zero.tier, zero.flag, zero.rank, zero.before) == (Tier.C, Flag.NO_SALES, None, None)
    assert (negative.flag, negative.below_line_minor) == (Flag.NET_RETURNS, 300)
    assert tier_at([900, 200, 0, -100], 3, -100 + negative.must_rise.minor, Rules()) == Tier.B
    assert tier_at([900, 200, 0, -100], 3, -100 + negative.must_rise.minor - 1, Rules()) == Tier.C


def test_inclusive_convention_has_lines_but_no_solution():
    curve = curve_of([85, 10, 3, 2], Rules(convention="inclusive"))

    assert curve.lines.a is None
    found = position(85, curve)
    assert (found.tier, found.below_line_minor, found.may_fall, found.must_rise) == (Tier.B, None, None, None)


def test_nobody_with_sales():
    curve = curve_of([0, -1])

    assert pareto_points(curve) == []
    assert position(0, curve).must_rise == Distance(1, exact=True)
    assert from_json(to_json(curve)) == curve


def test_values_of_another_classification_are_refused():
    with pytest.raises(ValueError, match=r"value_minor: must have shape \(2,\)"):
        summarise(np.array([1]), classify(np.array([1, 2]), Rules()))


# ── Properties ───────────────────────────────────────────────────────────────────────────────────


@given(amounts, st.sampled_from([Rules(), Rules(method="count"), Rules(convention="inclusive")]))
def test_up_to_a_thousand_customers_every_position_is_exact(values, rules):
    found = classify(np.array(values), rules)
    curve = curve_of(values, rules, Buffer())

    for i, value in enumerate(values):
        place = position(value, curve)
        assert place.exact
        assert (place.tier, place.flag) == (found.tier[i], found.flag[i])
        assert place.rank == (found.rank[i] or None)
        assert place.before_minor == (found.before_minor[i] if value > 0 else None)


@given(amounts, solvable)
def test_fall_and_rise_are_the_exact_borders(values, rules):
    curve = curve_of(values, rules)
    for i, value in enumerate(values):
        place = position(value, curve)
        if place.may_fall is not None:
            least = value - place.may_fall.minor
            assert place.may_fall.exact
            assert tier_at(values, i, least, rules) <= place.tier
            assert tier_at(values, i, least - 1, rules) > place.tier
            assert place.may_fall.minor >= place.above_line_minor
        if place.must_rise is not None:
            enough = value + place.must_rise.minor
            assert place.must_rise.exact
            assert tier_at(values, i, enough, rules) < place.tier
            assert enough == 1 or tier_at(values, i, enough - 1, rules) >= place.tier
            assert place.below_line_minor is None or place.must_rise.minor <= place.below_line_minor


@given(amounts, st.sampled_from([Rules(), Rules(method="count"), Rules(convention="inclusive")]))
def test_json_brings_the_same_curve_back(values, rules):
    curve = curve_of(values, rules, Buffer())
    assert from_json(json.loads(json.dumps(to_json(curve)))) == curve


def test_a_thousand_customers_are_all_knots():
    values = np.random.default_rng(3).permutation(10**6)[:KNOTS] + 1
    found = classify(values, Rules())
    curve = summarise(values, found)

    for i, value in enumerate(values.tolist()):
        place = position(value, curve)
        assert (place.exact, place.rank, place.before_minor) == (True, found.rank[i], found.before_minor[i])


@given(
    st.lists(st.one_of(st.integers(0, 40), st.integers(1, 2000)), min_size=5, max_size=60),
    solvable,
    st.sampled_from([0, 1]),
)
def test_whatever_is_called_exact_on_a_coarse_curve_is_exact(values, rules, near_line):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("segmentation.core.curve.KNOTS", 4)
        patch.setattr("segmentation.core.curve.NEAR_LINE", near_line)
        curve = curve_of(values, rules)
    found = classify(np.array(values), rules)

    for i, value in enumerate(values):
        place = position(value, curve)
        assert place.tier == found.tier[i]
        if place.exact and value > 0:
            assert (place.rank, place.before_minor) == (found.rank[i], found.before_minor[i])
        if place.may_fall is not None and place.may_fall.exact:
            least = value - place.may_fall.minor
            assert tier_at(values, i, least, rules) <= place.tier < tier_at(values, i, least - 1, rules)
        if place.must_rise is not None and place.must_rise.exact:
            enough = value + place.must_rise.minor
            assert tier_at(values, i, enough, rules) < place.tier
            assert enough == 1 or tier_at(values, i, enough - 1, rules) >= place.tier


def test_the_amount_right_below_a_knot_is_placed_exactly(long_tail):
    curve = summarise(long_tail, classify(long_tail, Rules()))

    for knot in curve.knots.value[:-1:20]:
        place = position(knot - 1, curve)
        assert (place.exact, place.rank) == (True, int(np.sum(long_tail >= knot)) + 1)


def test_a_customer_alone_between_two_knots_is_placed_exactly(long_tail):
    found = classify(long_tail, Rules())
    curve = summarise(long_tail, found)
    knots = curve.knots
    gaps = [k for k in range(len(knots.rank) - 1) if knots.rank[k + 1] - knots.rank[k] - knots.size[k] == 1]
    assert gaps
    for k in gaps:
        i = found.order[knots.rank[k] - 1 + knots.size[k]]
        place = position(int(long_tail[i]), curve)
        assert (place.exact, place.rank, place.before_minor) == (True, found.rank[i], found.before_minor[i])


@settings(max_examples=25)
@given(st.data())
def test_long_curve_is_exact_at_knots_and_near_the_lines_and_close_elsewhere(long_tail, data):
    found = classify(long_tail, Rules())
    curve = summarise(long_tail, found, buffer=Buffer())
    i = data.draw(st.integers(0, len(long_tail) - 1))

    place = position(int(long_tail[i]), curve)

    assert place.tier == found.tier[i]
    if place.exact:
        assert (place.rank, place.before_minor) == (found.rank[i], found.before_minor[i])
    assert place.rank == pytest.approx(found.rank[i], abs=len(long_tail) / (KNOTS / 2))
    assert place.before == pytest.approx(found.before[i], abs=1 / (KNOTS / 2))


def test_long_curve_keeps_about_a_thousand_knots(long_tail):
    curve = summarise(long_tail, classify(long_tail, Rules()), buffer=Buffer())

    assert KNOTS / 2 < len(curve.knots.value) < KNOTS + 250
    assert list(curve.knots.value) == sorted(set(curve.knots.value), reverse=True)
    for line in (curve.lines.a, curve.lines.a_up, curve.lines.a_down, curve.lines.b, curve.lines.b_up):
        assert line in curve.knots.value
        assert position(line, curve).exact


def test_long_curve_solves_exactly_beside_the_line(long_tail):
    rules = Rules()
    curve = summarise(long_tail, classify(long_tail, rules))
    values = long_tail.tolist()
    value = next(v for v in sorted(values) if v > curve.lines.a)
    i = values.index(value)

    fall = position(value, curve).may_fall

    assert fall.exact
    assert tier_at(values, i, value - fall.minor, rules) == Tier.A
    assert tier_at(values, i, value - fall.minor - 1, rules) == Tier.B


def test_long_curve_says_when_it_interpolates(long_tail):
    curve = summarise(long_tail, classify(long_tail, Rules()))
    knots = set(curve.knots.value)
    between = [v for v in long_tail[::20].tolist() if v not in knots]

    assert sum(position(v, curve).exact for v in between) < len(between) / 10


def test_pareto_points_rise_to_one(long_tail):
    points = pareto_points(summarise(long_tail, classify(long_tail, Rules())))

    assert points[0] == (0, 0)
    assert points[-1] == (1, 1)
    assert all(x < x2 and y < y2 for (x, y), (x2, y2) in pairwise(points))
