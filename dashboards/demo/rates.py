"""What foreign currencies were worth."""

import datetime as dt
from decimal import Decimal
from typing import Final

import numpy as np

from crm.lib import dates

_START: Final = {"USD": 7.12, "EUR": 7.74, "JPY": 0.0472}
# Nobody has entered a rate for it: the orders in it show what a page says then. Only prices are reckoned with this.
UNRATED: Final = {"GBP": Decimal("9.15")}


class Rates:
    """Monthly rates: (currency, first day, yuan for one)."""

    def __init__(self, rows: list[tuple[str, dt.date, Decimal]]) -> None:
        self.rows = rows
        self._by_month = {(currency, day.year, day.month): rate for currency, day, rate in rows}

    def worth(self, currency: str, day: dt.date) -> Decimal:
        """Yuan for one of a currency on a day; one for the yuan itself."""
        return UNRATED.get(currency) or self._by_month.get((currency, day.year, day.month), Decimal(1))


def monthly(*, as_of: dt.date, rng: np.random.Generator) -> Rates:
    """A rate of each currency for each month of the two years."""
    first = dates.month_start(dates.add_months(as_of, -25))
    rows: list[tuple[str, dt.date, Decimal]] = []
    for currency, start in _START.items():
        value, day = start, first
        while day <= as_of:
            places = 5 if value < 1 else 4
            rows.append((currency, day, Decimal(f"{value:.{places}f}")))
            value *= float(np.exp(rng.normal(0, 0.007)))
            day = dates.add_months(day, 1)
    return Rates(rows)
