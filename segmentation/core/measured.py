"""A figure, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a figure could not be computed."""

    NO_SALES = "no_sales"
    """Nobody has positive sales, so there is nothing to take a share of."""
    ONE_CUSTOMER = "one_customer"
    """Inequality between one customer and nobody else has no meaning."""
    TOO_FEW_CUSTOMERS = "too_few_customers"
    """A row of the matrix rests on fewer customers than the least number we print."""
    EMPTY = "empty"
    """No customer is in the comparison."""
    ONE_GRADE = "one_grade"
    """All customers have one and the same grade: agreement by chance is already complete."""
    NOT_UNIQUE = "not_unique"
    """Several long-run mixes are possible, depending on where the customers start."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A value, or `None` with the reason; never both, never neither."""

    value: float | None
    reason: Reason | None = None

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise ValueError("a measured figure has either a value or a reason")

    @classmethod
    def missing(cls, reason: Reason) -> Measured:
        """The figure that cannot be computed."""
        return cls(None, reason)
