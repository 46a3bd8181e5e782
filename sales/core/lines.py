"""What order lines amount to: rounded once each, summed exactly, converted once, spread fairly.

`docs/algorithms/order-money.md` has the rules with a worked table. `priced` does one order in decimals; `nets`
does whole columns in integers for imports, and gives the same to the last unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
from numpy.typing import NDArray

from crm.lib import money

Ints = NDArray[np.int64]

# Decimals that a price keeps, and what whole numbers in a column of prices count.
PRICE_DECIMALS = 6

# What the fields hold: 15 digits before the point in an order's currency, a bigint in base minor units.
NET_LIMIT = 10**15
BASE_LIMIT = 2**63 - 1

# A line's product has up to 16 + 18 + 7 digits: the default of 28 would round before we do.
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
_SAFE = float(2**61)


class AmountTooLarge(ValueError):
    """An amount doesn't fit its field. `rows` are the places of the lines concerned; empty: the order's sum."""

    def __init__(self, rows: Sequence[int] = ()) -> None:
        super().__init__("an amount is larger than its field")
        self.rows = list(rows)


@dataclass(frozen=True)
class LineTerms:
    """What a line says: quantity (negative in a return), price of one unit, discount in percent, cost of one unit.

    `net` is an amount that was agreed for the whole line; the line isn't computed then.
    """

    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal = Decimal(0)
    unit_cost: Decimal | None = None
    net: Decimal | None = None


@dataclass(frozen=True)
class PricedLine:
    """What a line amounts to: net in the order's currency, its part of the order's base amount, its cost."""

    net: Decimal
    base_minor: int | None
    cost_minor: int | None


@dataclass(frozen=True)
class PricedOrder:
    """What an order amounts to: the exact sum of its lines, that sum converted once, and the lines."""

    net: Decimal
    base_minor: int | None
    lines: tuple[PricedLine, ...]


def line_net(terms: LineTerms, currency: str) -> Decimal:
    """A line's net: quantity × price × (1 − discount), rounded half-up once to the currency's minor unit."""
    if terms.net is not None:
        return money.round_money(terms.net, currency)
    share = _EXACT.subtract(Decimal(100), terms.discount_percent).scaleb(-2, context=_EXACT)
    exact = _EXACT.multiply(_EXACT.multiply(terms.quantity, terms.unit_price), share)
    return money.round_money(exact, currency)


def line_tax(net: Decimal, tax_percent: Decimal, currency: str) -> Decimal:
    """The tax on a line's net, rounded half-up once to the currency's minor unit."""
    return money.round_money(_EXACT.multiply(net, tax_percent).scaleb(-2, context=_EXACT), currency)


def line_cost(terms: LineTerms, base_currency: str) -> int | None:
    """A line's cost in base minor units, rounded half-up once; None when the cost of a unit isn't known."""
    if terms.unit_cost is None:
        return None
    return money.to_minor(_EXACT.multiply(terms.quantity, terms.unit_cost), base_currency)


def base_minor_of(net: Decimal, rate: Decimal | None, currency: str, base_currency: str) -> int | None:
    """An order's net in base minor units, converted once; None while a foreign currency lacks a rate.

    Raises AmountTooLarge if it doesn't fit a bigint.
    """
    if currency == base_currency:
        return money.to_minor(net, currency)
    if rate is None:
        return None
    minor = money.to_minor(_EXACT.multiply(net, rate), base_currency)
    if abs(minor) > BASE_LIMIT:
        raise AmountTooLarge
    return minor


def priced(lines: Sequence[LineTerms], *, currency: str, rate: Decimal | None, base_currency: str) -> PricedOrder:
    """Price an order.

    Parameters
    ----------
    lines : sequence of LineTerms
        At least one.
    currency, base_currency : str
        ISO 4217 codes; they fix the minor units.
    rate : Decimal or None
        Base units for one unit of `currency`; ignored when both are the same.

    Raises
    ------
    ValueError
        If there are no lines.
    AmountTooLarge
        If a line, the sum, its conversion or a cost doesn't fit the fields; `rows` names the lines.
    """
    if not lines:
        raise ValueError("an order has at least one line")
    nets = [line_net(line, currency) for line in lines]
    costs = [line_cost(line, base_currency) for line in lines]
    fits = [abs(net) < NET_LIMIT and abs(cost or 0) <= BASE_LIMIT for net, cost in zip(nets, costs, strict=True)]
    if not all(fits):
        raise AmountTooLarge([row for row, fit in enumerate(fits) if not fit])
    net = sum(nets, Decimal(0))
    if abs(net) >= NET_LIMIT:
        raise AmountTooLarge
    base, parts = converted(nets, currency=currency, rate=rate, base_currency=base_currency)
    return PricedOrder(net, base, tuple(map(PricedLine, nets, parts, costs)))


def converted(
    nets: Sequence[Decimal], *, currency: str, rate: Decimal | None, base_currency: str
) -> tuple[int | None, Sequence[int | None]]:
    """The base amount of an order of these nets, and the parts of its lines, which add up to it.

    None throughout while a foreign currency lacks a rate. Raises AmountTooLarge if it doesn't fit a bigint.
    """
    base = base_minor_of(sum(nets, Decimal(0)), rate, currency, base_currency)
    if base is None:
        return None, [None] * len(nets)
    return base, money.spread(base, [money.to_minor(line, currency) for line in nets])


def scaled(value: Decimal, decimals: int) -> int:
    """A decimal as a whole number of its last kept digit, rounded half-up: 1.5 with 4 decimals is 15000."""
    return int(value.scaleb(decimals, context=_EXACT).to_integral_value(rounding=ROUND_HALF_UP))


def nets(quantity: Ints, unit_price: Ints, discount_percent: Ints | None = None, *, exponent: int | Ints = 2) -> Ints:
    """The nets of many lines at once, in minor units of their currencies; equal to `line_net` on each.

    Parameters
    ----------
    quantity : int64 array
        Ten-thousandths, of either sign.
    unit_price : int64 array
        Millionths.
    discount_percent : int64 array, optional
        Ten-thousandths of a percent, 0 to 1,000,000. None: no discounts.
    exponent : int or int64 array
        Decimals of each line's minor unit, 0 to 3.

    Returns
    -------
    int64 array
        One net a line.

    Raises
    ------
    AmountTooLarge
        If nets don't fit the field; `rows` are their places.
    """
    negative = (quantity < 0) != (unit_price < 0)
    places = np.broadcast_to(np.asarray(exponent, dtype=np.int64), quantity.shape)
    quantity, quantity_cut = _trimmed(np.abs(quantity), 4)
    unit_price, price_cut = _trimmed(np.abs(unit_price), 4)
    kept, kept_cut = _kept(discount_percent, len(quantity))
    digits = 16 - quantity_cut - price_cut - kept_cut - places
    kept = kept * 10 ** np.maximum(-digits, 0)
    digits = np.maximum(digits, 0)
    safe = quantity.astype(np.float64) * unit_price * kept < _SAFE
    result = np.zeros(len(quantity), dtype=np.int64)
    result[safe] = _divided(quantity[safe] * unit_price[safe] * kept[safe], digits[safe])
    limit = NET_LIMIT * 10**places
    over = []
    for row in np.flatnonzero(~safe):
        unit = 10 ** int(digits[row])
        exact = (int(quantity[row]) * int(unit_price[row]) * int(kept[row]) + unit // 2) // unit
        if exact >= int(limit[row]):
            over.append(int(row))
        else:
            result[row] = exact
    over += [int(row) for row in np.flatnonzero(result >= limit)]
    if over:
        raise AmountTooLarge(sorted(over))
    return np.where(negative, -result, result)


def _kept(discount_percent: Ints | None, length: int) -> tuple[Ints, Ints | int]:
    """What a discount leaves, with its factor of a million cut as far as it is round."""
    if discount_percent is None:
        return np.ones(length, dtype=np.int64), 6
    whole, whole_cut = _trimmed(10**6 - discount_percent, 6)
    kept, kept_cut = _trimmed(whole, 4)
    return kept, whole_cut + kept_cut


def _trimmed(values: Ints, zeros: int) -> tuple[Ints, Ints]:
    """Values without so many zeros at the end where they have them, and how many were cut from each."""
    unit = 10**zeros
    has = values % unit == 0
    return np.where(has, values // unit, values), np.where(has, zeros, 0)


def _divided(values: Ints, digits: Ints) -> Ints:
    """Values over powers of ten, rounded half-up; all are zero or above."""
    unit = 10**digits
    return (values + unit // 2) // unit
