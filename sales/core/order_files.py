"""Orders out of the lines of a file: which lines make an order, which are refused, what is a return.

`docs/algorithms/order-files.md` has the rules. A line is judged alone, then with the other lines of its
order; an order with one refused line is refused whole, so that nothing is half-written and a corrected file
of refused lines is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sales.core.lines import NET_LIMIT, AmountTooLarge, nets

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

ReturnRule = Literal["prefix", "negative", "column"]

# A code that points to nothing: no customer, no product, no currency of its own.
NOBODY = -1
# Lines priced at once; pricing takes some hundred bytes a line while it is under way.
_AT_ONCE = 100_000


class Verdict(IntEnum):
    """Why a line is refused; 0 when it isn't."""

    FINE = 0
    NEGATIVE_QUANTITY = 1
    POSITIVE_QUANTITY = 2
    ZERO_QUANTITY = 3
    NEGATIVE_PRICE = 4
    NEGATIVE_AMOUNT = 5
    TOO_LARGE = 6
    TWO_CUSTOMERS = 7
    TWO_CURRENCIES = 8
    TWO_KINDS = 9
    DISCOUNT = 10
    OTHER_LINE = 11


@dataclass
class Lines:
    """The lines of a file, one array entry each, grouped: lines of an order stand together, in the file's order.

    `order` counts 0 … orders − 1 by first appearance. `quantity` in ten-thousandths, `unit_price` and
    `amount` in millionths, `discount` in ten-thousandths of a percent. `has_price` and `has_amount` say
    what a line gives. `kind` is 1 where a column says order, 2 where it says return, 0 where it says nothing.
    """

    order: Ints
    customer: Ints
    currency: Ints
    quantity: Ints
    unit_price: Ints
    amount: Ints
    discount: Ints
    has_price: Flags
    has_amount: Flags
    kind: Ints

    def __len__(self) -> int:
        return len(self.order)


@dataclass
class Judged:
    """What the lines amount to. Per line: `verdict`, signed `quantity`, `unit_price`, `net` in minor units.

    Per order: `is_return`, and `first`, the place of its first line.
    """

    verdict: NDArray[np.int8]
    quantity: Ints
    unit_price: Ints
    net: Ints
    is_return: Flags
    first: Ints


def compact(order: Ints) -> tuple[Ints, Ints]:
    """Codes without gaps for codes with gaps, in the same sequence, and the old code of each new one."""
    present = np.bincount(order) > 0
    return (np.cumsum(present) - 1)[order], np.flatnonzero(present)


def grouped(order: Ints) -> tuple[Ints, Ints]:
    """The places of lines sorted by order, each order's in their own sequence, and where each order begins.

    Orders are numbered without gaps.
    """
    places = np.argsort(order, kind="stable")
    return places, np.flatnonzero(np.diff(order[places], prepend=-1))


def judged(
    lines: Lines,
    *,
    refused: Flags,
    exponents: Ints,
    rule: ReturnRule,
    prefixed: Flags,
) -> Judged:
    """Judge the lines of all orders.

    Parameters
    ----------
    lines : Lines
        Grouped by order.
    refused : bool array, (lines,)
        Lines that are refused already, for what a cell says.
    exponents : int64 array, (lines,)
        Decimals of each line's currency.
    rule : {'prefix', 'negative', 'column'}
        What makes a return, beside a column that says so: a number with the prefix and a negative line;
        negative lines alone; nothing else.
    prefixed : bool array, (orders,)
        Whether an order's number begins with the prefix of returns.

    Returns
    -------
    Judged
        Every line of an order with a refused line is refused.
    """
    first = np.flatnonzero(np.diff(lines.order, prepend=-1))
    verdict = np.zeros(len(lines), dtype=np.int8)
    is_return = _returns(lines, first, rule, prefixed, verdict, refused)
    quantity, amount = _signed(lines, is_return, first)
    of_return = is_return[lines.order]
    _put(verdict, quantity == 0, Verdict.ZERO_QUANTITY)
    _put(verdict, ~of_return & (quantity < 0), Verdict.NEGATIVE_QUANTITY)
    _put(verdict, of_return & (quantity > 0), Verdict.POSITIVE_QUANTITY)
    _put(verdict, lines.has_price & (lines.unit_price < 0), Verdict.NEGATIVE_PRICE)
    _put(verdict, lines.has_amount & ~of_return & (amount < 0), Verdict.NEGATIVE_AMOUNT)
    _put(verdict, (lines.discount < 0) | (lines.discount > 10**6), Verdict.DISCOUNT)
    for code, which in ((lines.customer, Verdict.TWO_CUSTOMERS), (lines.currency, Verdict.TWO_CURRENCIES)):
        _put(verdict, _differs(code, first, ~refused)[lines.order], which)
    net, unit_price = _priced(lines, quantity, amount, exponents, verdict, refused)
    _refuse_sums(net, first, lines.order, exponents, verdict)
    spoilt = np.logical_or.reduceat((verdict != 0) | refused, first) if len(first) else np.zeros(0, dtype=bool)
    _put(verdict, spoilt[lines.order] & ~refused, Verdict.OTHER_LINE)
    verdict[refused] = 0
    return Judged(verdict, quantity, unit_price, net, is_return, first)


def _put(verdict: NDArray[np.int8], where: Flags, what: Verdict) -> None:
    verdict[where & (verdict == 0)] = what


def _returns(
    lines: Lines, first: Ints, rule: ReturnRule, prefixed: Flags, verdict: NDArray[np.int8], refused: Flags
) -> Flags:
    """Which orders are returns; an order of which one line says order and one return is refused."""
    if not len(first):
        return np.zeros(0, dtype=bool)
    sign = np.where(lines.quantity != 0, np.sign(lines.quantity), np.sign(lines.amount))
    sign[refused] = 0
    negative = np.logical_or.reduceat(sign < 0, first)
    positive = np.logical_or.reduceat(sign > 0, first)
    says_order = np.logical_or.reduceat(lines.kind == 1, first)
    says_return = np.logical_or.reduceat(lines.kind == 2, first)
    _put(verdict, (says_order & says_return)[lines.order], Verdict.TWO_KINDS)
    by_rule = {"prefix": prefixed & negative, "negative": negative & ~positive, "column": np.zeros_like(negative)}
    return np.asarray(says_return | (by_rule[rule] & ~says_order))


def _signed(lines: Lines, is_return: Flags, first: Ints) -> tuple[Ints, Ints]:
    """Quantities and amounts with the sign of their order's kind, where the file leaves it out.

    Systems with a column for the kind write returns with plain positive numbers.
    """
    if not len(first):
        return lines.quantity, lines.amount
    plain = ~np.logical_or.reduceat(lines.quantity < 0, first)
    turn = (is_return & plain)[lines.order]
    quantity = np.where(turn, -lines.quantity, lines.quantity)
    amount = np.where(is_return[lines.order], -np.abs(lines.amount), lines.amount)
    return quantity, amount


def _differs(code: Ints, first: Ints, counted: Flags) -> Flags:
    """In which orders the lines name two different codes."""
    if not len(first):
        return np.zeros(0, dtype=bool)
    known = counted & (code != NOBODY)
    high = np.maximum.reduceat(np.where(known, code, NOBODY), first)
    low = np.minimum.reduceat(np.where(known, code, np.iinfo(code.dtype).max), first)
    return np.asarray((high > low) & (high >= 0))


def _priced(
    lines: Lines, quantity: Ints, amount: Ints, exponents: Ints, verdict: NDArray[np.int8], refused: Flags
) -> tuple[Ints, Ints]:
    """Nets in minor units, and unit prices where only amounts are given. A line's own amount is its net."""
    usable = (verdict == 0) & ~refused
    net = np.zeros(len(lines), dtype=np.int64)
    by_amount = usable & lines.has_amount
    unit = 10 ** (6 - exponents[by_amount])
    net[by_amount] = np.sign(amount[by_amount]) * ((np.abs(amount[by_amount]) + unit // 2) // unit)
    by_price = np.flatnonzero(usable & ~lines.has_amount)
    for start in range(0, len(by_price), _AT_ONCE):
        _price(lines, quantity, exponents, by_price[start : start + _AT_ONCE], net, verdict)
    derived = by_amount & ~lines.has_price
    unit_price = lines.unit_price.astype(np.int64)
    unit_price[derived] = _per_unit(np.abs(amount[derived]), np.abs(quantity[derived]))
    _put(verdict, unit_price >= 10**18, Verdict.TOO_LARGE)
    return net, unit_price


def _price(lines: Lines, quantity: Ints, exponents: Ints, rows: Ints, net: Ints, verdict: NDArray[np.int8]) -> None:
    """Enter the nets of some lines; those whose net doesn't fit its field are refused."""
    while len(rows):
        try:
            net[rows] = nets(quantity[rows], lines.unit_price[rows], lines.discount[rows], exponent=exponents[rows])
            return
        except AmountTooLarge as error:
            verdict[rows[error.rows]] = Verdict.TOO_LARGE
            rows = np.delete(rows, error.rows)


def _per_unit(amount: Ints, quantity: Ints) -> Ints:
    """Millionths over ten-thousandths as millionths, half-up; in whole numbers of any size where they must be."""
    price = np.zeros(len(amount), dtype=np.int64)
    safe = amount < 2**48
    price[safe] = (amount[safe] * 20_000 + quantity[safe]) // (2 * quantity[safe])
    for row in np.flatnonzero(~safe):
        exact = (int(amount[row]) * 20_000 + int(quantity[row])) // (2 * int(quantity[row]))
        price[row] = min(exact, 10**18)
    return price


def _refuse_sums(net: Ints, first: Ints, order: Ints, exponents: Ints, verdict: NDArray[np.int8]) -> None:
    if len(first):
        sums = np.add.reduceat(np.abs(net).astype(np.float64) / 10.0**exponents, first)
        _put(verdict, (sums >= NET_LIMIT)[order], Verdict.TOO_LARGE)


# ── Digests ─────────────────────────────────────────────────────────────────

_PRIMES = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
_SHIFT = np.uint64(31)


def digests(header: Mapping[str, Ints], lines: Mapping[str, Ints], order: Ints) -> list[str]:
    """A digest of each order: of its header and the collection of its lines, in whatever sequence they come.

    Parameters
    ----------
    header : mapping of int64 arrays, (orders,)
    lines : mapping of int64 arrays, (lines,)
    order : int64 array, (lines,)
        The order of each line, 0 to orders − 1.

    Returns
    -------
    list of str
        32 hexadecimal digits an order. Two orders that differ have the same digest with a chance of 2⁻¹²⁸.
    """
    orders = len(next(iter(header.values())))
    lanes = np.empty((orders, 2), dtype=">u8")
    for lane, prime in enumerate(_PRIMES):
        total = np.zeros(orders, dtype=np.uint64)
        np.add.at(total, order, _hashed(lines, prime))
        lanes[:, lane] = _mixed(_hashed(header, prime) ^ _mixed(total, prime), prime)
    text = lanes.tobytes().hex()
    return [text[start : start + 32] for start in range(0, len(text), 32)]


def _hashed(columns: Mapping[str, Ints], prime: np.uint64) -> NDArray[np.uint64]:
    result: NDArray[np.uint64] | None = None
    for values in columns.values():
        word = values.astype(np.uint64)
        result = _mixed(word + prime if result is None else result ^ (word + prime), prime)
    if result is None:
        raise ValueError("nothing to hash: no columns")
    return result


def _mixed(values: NDArray[np.uint64], prime: np.uint64) -> NDArray[np.uint64]:
    values = values * prime
    values = (values ^ (values >> _SHIFT)) * prime
    return values ^ (values >> _SHIFT)
