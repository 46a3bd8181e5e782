"""What order lines amount to: worked examples, a slow oracle, and columns equal to single lines."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm.lib import money
from sales.core import lines
from sales.core.lines import AmountTooLarge, LineTerms

D = Decimal


def terms(quantity: str, price: str, discount: str = "0", cost: str | None = None) -> LineTerms:
    return LineTerms(D(quantity), D(price), D(discount), None if cost is None else D(cost))


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "currency", "net"),
    [
        ("1", "0.005", "0", "CNY", "0.01"),  # half goes up, away from zero
        ("1", "0.004999", "0", "CNY", "0.00"),
        ("-1", "0.005", "0", "CNY", "-0.01"),
        ("3", "0.335", "0", "CNY", "1.01"),  # 1.005, which a float keeps below the half
        ("7", "19.99", "12.5", "CNY", "122.44"),  # 122.43875
        ("1", "99.5", "0", "JPY", "100"),
        ("2", "99.2", "0", "JPY", "198"),
        ("1", "1.2345", "0", "KWD", "1.235"),
        ("5", "10", "100", "CNY", "0.00"),
        ("0", "10", "0", "CNY", "0.00"),
    ],
)
def test_a_line_is_rounded_once_half_up_to_its_minor_unit(
    quantity: str, price: str, discount: str, currency: str, net: str
) -> None:
    assert lines.line_net(terms(quantity, price, discount), currency) == D(net)


def test_an_order_is_converted_once_and_spread_by_largest_remainder() -> None:
    # 10.00 + 10.00 + 10.01 = 30.01 USD at 7.1234 is 213.7732… → 213.77. Alone the lines would be 71.23 +
    # 71.23 + 71.31; the shares are 71.2329…, 71.2329…, 71.3041…: floors leave one cent for the last.
    order = lines.priced(
        [terms("1", "10.00"), terms("1", "10.00"), terms("1", "10.01")],
        currency="USD",
        rate=D("7.1234"),
        base_currency="CNY",
    )
    assert order.net == D("30.01")
    assert order.base_minor == 21377
    assert [line.base_minor for line in order.lines] == [7123, 7123, 7131]


def test_the_base_currency_needs_no_rate_and_costs_are_in_it() -> None:
    order = lines.priced(
        [terms("2", "3.335", "0", "1.111"), terms("1", "1")], currency="CNY", rate=None, base_currency="CNY"
    )
    assert [line.base_minor for line in order.lines] == [667, 100]
    assert [line.cost_minor for line in order.lines] == [222, None]


def test_a_foreign_order_without_a_rate_has_a_net_but_no_base_amount() -> None:
    order = lines.priced([terms("1", "5", "0", "2")], currency="USD", rate=None, base_currency="CNY")
    assert (order.net, order.base_minor) == (D("5.00"), None)
    assert order.lines[0].base_minor is None
    assert order.lines[0].cost_minor == 200


def test_a_return_mirrors_its_order() -> None:
    sold = lines.priced([terms("3", "0.335", "0", "0.2")], currency="EUR", rate=D("7.85"), base_currency="CNY")
    back = lines.priced([terms("-3", "0.335", "0", "0.2")], currency="EUR", rate=D("7.85"), base_currency="CNY")
    assert back.net == -sold.net
    assert back.base_minor == -(sold.base_minor or 0)
    assert back.lines[0].cost_minor == -(sold.lines[0].cost_minor or 0)


def test_yen_round_to_whole_yen_before_they_are_converted() -> None:
    order = lines.priced([terms("3", "33.5")], currency="JPY", rate=D("0.0481"), base_currency="CNY")
    assert order.net == D("101")
    assert order.base_minor == 486  # 101 × 0.0481 = 4.8581


def test_amounts_over_the_field_are_named_by_line() -> None:
    big = terms("999999999999", "999999999999")
    with pytest.raises(AmountTooLarge) as error:
        lines.priced([terms("1", "1"), big], currency="CNY", rate=None, base_currency="CNY")
    assert error.value.rows == [1]
    near = terms("1000000", "600000000")
    with pytest.raises(AmountTooLarge) as error:
        lines.priced([near, near], currency="CNY", rate=None, base_currency="CNY")
    assert error.value.rows == []
    with pytest.raises(AmountTooLarge):
        lines.priced([near], currency="USD", rate=D("9999999"), base_currency="CNY")
    with pytest.raises(AmountTooLarge) as error:
        lines.priced([terms("1", "1", "0", "99999999999999999")], currency="CNY", rate=None, base_currency="CNY")
    assert error.value.rows == [0]


def test_an_order_without_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        lines.priced([], currency="CNY", rate=None, base_currency="CNY")


quantities = st.one_of(st.integers(-(10**8), 10**8), st.integers(-(10**16) + 1, 10**16 - 1))
prices = st.one_of(st.integers(0, 10**10), st.integers(-(10**18) + 1, 10**18 - 1))
discounts = st.one_of(st.just(0), st.integers(0, 100).map(lambda p: p * 10**4), st.integers(0, 10**6))
rows = st.lists(st.tuples(quantities, prices, discounts, st.sampled_from([0, 2, 3])), min_size=1, max_size=12)


@given(rows)
@example([(10_000, 5_000, 0, 2), (30_000, 335_000, 0, 2), (10_000, 1_000_000, 10**6, 3), (10_000, 1_234_500, 0, 3)])
@example([(70_000, 19_990_000, 125_000, 2), (0, 10**17, 0, 0), (-(10**16) + 1, 1, 1, 2)])
def test_columns_give_what_single_lines_give(many: list[tuple[int, int, int, int]]) -> None:
    currencies = {0: "JPY", 2: "CNY", 3: "KWD"}
    singles, too_large = [], []
    for place, (quantity, price, discount, exponent) in enumerate(many):
        single = LineTerms(D(quantity).scaleb(-4), D(price).scaleb(-6), D(discount).scaleb(-4))
        net = lines.line_net(single, currencies[exponent])
        exact = Fraction(quantity, 10**4) * Fraction(price, 10**6) * (1 - Fraction(discount, 10**6)) * 10**exponent
        sign = -1 if exact < 0 else 1
        minor = sign * ((2 * abs(exact).numerator + exact.denominator) // (2 * exact.denominator))
        assert money.to_minor(net, currencies[exponent]) == minor  # the scalar rule against plain fractions
        too_large += [place] if abs(net) >= lines.NET_LIMIT else []
        singles.append(minor)
    q, p, d, e = (np.array(column, dtype=np.int64) for column in zip(*many, strict=True))
    if too_large:
        with pytest.raises(AmountTooLarge) as error:
            lines.nets(q, p, d, exponent=e)
        assert error.value.rows == too_large
    else:
        assert lines.nets(q, p, d, exponent=e).tolist() == singles


def test_columns_without_discounts_take_one_minor_unit() -> None:
    quantity = np.array([10_000, 15_000, -20_000])
    price = np.array([1_005_000, 333_333, 2_500_000])
    assert lines.nets(quantity, price).tolist() == [101, 50, -500]
    assert lines.nets(quantity, price, exponent=0).tolist() == [1, 0, -5]


@pytest.mark.parametrize(("value", "decimals", "whole"), [("1.5", 4, 15000), ("0.00005", 4, 1), ("-2.5", 0, -3)])
def test_decimals_are_scaled_half_up(value: str, decimals: int, whole: int) -> None:
    assert lines.scaled(D(value), decimals) == whole
