"""Why a figure of segmentation could not be computed."""

from __future__ import annotations

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
