"""When a company in China buys: the year's rhythm as weights of days."""

import datetime as dt
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# First day of the Chinese year.
_NEW_YEARS: Final = {
    2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26),
    2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8),
}  # fmt: skip
_MONTHS: Final = (0.96, 0.94, 1.02, 1.0, 0.98, 1.0, 0.92, 0.9, 1.0, 1.04, 1.18, 1.3)


def weights(first: dt.date, last: dt.date) -> Floats:
    """How much is bought on each day from `first` to `last`; an ordinary weekday of spring is about 1.

    Few orders at weekends, a dip of three weeks around the Chinese New Year, quiet holidays in May and
    October, a rush at the end of the year.
    """
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    return np.array([_weight(day) for day in days])


def _weight(day: dt.date) -> float:
    weight = _MONTHS[day.month - 1]
    if day.weekday() >= 5:
        weight *= 0.06
    if (day.month == 10 and day.day <= 7) or (day.month == 5 and day.day <= 5):
        weight *= 0.1
    month, first = _NEW_YEARS.get(day.year, (2, 5))
    away = (day - dt.date(day.year, month, first)).days
    if -1 <= away <= 7:
        return weight * 0.02
    if -12 <= away <= 14:
        return weight * 0.42
    return weight
