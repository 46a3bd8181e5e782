"""Why a figure of credit could not be computed."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why there is no figure."""

    NO_CREDIT_SALES = "no_credit_sales"
    """Nothing was sold on credit in the window, so receivables can't be set against sales."""
    NO_SALES_IN_MONTH = "no_sales_in_month"
    """Counting back met a month without credit sales before the receivables were used up."""
    CREDIT_BALANCE = "credit_balance"
    """The customer has more to its credit than it owes."""
    NOTHING_COLLECTABLE = "nothing_collectable"
    """Nothing fell due for collection in the window."""
    NO_AMOUNTS = "no_amounts"
    """There is no amount to weigh by."""
    NOT_REPORTED = "not_reported"
    """The statement doesn't give a figure that is needed."""
    ZERO_DENOMINATOR = "zero_denominator"
    """What would be divided by is zero or, for a sum of assets, below."""
    NEGATIVE_NET_WORTH = "negative_net_worth"
    """Tangible net worth is zero or below: no ratio, and the worst score."""
    NO_LIABILITIES = "no_liabilities"
    """Without liabilities the ratio of equity to them has no value."""
    TOO_LITTLE_KNOWN = "too_little_known"
    """Too few of the five Cs are known, or they carry too little weight."""
    NO_HISTORY = "no_history"
    """No amount of the past ever reached this bucket."""
