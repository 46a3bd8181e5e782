"""ABC classification: worked examples, a slow oracle, invariances, edges."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segmentation.core.abc import Flag, Tier, classify
from segmentation.core.rules import Rules

LARGEST = 2**63 - 1
EXAMPLE_1 = [5000, 2500, 1000, 500, 300, 250, 200, 150, 60, 40]

values = st.lists(st.one_of(st.integers(-5, 12), st.integers(-(10**12), 10**12)), max_size=40)
shares = st.integers(1, 999_998)


def tiers(amounts, rules=None):
    found = classify(np.array(amounts, dtype=np.int64), rules or Rules())
    return "".join(Tier(code).name for code in found.tier)


@st.composite
def any_rules(draw, method=None, convention=None):
    low_share, high_share, low_count, high_count = (
        Decimal(part) / 1_000_000
        for pair in (draw(shares), draw(shares))
        for part in (pair, draw(st.integers(pair + 1, 999_999)))
    )
    return Rules(
        method=method or draw(st.sampled_from(["share", "count"])),
        convention=convention or draw(st.sampled_from(["before", "inclusive"])),
        share_a=low_share,
        share_b=high_share,
        count_a=low_count,
        count_b=high_count,
    )


def slow_tiers(amounts, rules):
    """The rule as one would explain it with pencil and paper, in fractions."""
    positive = sorted((v for v in amounts if v > 0), reverse=True)
    total, count = sum(positive), len(positive)
    first = max(1, int(Fraction(rules.count_a) * count + Fraction(1, 2)))
    second = max(first, int(Fraction(rules.count_b) * count + Fraction(1, 2)))
    found = ""
    for value in amounts:
        above = [v for v in positive if v > value]
        if value <= 0:
            found += "C"
        elif rules.method == "count":
            found += "A" if len(above) < first else "B" if len(above) < second else "C"
        elif rules.convention == "before":
            share = Fraction(sum(above), total)
            found += "A" if share < Fraction(rules.share_a) else "B" if share < Fraction(rules.share_b) else "C"
        else:
            share = Fraction(sum(above) + value, total)
            found += "A" if share <= Fraction(rules.share_a) else "B" if share <= Fraction(rules.share_b) else "C"
    return found


# ── Worked examples (hand-computed: the shares stand in docs/algorithms/abc.md) ──────────────────


def test_customer_that_crosses_the_line_belongs_to_the_higher_class():
    found = classify(np.array(EXAMPLE_1), Rules())

    assert tiers(EXAMPLE_1) == "AAABBBCCCC"
    assert found.before.tolist() == pytest.approx([0, 0.5, 0.75, 0.85, 0.9, 0.93, 0.955, 0.975, 0.99, 0.996])
    assert found.rank.tolist() == list(range(1, 11))
    assert (found.total_minor, found.customers, found.tier_counts) == (10_000, 10, (3, 3, 4))


def test_inclusive_convention_puts_the_crossing_customer_below():
    assert tiers(EXAMPLE_1, Rules(convention="inclusive")) == "AABBBCCCCC"


def test_by_count_cuts_after_a_fifth_and_a_half_of_the_customers():
    assert tiers(EXAMPLE_1, Rules(method="count")) == "AABBBCCCCC"


def test_equal_values_get_the_class_of_the_first_of_them():
    found = classify(np.array([500, 150, 150, 150, 50]), Rules())

    assert tiers([500, 150, 150, 150, 50]) == "AAAAC"
    assert found.before.tolist() == [0, 0.5, 0.5, 0.5, 0.95]
    assert found.rank.tolist() == [1, 2, 2, 2, 5]


def test_zero_and_negative_customers_are_c_with_a_flag_and_outside_the_total():
    found = classify(np.array([900, 200, 0, -100]), Rules())

    assert tiers([900, 200, 0, -100]) == "ABCC"
    assert found.total_minor == 1100
    assert found.before.tolist() == pytest.approx([0, 900 / 1100, 1, 1])
    assert [Flag(code).name for code in found.flag] == ["SALES", "SALES", "NO_SALES", "NET_RETURNS"]
    assert found.rank.tolist() == [1, 2, 0, 0]
    assert (found.tier_counts, found.flag_counts) == ((1, 1, 0), (1, 1))


def test_a_share_exactly_on_the_line_belongs_below_it():
    """0.80 × 10 is exactly 8: in binary floating point 0.1 + 0.7 would fall on the wrong side."""
    assert tiers([7, 1, 1, 1]) == "AAAA"
    assert tiers([8, 1, 1]) == "ABB"
    assert tiers([80, 15, 5]) == "ABC"
    assert tiers([80, 15, 5], Rules(convention="inclusive")) == "ABC"


def test_by_count_rounds_half_up_and_keeps_one_customer_in_a():
    assert tiers([9, 8], Rules(method="count")) == "AC"
    assert tiers([9, 8, 7], Rules(method="count")) == "ABC"
    assert tiers([9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 1, 1, 1], Rules(method="count")) == "AAABBBBCCCCCC"


def test_ties_at_a_count_line_join_the_higher_class():
    assert tiers([9, 5, 5, 5, 1, 1, 1, 1, 1, 1], Rules(method="count")) == "AAAABBBBBB"


# ── Properties ───────────────────────────────────────────────────────────────────────────────────


@given(values, any_rules())
def test_agrees_with_the_slow_oracle(amounts, rules):
    assert tiers(amounts, rules) == slow_tiers(amounts, rules)


@given(values, any_rules(), st.randoms(use_true_random=False))
def test_order_of_input_does_not_matter(amounts, rules, random):
    shuffled = list(range(len(amounts)))
    random.shuffle(shuffled)

    straight = classify(np.array(amounts, dtype=np.int64), rules)
    mixed = classify(np.array([amounts[i] for i in shuffled], dtype=np.int64), rules)

    for name in ("tier", "flag", "rank", "before_minor", "position"):
        assert getattr(mixed, name).tolist() == [getattr(straight, name)[i] for i in shuffled]


@given(values, any_rules(convention="before"), st.sampled_from([10, 100, 7]))
def test_currency_does_not_matter(amounts, rules, factor):
    assert tiers([v * factor for v in amounts], rules) == tiers(amounts, rules)


@given(values, any_rules())
def test_equal_values_get_equal_classes(amounts, rules):
    classes = {}
    for value, tier in zip(amounts, tiers(amounts, rules), strict=True):
        assert classes.setdefault(value, tier) == tier


@given(values.filter(lambda amounts: any(v > 0 for v in amounts)), any_rules())
def test_class_a_is_never_empty(amounts, rules):
    if rules.method == "share" and rules.convention == "inclusive":
        return
    assert "A" in tiers(amounts, rules)


@given(values, any_rules())
def test_a_larger_value_is_never_in_a_lower_class(amounts, rules):
    ranked = sorted(zip(amounts, tiers(amounts, rules), strict=True), reverse=True)
    assert [tier for _, tier in ranked] == sorted(tier for _, tier in ranked)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 10**6)), unique_by=lambda pair: pair[1]))
def test_order_is_by_value_then_code(customers):
    value, code = (np.array([pair[k] for pair in customers], dtype=np.int64) for k in (0, 1))

    found = classify(value, Rules(), code_rank=code)

    expected = sorted(range(len(customers)), key=lambda i: (-customers[i][0], customers[i][1]))
    assert found.order.tolist() == expected


@given(st.lists(st.integers(LARGEST // 8 - 1000, LARGEST // 8), min_size=1, max_size=8), any_rules())
@example([LARGEST], Rules())
def test_values_near_the_largest_integer_are_exact(amounts, rules):
    assert tiers(amounts, rules) == slow_tiers(amounts, rules)


# ── Edges ────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_at_all():
    found = classify(np.array([], dtype=np.int64), Rules())

    assert (found.total_minor, found.customers, found.tier_counts) == (0, 0, (0, 0, 0))
    assert found.before.shape == found.tier.shape == (0,)


def test_one_customer_is_a():
    assert tiers([1]) == "A"
    assert tiers([1], Rules(method="count")) == "A"
    assert tiers([1], Rules(convention="inclusive")) == "C"


def test_all_equal_are_a():
    assert tiers([7] * 50) == "A" * 50


def test_nobody_with_positive_sales():
    found = classify(np.array([-5, 0, -(2**63)]), Rules())

    assert tiers([-5, 0, -(2**63)]) == "CCC"
    assert found.total_minor == 0
    assert found.before.tolist() == [1, 1, 1]


def test_a_sum_over_64_bits_is_refused():
    with pytest.raises(OverflowError, match="does not fit in 64 bits"):
        classify(np.array([LARGEST, 1]), Rules())


def test_floats_are_refused():
    with pytest.raises(TypeError, match="whole minor units in 64 bits, got float64"):
        classify(np.array([1.0]), Rules())


def test_unsigned_64_bits_are_refused():
    with pytest.raises(TypeError, match="got uint64"):
        classify(np.array([1], dtype=np.uint64), Rules())


def test_tables_are_refused():
    with pytest.raises(ValueError, match="one dimension, got 2"):
        classify(np.array([[1]]), Rules())


def test_codes_of_other_length_are_refused():
    with pytest.raises(ValueError, match=r"code_rank: must have shape \(2,\), got \(1,\)"):
        classify(np.array([1, 2]), Rules(), code_rank=np.array([1]))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"share_a": Decimal("0.95"), "share_b": Decimal("0.80")}, "share_b: must be above share_a"),
        ({"share_a": Decimal("0.95")}, "share_b: must be above share_a, got 0.95 and 0.95"),
        ({"count_a": Decimal("0.6")}, "count_b: must be above count_a"),
        ({"share_a": Decimal(0)}, "share_a: must be above 0"),
        ({"share_b": Decimal(1)}, "share_b: must be below 1"),
        ({"share_a": 0.8}, "share_a: must be a Decimal"),
        ({"share_a": Decimal("0.1234567")}, "share_a: may have at most six decimals"),
        ({"share_a": Decimal("NaN")}, "share_a: must be a finite number"),
        ({"count_b": Decimal("Infinity")}, "count_b: must be a finite number"),
        ({"method": "sum"}, "method: must be one of share, count, got 'sum'"),
        ({"convention": "after"}, "convention: must be one of before, inclusive"),
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Rules(**wrong)
