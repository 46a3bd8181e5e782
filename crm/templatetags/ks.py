"""Numbers, money and dates in words, in the active language. Loaded for every template.

A missing figure shows as words, never as a blank: `{% na words reason %}` where the reason is known.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from crm.lib import dates, display
from crm.lib.display import Change, Number
from crm.lib.money import from_minor

register = template.Library()


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


# ── Wording of numbers ──────────────────────────────────────────────────────


@register.simple_tag
def na(words: str = "", reason: str = "") -> SafeString:
    """A figure that can't be computed: `{% na "No rate" "3 orders of November lack a rate" %}`."""
    words = words or gettext("not computed")
    if not reason:
        return format_html('<span class="na">{}</span>', words)
    return format_html('<span class="na" title="{}">{}<span class="sr">: {}</span></span>', reason, words, reason)


@register.filter
def minor(value: int | None) -> Decimal | None:
    """An amount of base-currency minor units, to be worded by `money` and its like."""
    return None if value is None else from_minor(value, settings.BASE_CURRENCY)


@register.filter
def money(amount: Number | None, currency: str = "") -> str:
    """An amount for reading: `{{ value|money }}`, `{{ value|money:"USD" }}`."""
    if amount is None:
        return na()
    return display.money(amount, currency or settings.BASE_CURRENCY, language=_language())


@register.filter
def money_short(amount: Number | None, currency: str = "") -> str:
    """An amount in running text, without decimals that are zero."""
    if amount is None:
        return na()
    return display.money(amount, currency or settings.BASE_CURRENCY, language=_language(), trim=True)


@register.filter
def money_full(amount: Number | None, currency: str = "") -> str:
    """An amount to the last digit, as on an order or invoice."""
    if amount is None:
        return na()
    return display.money_full(amount, currency or settings.BASE_CURRENCY, language=_language())


@register.filter
def table_money(amount: Number | None) -> str:
    """An amount in a table cell, in the unit that `{% table_unit %}` puts in the head; zero is grey."""
    if amount is None:
        return na()
    text = display.table_amount(amount, language=_language())
    return format_html('<span class="muted">{}</span>', text) if not text.strip("0.") else text


@register.simple_tag
def table_unit(currency: str = "") -> str:
    """The unit of a column of `table_money`."""
    return display.table_unit(currency or settings.BASE_CURRENCY, language=_language())


@register.filter
def number(value: Number | None, decimals: int = 0) -> str:
    """A number with separators: `{{ count|number }}`, `{{ score|number:2 }}`."""
    return na() if value is None else display.number(value, decimals)


@register.filter
def percent(share: Number | None, decimals: int = 1) -> str:
    """A share of one as a percentage."""
    return na() if share is None else display.percent(share, decimals)


@register.filter
def points(difference: Number | None, decimals: int = 1) -> str:
    """A difference of shares in percentage points."""
    return na() if difference is None else display.points(difference, language=_language(), decimals=decimals)


@register.filter
def capped(count: int, cap: int = 10_000) -> str:
    """A count that was taken up to a cap: 10,000+."""
    return display.capped(count, cap)


@register.filter
def listed(items: Iterable[object]) -> str:
    """Names in a row, joined as the language joins them."""
    return display.listed(items, language=_language())


@register.filter
def rate_change(now: Number | None, before: Number | None) -> Change | None:
    """The relative change of two figures, more being better: `{% delta now|rate_change:before %}`."""
    if now is None or before is None:
        return None
    ratio = display.ratio(now, before)
    return None if ratio is None else display.percent_change(ratio)


@register.filter
def share_of(part: Number | None, whole: Number | None) -> Decimal | None:
    """A part as a share of a whole; None when there is no whole."""
    if part is None or not whole:
        return None
    return Decimal(str(part)) / Decimal(str(whole))


# ── Wording of dates ────────────────────────────────────────────────────────


def _local(value: dt.date | dt.datetime) -> dt.date:
    return dates.business_day(value) if isinstance(value, dt.datetime) else value


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """A business day; without the year when it is this year's."""
    return na() if value is None else display.day(_local(value), language=_language(), today=dates.today())


@register.filter
def day_full(value: dt.date | dt.datetime | None) -> str:
    """A business day with its year."""
    return na() if value is None else display.day(_local(value), language=_language())


@register.filter
def moment(value: dt.datetime | None) -> str:
    """A point in time in the company's zone: today 14:12, then the date."""
    if value is None:
        return na()
    zone = dates.company_zone()
    return display.moment(value.astimezone(zone), language=_language(), now=timezone.now().astimezone(zone))


@register.filter
def month(value: dt.date | None) -> str:
    """A month with its year."""
    return na() if value is None else display.month(value, language=_language())


@register.simple_tag
def when(value: dt.date | dt.datetime | None) -> SafeString | str:
    """A date or moment as a `<time>` element that never breaks across lines."""
    if value is None:
        return na()
    words = moment(value) if isinstance(value, dt.datetime) else day(value)
    return format_html('<time datetime="{}" class="nowrap">{}</time>', value.isoformat(), words)
