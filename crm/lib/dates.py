"""Business days and months in the company's time zone."""

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def company_zone() -> ZoneInfo:
    """The time zone in which the company's days begin and end."""
    return ZoneInfo(settings.COMPANY_TIME_ZONE)


def business_day(moment: dt.datetime) -> dt.date:
    """The company's calendar day of a moment."""
    return moment.astimezone(company_zone()).date()


def today() -> dt.date:
    """The company's calendar day now."""
    return business_day(timezone.now())


def start_of_day(day: dt.date) -> dt.datetime:
    """The moment a business day begins."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=company_zone())


def month_start(day: dt.date) -> dt.date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def month_end(day: dt.date) -> dt.date:
    """The last day of the month of `day`."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later (earlier if negative), or that month's last day if it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def window(as_of: dt.date, months: int) -> tuple[dt.date, dt.date]:
    """First and last day of the `months` calendar months that end on `as_of`, both inclusive.

    A window that ends on a month's last day begins on a month's first day: twelve months to
    29 February 2024 begin on 1 March 2023.
    """
    if months < 1:
        raise ValueError(f"months must be 1 or more, not {months}")
    if as_of == month_end(as_of):
        return month_start(add_months(month_start(as_of), -(months - 1))), as_of
    return add_months(as_of, -months) + dt.timedelta(days=1), as_of


def month_ends(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every month end from `first` to `last`, both inclusive."""
    ends = []
    day = month_end(first)
    while day <= last:
        ends.append(day)
        day = month_end(day + dt.timedelta(days=1))
    return ends
