"""Totals of sales by customer, as whole columns for the cores. They read the rollup, never order lines.

Net sales are orders less returns, in base-currency minor units, all exact integers. Days are numpy
dates; NaT where there is none.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db.models import Max
from numpy.typing import NDArray

from crm.lib import bulk
from sales.constants import COUNTING
from sales.models import CustomerDay, Order

Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]

_EPOCH = dt.date(1970, 1, 1)
_NO_DAY = -(10**9)
_STILL_OPEN_DAYS = 31


@dataclass(frozen=True, eq=False)
class WindowTotals:
    """One entry a customer that has ever ordered up to the window's end; arrays of equal length.

    Attributes
    ----------
    customer_id
        Ascending.
    net_minor, cost_minor, uncosted_lines, uncosted_minor, orders
        Within the window.
    prior_minor
        Net sales within the prior window.
    first_on, last_on
        First order ever, and last order up to the window's end.
    """

    customer_id: Ints
    net_minor: Ints
    cost_minor: Ints
    uncosted_lines: Ints
    uncosted_minor: Ints
    orders: Ints
    prior_minor: Ints
    first_on: Days
    last_on: Days


@dataclass(frozen=True, eq=False)
class MonthTotals:
    """One entry a customer and month with any counted order or return, ascending by customer, month.

    `month` counts months since January 1970: 0 is 1970-01.
    """

    customer_id: Ints
    month: Ints
    net_minor: Ints
    cost_minor: Ints
    uncosted_minor: Ints


def month_number(day: dt.date) -> int:
    """Months since January 1970."""
    return (day.year - 1970) * 12 + day.month - 1


def window_totals(window: tuple[dt.date, dt.date], prior: tuple[dt.date, dt.date]) -> WindowTotals:
    """Totals of every customer over a window and over a prior one, both inclusive. One scan."""
    columns = bulk.fetch(
        """
        SELECT customer_id,
            coalesce(sum(revenue_minor + returns_minor) FILTER (WHERE day >= %s), 0)::bigint AS net_minor,
            coalesce(sum(cost_minor) FILTER (WHERE day >= %s), 0)::bigint AS cost_minor,
            coalesce(sum(uncosted_lines) FILTER (WHERE day >= %s), 0)::bigint AS uncosted_lines,
            coalesce(sum(uncosted_minor) FILTER (WHERE day >= %s), 0)::bigint AS uncosted_minor,
            coalesce(sum(orders) FILTER (WHERE day >= %s), 0)::bigint AS orders,
            coalesce(sum(revenue_minor + returns_minor) FILTER (WHERE day BETWEEN %s AND %s), 0)::bigint AS prior_minor,
            coalesce(min(day - %s) FILTER (WHERE orders > 0), %s)::bigint AS first_on,
            coalesce(max(day - %s) FILTER (WHERE orders > 0), %s)::bigint AS last_on
        FROM sales_customerday WHERE day <= %s GROUP BY customer_id ORDER BY customer_id
        """,
        [*[window[0]] * 5, *prior, _EPOCH, _NO_DAY, _EPOCH, _NO_DAY, window[1]],
    )
    return WindowTotals(
        customer_id=columns["customer_id"],
        net_minor=columns["net_minor"],
        cost_minor=columns["cost_minor"],
        uncosted_lines=columns["uncosted_lines"],
        uncosted_minor=columns["uncosted_minor"],
        orders=columns["orders"],
        prior_minor=columns["prior_minor"],
        first_on=_days(columns["first_on"]),
        last_on=_days(columns["last_on"]),
    )


def month_totals(first: dt.date, last: dt.date) -> MonthTotals:
    """Net sales and cost by customer and calendar month, over whole days from `first` to `last`."""
    columns = bulk.fetch(
        """
        SELECT customer_id,
            ((extract(year FROM day) - 1970) * 12 + extract(month FROM day) - 1)::bigint AS month,
            sum(revenue_minor + returns_minor)::bigint AS net_minor,
            sum(cost_minor)::bigint AS cost_minor,
            sum(uncosted_minor)::bigint AS uncosted_minor
        FROM sales_customerday WHERE day BETWEEN %s AND %s GROUP BY 1, 2 ORDER BY 1, 2
        """,
        [first, last],
    )
    return MonthTotals(**columns)


def first_day() -> dt.date | None:
    """The first business day with any counted order or return."""
    days = bulk.fetch(
        "SELECT (min(day) - %s)::bigint AS day FROM sales_customerday HAVING min(day) IS NOT NULL", [_EPOCH]
    )
    return _EPOCH + dt.timedelta(days=int(days["day"][0])) if len(days["day"]) else None


def reading_day(today: dt.date) -> dt.date:
    """The day up to which pages read sales: today, or the last one in books that ended more than a month ago.

    Old orders brought in from another system are read at their own end; counted to today they would say nothing.
    """
    last: dt.date = CustomerDay.objects.filter(day__lte=today).aggregate(last=Max("day"))["last"] or today
    return last if (today - last).days > _STILL_OPEN_DAYS else today


def orders_without_rate(first: dt.date, last: dt.date) -> int:
    """How many counting orders of a period are left out of all totals because a rate is missing."""
    return Order.objects.filter(base_minor=None, ordered_on__range=(first, last), state__in=COUNTING).count()


def _days(numbers: Ints) -> Days:
    days = numbers.astype("datetime64[D]")
    days[numbers == _NO_DAY] = np.datetime64("NaT")
    return days
