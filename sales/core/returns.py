"""How much of an order can still come back."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Sold:
    """A line that was sold: its place in the order, what it is (any key of the goods), how many."""

    position: int
    goods: Any
    quantity: Decimal


@dataclass(frozen=True)
class CameBack:
    """A line of a return: the place it names in the original (None: none named), the goods, how many (above 0)."""

    position: int | None
    goods: Any
    quantity: Decimal


def returnable(sold: Iterable[Sold], came_back: Iterable[CameBack]) -> dict[int, Decimal]:
    """What is left to come back of each line, by position.

    Returns that name a line reduce that line. Returns that name none (imported ones) reduce the lines of the
    same goods, first line first. Below zero: more came back than was sold.
    """
    lines = list(sold)
    left = {line.position: line.quantity for line in lines}
    unnamed: dict[Any, Decimal] = {}
    for back in came_back:
        if back.position in left:
            left[back.position] -= back.quantity
        else:
            unnamed[back.goods] = unnamed.get(back.goods, Decimal(0)) + back.quantity
    for line in lines:
        taken = min(max(left[line.position], Decimal(0)), unnamed.get(line.goods, Decimal(0)))
        if taken:
            left[line.position] -= taken
            unnamed[line.goods] -= taken
    return left
