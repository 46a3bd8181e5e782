"""The parameters of an ABC classification and the exact lines they draw."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, get_args

Method = Literal["share", "count"]
Convention = Literal["before", "inclusive"]

PARTS: Final = 1_000_000
"""Shares are held as whole parts of a million, so that 0.80 is 0.80 and not 0.8000000000000000444."""

LONGEST_PERSISTENCE: Final = 24


def parts(name: str, share: Decimal) -> int:
    """Return a share as whole millionths.

    Raises
    ------
    ValueError
        Not a `Decimal`, not finite, or with more than six decimals.
    """
    if not isinstance(share, Decimal):
        raise ValueError(f"{name}: must be a Decimal so that the line is exact, got {share!r}")
    if not share.is_finite():
        raise ValueError(f"{name}: must be a finite number, got {share}")
    scaled = share * PARTS
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{name}: may have at most six decimals, got {share}")
    return int(scaled)


def rounded_part(share_parts: int, count: int) -> int:
    """Return `share × count` rounded half up to a whole number (shares in millionths)."""
    return (2 * share_parts * count + PARTS) // (2 * PARTS)


@dataclass(frozen=True, slots=True)
class Rules:
    """Where A ends and where B ends.

    Attributes
    ----------
    method
        `share`: by cumulative share of sales. `count`: by number of customers.
    share_a, share_b
        Lines of the share method, 0 < share_a < share_b < 1.
    count_a, count_b
        Lines of the count method as shares of the customers with sales, 0 < count_a < count_b < 1.
    convention
        Which share decides (share method only). `before`: the share of those ranked above, so that
        the customer that crosses the line belongs to the higher class. `inclusive`: the share
        including the customer itself.

    Raises
    ------
    ValueError
        Names the field and what is wrong with it.
    """

    method: Method = "share"
    share_a: Decimal = Decimal("0.80")
    share_b: Decimal = Decimal("0.95")
    count_a: Decimal = Decimal("0.20")
    count_b: Decimal = Decimal("0.50")
    convention: Convention = "before"

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ValueError(f"method: must be one of {', '.join(get_args(Method))}, got {self.method!r}")
        if self.convention not in get_args(Convention):
            known = ", ".join(get_args(Convention))
            raise ValueError(f"convention: must be one of {known}, got {self.convention!r}")
        for kind in ("share", "count"):
            low, high = (parts(f"{kind}_{line}", getattr(self, f"{kind}_{line}")) for line in "ab")
            if low <= 0:
                raise ValueError(f"{kind}_a: must be above 0, got {low / PARTS}")
            if high >= PARTS:
                raise ValueError(f"{kind}_b: must be below 1, got {high / PARTS}")
            if low >= high:
                raise ValueError(f"{kind}_b: must be above {kind}_a, got {high / PARTS} and {low / PARTS}")

    @property
    def line_parts(self) -> tuple[int, int]:
        """The two lines of the method in use, in millionths."""
        if self.method == "share":
            return parts("share_a", self.share_a), parts("share_b", self.share_b)
        return parts("count_a", self.count_a), parts("count_b", self.count_b)


@dataclass(frozen=True, slots=True)
class Buffer:
    """How far past a line, and how often, before a tier changes.

    Attributes
    ----------
    beta_a, beta_b
        Width of the zone on each side of the A and the B line, in share points (share of sales, or
        of customers for the count method), 0 ≤ beta < 1.
    downgrade_after, upgrade_after
        Consecutive month ends past the buffer that a move down or up takes, 1 to 24.

    Raises
    ------
    ValueError
        Names the field and what is wrong with it.
    """

    beta_a: Decimal = Decimal("0.05")
    beta_b: Decimal = Decimal("0.02")
    downgrade_after: int = 2
    upgrade_after: int = 1

    def __post_init__(self) -> None:
        for name in ("beta_a", "beta_b"):
            if not 0 <= parts(name, getattr(self, name)) < PARTS:
                raise ValueError(f"{name}: must be at least 0 and below 1, got {getattr(self, name)}")
        for name in ("downgrade_after", "upgrade_after"):
            if not 1 <= getattr(self, name) <= LONGEST_PERSISTENCE:
                raise ValueError(
                    f"{name}: must be from 1 to {LONGEST_PERSISTENCE} month ends, got {getattr(self, name)}"
                )

    def check(self, rules: Rules) -> None:
        """Refuse a buffer that does not fit between the lines of these rules.

        Raises
        ------
        ValueError
            A buffered line leaves (0, 1], or the buffered A line crosses the buffered B line: a
            customer could then lose B before it loses A.
        """
        line_a, line_b = rules.line_parts
        width_a, width_b = parts("beta_a", self.beta_a), parts("beta_b", self.beta_b)
        if width_a >= line_a:
            raise ValueError(f"beta_a: must be smaller than {rules.method}_a, or nobody could rise to A")
        if line_b + width_b > PARTS:
            raise ValueError(f"beta_b: {rules.method}_b + beta_b must not exceed 1, or nobody could fall to C")
        if line_a + width_a > line_b + width_b:
            raise ValueError("beta_a: the line for leaving A must not lie below the line for leaving B")
        if line_a - width_a > line_b - width_b:
            raise ValueError("beta_b: the line for reaching B must not lie above the line for reaching A")


@dataclass(frozen=True, slots=True)
class Limits:
    """The lines as whole numbers: a customer is above a line when its position is below the limit.

    A position is the money (minor units) or the number of customers that comes before a customer, see
    `abc.Classification.position`. `a` and `b` are the lines themselves; `up` is the side of the buffer
    that a rising customer must pass, `down` the one that a falling customer must pass.
    """

    a: int
    a_up: int
    a_down: int
    b: int
    b_up: int
    b_down: int


def limits(rules: Rules, *, total_minor: int, customers: int, buffer: Buffer | None = None) -> Limits:
    """Draw the lines for one set of customers.

    Parameters
    ----------
    rules, buffer
        Without a buffer the three limits of a line are the same.
    total_minor
        Sales of all customers with positive sales, in minor units.
    customers
        Number of customers with positive sales.

    Returns
    -------
    Limits
        Exact: a position is an integer, so `position < share × total` is `position < ceil(share × total)`.
    """
    width_a = parts("beta_a", buffer.beta_a) if buffer else 0
    width_b = parts("beta_b", buffer.beta_b) if buffer else 0
    part_a, part_b = rules.line_parts
    if rules.method == "share":
        whole, line_a, line_b = total_minor, part_a * total_minor, part_b * total_minor
    else:
        first = max(1, rounded_part(part_a, customers))
        second = max(first, rounded_part(part_b, customers))
        whole, line_a, line_b = customers, first * PARTS, second * PARTS
    inclusive = rules.method == "share" and rules.convention == "inclusive"

    def limit(line: int) -> int:
        return line // PARTS + 1 if inclusive else -(-line // PARTS)

    a_up = limit(line_a - width_a * whole)
    a_down = limit(line_a + width_a * whole)
    if rules.method == "count":  # on a handful of customers, rounding must not shut the best one out
        a_up = max(1, a_up)
    return Limits(
        a=limit(line_a),
        a_up=a_up,
        a_down=a_down,
        b=limit(line_b),
        b_up=max(a_up, limit(line_b - width_b * whole)),
        b_down=max(a_down, limit(line_b + width_b * whole)),
    )
