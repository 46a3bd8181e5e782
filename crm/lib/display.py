"""How numbers, money and dates are worded in Chinese and in English.

Everything here is pure: language, today and now are arguments. The template tags in
`crm/templatetags/ks.py` pass the active language. What stands here is number format, as in a
locale's data; sentences go through gettext.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from crm.lib.money import exponent

Number = Decimal | int | float
Judgement = Literal["good", "bad", ""]

MINUS = "−"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WAN = Decimal(10) ** 4
YI = Decimal(10) ** 8


def is_chinese(language: str) -> bool:
    """Whether a language code means Chinese wording: zh, zh-hans, zh-CN."""
    return language.lower().startswith("zh")


# ── Numbers ─────────────────────────────────────────────────────────────────


def rounded(value: Number, decimals: int = 0) -> Decimal:
    """A number rounded half-up, away from zero; a float by its shortest decimal spelling."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def number(value: Number, decimals: int = 0) -> str:
    """A number with thousands separators and a real minus sign: −1,386.4. Never −0."""
    figure = rounded(value, decimals)
    text = f"{abs(figure):,.{decimals}f}"
    return MINUS + text if figure < 0 else text


def percent(share: Number, decimals: int = 1) -> str:
    """A share of one as a percentage: 0.157 is 15.7%."""
    return number(_exact(share) * 100, decimals) + "%"


def points(difference: Number, *, language: str, decimals: int = 1) -> str:
    """The difference of two shares in percentage points: 0.046 is 4.6 points."""
    figure = number(_exact(difference) * 100, decimals)
    if is_chinese(language):
        return f"{figure} 点"
    return f"{figure} point" if figure in {"1", "1.0"} else f"{figure} points"


def capped(count: int, cap: int = 10_000) -> str:
    """A count that was only taken up to `cap`: 10,000+ when it reached it."""
    return f"{cap:,}+" if count >= cap else f"{count:,}"


def listed(items: Iterable[object], *, language: str) -> str:
    """Several names in a row, joined as the language joins them."""
    return ("、" if is_chinese(language) else ", ").join(str(item) for item in items)


def sentences(items: Iterable[object], *, language: str) -> str:
    """Whole sentences one after the other; Chinese ones need no space between them."""
    return ("" if is_chinese(language) else " ").join(str(item) for item in items)


def _exact(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


# ── Money ───────────────────────────────────────────────────────────────────


def money(amount: Number, currency: str = "CNY", *, language: str, trim: bool = False) -> str:
    """An amount for reading: ¥1,386.4万, ¥8.41亿; CNY 13.86 m, CNY 559,000.

    Chinese takes 万 with one decimal and 亿 with two, never both. English takes m and bn from a
    million up. An amount that rounds up to the next unit is written in it: 9,999.96 万 is ¥1.00亿.
    `trim` drops decimals that are zero, for running text: ¥4,200万, CNY 126 m.
    """
    exact = _exact(amount)
    figure, unit = (
        _chinese_scale(abs(exact), currency) if is_chinese(language) else _english_scale(abs(exact), currency)
    )
    if trim and "." in figure:
        figure = figure.rstrip("0").rstrip(".")
    sign = MINUS if exact < 0 and figure.strip("0.,") else ""
    if is_chinese(language):
        return f"{sign}{_chinese_symbol(currency)}{figure}{unit}"
    return f"{currency} {sign}{figure}{unit}"


def money_full(amount: Number, currency: str = "CNY", *, language: str) -> str:
    """An amount to the currency's last digit, as on an invoice: ¥865,000.00, CNY 865,000.00."""
    decimals = exponent(currency)
    figure = number(abs(_exact(amount)), decimals)
    sign = MINUS if rounded(amount, decimals) < 0 else ""
    return f"{sign}{_chinese_symbol(currency)}{figure}" if is_chinese(language) else f"{currency} {sign}{figure}"


def table_amount(amount: Number, *, language: str, decimals: int = 1) -> str:
    """An amount in the unit of its column's head, which `table_unit` names: 1,386.4."""
    return number(_exact(amount) / table_scale(language), decimals)


def table_scale(language: str) -> int:
    """How many currency units one unit of a table column stands for: 万 or thousand."""
    return 10_000 if is_chinese(language) else 1_000


def table_unit(currency: str = "CNY", *, language: str) -> str:
    """The unit of a column of amounts: 万元, 万 USD; CNY thousand."""
    if is_chinese(language):
        return "万元" if currency == "CNY" else f"万 {currency}"
    return f"{currency} thousand"


def _chinese_symbol(currency: str) -> str:
    return "¥" if currency == "CNY" else f"{currency} "


def _chinese_scale(amount: Decimal, currency: str) -> tuple[str, str]:
    if rounded(amount / WAN, 1) >= WAN:
        return number(amount / YI, 2), "亿"
    if rounded(amount) >= WAN:
        return number(amount / WAN, 1), "万"
    return _small(amount, currency), ""


def _english_scale(amount: Decimal, currency: str) -> tuple[str, str]:
    million, billion = Decimal(10) ** 6, Decimal(10) ** 9
    if rounded(amount / million, 1) >= 1_000:
        return _significant(amount / billion), " bn"
    if rounded(amount) >= million:
        return _significant(amount / million), " m"
    return _small(amount, currency), ""


def _significant(figure: Decimal) -> str:
    return number(figure, 2) if rounded(figure, 2) < 100 else number(figure, 1)


def _small(amount: Decimal, currency: str) -> str:
    """Below the first unit: whole, or to the last digit when it is under a hundred and not whole."""
    if amount < 100 and amount != rounded(amount):
        return number(amount, exponent(currency))
    return number(amount)


# ── Changes ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Change:
    """A change: the arrow says up or down, the judgement says better or worse for us."""

    arrow: Literal["▲", "▼", ""]
    text: str
    judgement: Judgement

    def __str__(self) -> str:
        return f"{self.arrow} {self.text}" if self.arrow else self.text


def change(difference: Number, text: str, *, good: Literal["up", "down", ""] = "up", flat: bool = False) -> Change:
    """Judge a difference. `text` is its size without a sign; `good` is the direction we like.

    `flat` says that the size rounds to nothing, so there is neither direction nor judgement.
    """
    if flat or difference == 0:
        return Change("", text, "")
    up = difference > 0
    if not good:
        return Change("▲" if up else "▼", text, "")
    return Change("▲" if up else "▼", text, "good" if up == (good == "up") else "bad")


def percent_change(ratio: Number, *, good: Literal["up", "down", ""] = "up", decimals: int = 1) -> Change:
    """A relative change: 0.068 is ▲ 6.8%."""
    size = abs(_exact(ratio))
    return change(ratio, percent(size, decimals), good=good, flat=rounded(size * 100, decimals) == 0)


def point_change(
    difference: Number, *, language: str, good: Literal["up", "down", ""] = "up", decimals: int = 1
) -> Change:
    """A change of a share, in percentage points: −0.046 is ▼ 4.6 points."""
    size = abs(_exact(difference))
    text = points(size, language=language, decimals=decimals)
    return change(difference, text, good=good, flat=rounded(size * 100, decimals) == 0)


def number_change(
    difference: Number, *, good: Literal["up", "down", ""] = "up", decimals: int = 0, unit: str = ""
) -> Change:
    """A change of a count, a score or days: 11 with unit 'days' is ▲ 11 days."""
    size = abs(_exact(difference))
    text = f"{number(size, decimals)} {unit}".rstrip()
    return change(difference, text, good=good, flat=rounded(size, decimals) == 0)


def ratio(now: Number, before: Number) -> Decimal | None:
    """The relative change from `before` to `now`; None when `before` is zero or below."""
    return (_exact(now) - _exact(before)) / _exact(before) if before > 0 else None


# ── Dates ───────────────────────────────────────────────────────────────────


def day(date: dt.date, *, language: str, today: dt.date | None = None) -> str:
    """A date: 20 Nov 2026, 2026年11月20日; without the year if `today` is in the same one."""
    same_year = today is not None and today.year == date.year
    if is_chinese(language):
        return f"{date.month}月{date.day}日" if same_year else f"{date.year}年{date.month}月{date.day}日"
    short = f"{date.day} {MONTHS[date.month - 1]}"
    return short if same_year else f"{short} {date.year}"


def moment(at: dt.datetime, *, language: str, now: dt.datetime) -> str:
    """A point in time: today 14:12, then the date: 19 Nov 14:12; in another year 20 Nov 2025.

    Both are given in the zone they are to be read in.
    """
    clock = f"{at:%H:%M}"
    if at.date() == now.date():
        return f"今天 {clock}" if is_chinese(language) else f"today {clock}"
    date = day(at.date(), language=language, today=now.date())
    return f"{date} {clock}" if at.year == now.year else date


def month(date: dt.date, *, language: str) -> str:
    """A month with its year: Oct 2026, 2026年10月."""
    return f"{date.year}年{date.month}月" if is_chinese(language) else f"{MONTHS[date.month - 1]} {date.year}"


def month_short(date: dt.date, *, language: str) -> str:
    """A month on an axis: Oct, 10月."""
    return f"{date.month}月" if is_chinese(language) else MONTHS[date.month - 1]
