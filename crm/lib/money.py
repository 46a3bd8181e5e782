"""Money: one rounding rule, exact sums in minor units, and a fair way to spread a total."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

# Currencies whose minor unit is not a hundredth (ISO 4217).
_EXPONENTS = {
    "BIF": 0,
    "CLP": 0,
    "JPY": 0,
    "KRW": 0,
    "VND": 0,
    "XAF": 0,
    "XOF": 0,
    "BHD": 3,
    "JOD": 3,
    "KWD": 3,
    "OMR": 3,
    "TND": 3,
}

# The default context keeps 28 digits: the product of a quantity, a price and a rate has more.
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)


def exponent(currency: str) -> int:
    """Digits behind the point of a currency's minor unit: 2 for CNY, 0 for JPY."""
    return _EXPONENTS.get(currency, 2)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round half-up, away from zero, to the currency's minor unit."""
    return amount.quantize(Decimal(1).scaleb(-exponent(currency)), context=_EXACT)


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount as a whole number of minor units, rounded half-up."""
    return int(round_money(amount, currency).scaleb(exponent(currency), context=_EXACT))


def from_minor(minor: int, currency: str) -> Decimal:
    """A whole number of minor units as an amount."""
    return Decimal(minor).scaleb(-exponent(currency), context=_EXACT)


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights` so that the parts add up to it exactly.

    Largest remainder: each part is floored, what is left goes one unit at a time to the largest
    remainders, the first of equals first. Weights may be of either sign as long as their sum isn't
    zero; with a zero sum the total is spread evenly.

    Parameters
    ----------
    total : int
        Minor units to spread, of either sign.
    weights : sequence of int
        One weight a part, at least one.

    Returns
    -------
    list of int
        The parts, in the order of the weights.

    Raises
    ------
    ValueError
        If there are no weights.
    """
    if not weights:
        raise ValueError("nothing to spread over: weights is empty")
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    if whole < 0:
        weights, whole = [-w for w in weights], -whole
    shares = [divmod(total * weight, whole) for weight in weights]
    parts = [floor for floor, _ in shares]
    left = total - sum(parts)
    for index in sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))[:left]:
        parts[index] += 1
    return parts
