"""Charts of what customers buy, worded for the reader."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.lib import dates, display, money
from crm.lib.figures import Column, Figure
from sales.queries import customers


def sales_by_month(customer_ids: Sequence[int], figures: customers.Figures) -> Figure:
    """Net sales of the twelve months up to that of the figures, with the same months a year before. One query.

    The heading compares the twelve months that end on the day with those a year before, as the key figures do:
    a month that has only begun is never set against a whole one.
    """
    language = get_language() or "en"
    as_of = figures.last
    last = dates.month_start(as_of)
    first = dates.add_months(last, 1 - customers.MONTHS)
    both = customers.monthly_sums(customer_ids, first=dates.add_months(first, -customers.MONTHS), last=last)
    totals = [sum(values) for values in zip(*both.values(), strict=True)] if both else [0] * 2 * customers.MONTHS
    before, now = totals[: customers.MONTHS], totals[customers.MONTHS :]
    months = customers.months_between(first, last)
    rows = [
        [display.month(month, language=language), _cell(value, language), _cell(earlier, language)]
        for month, value, earlier in zip(months, now, before, strict=True)
    ]
    unit = display.table_unit(settings.BASE_CURRENCY, language=language)
    heading = _heading(figures.net_minor, figures.prior_minor, language)
    return Figure(
        "trend",
        caption=_("Monthly sales, net of returns · %(unit)s") % {"unit": unit},
        heading=heading,
        columns=[Column(_("Month"), numeric=False), Column(_("Sales")), Column(_("A year before"))],
        rows=rows,
        chart={
            "labels": [display.month_short(month, language=language) for month in months],
            "unit": unit,
            "values": [_point(value, language) for value in now],
            "previous": [_point(value, language) for value in before],
            "names": {"values": _("Sales"), "previous": _("A year before")},
        },
        notes=[_("The last month runs to %(day)s") % {"day": display.day(as_of, language=language)}],
        file_name=f"sales-{as_of:%Y-%m}",
        empty="" if any(totals) else _("No sales in two years."),
    )


def _heading(now: int, before: int, language: str) -> str:
    if not now and not before:
        return _("No sales in two years")
    amount = display.money(money.from_minor(now, settings.BASE_CURRENCY), settings.BASE_CURRENCY, language=language)
    ratio = display.ratio(now, before)
    if ratio is None:
        return _("%(amount)s in twelve months; nothing a year before") % {"amount": amount}
    change = display.percent_change(ratio)
    words: dict[str, Any] = {"amount": amount, "change": change.text}
    if change.arrow == "▲":
        return _("%(amount)s in twelve months, %(change)s more than a year before") % words
    if change.arrow == "▼":
        return _("%(amount)s in twelve months, %(change)s less than a year before") % words
    return _("%(amount)s in twelve months, as a year before") % words


def _amount(minor: int) -> Decimal:
    return money.from_minor(minor, settings.BASE_CURRENCY)


def _cell(minor: int, language: str) -> str:
    return display.table_amount(_amount(minor), language=language)


def _point(minor: int, language: str) -> float:
    return float(display.rounded(_amount(minor) / display.table_scale(language), 1))
