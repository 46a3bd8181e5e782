"""Numbers as people and programs write them in files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

import numpy as np
from numpy.typing import NDArray

# What stands in a column of whole numbers where a cell is empty, isn't a number, or is too large.
EMPTY = -(2**63)
UNREADABLE = EMPTY + 1
TOO_LARGE = EMPTY + 2
FIRST_VALUE = EMPTY + 3

_PLAIN = re.compile(r"(-?)(\d{1,12})(?:\.(\d{0,6}))?")
_MONEY_SIGNS = re.compile(
    r"^(?:¥|\$|€|£|CNY|RMB|USD|EUR|GBP|HKD|JPY)|(?:元|¥|€|CNY|RMB|USD|EUR|GBP|HKD|JPY)$", re.IGNORECASE
)
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f'’\ufeff]")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_BARE = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_DASHES = str.maketrans({"−": "-", "－": "-", "–": "-", "，": ",", "．": ".", "、": ",", "￥": "¥"})
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def scaled(texts: Iterable[str], *, decimals: int, digits: int, decimal_comma: bool = False) -> NDArray[np.int64]:
    """Texts as whole numbers of their last kept decimal, half-up: '1,234.50' with 2 decimals is 123450.

    Parameters
    ----------
    texts : iterable of str
        Cells. Read: full-width digits, a currency sign or code, spaces, a sign in front or behind, parentheses
        for negatives, commas between groups of three, an exponent.
    decimals : int
        Decimals kept, 0 to 6.
    digits : int
        Digits that the field holds before the point, at most 12.
    decimal_comma : bool
        Whether the comma is the decimal sign and the point separates thousands.

    Returns
    -------
    int64 array
        `EMPTY`, `UNREADABLE` or `TOO_LARGE` where there is no value.
    """
    return np.array([_scaled(text, decimals, digits, decimal_comma) for text in texts], dtype=np.int64)


def _scaled(text: str, decimals: int, digits: int, decimal_comma: bool) -> int:
    plain = _PLAIN.fullmatch(text)
    if plain and not decimal_comma and len(plain[3] or "") <= decimals and len(plain[2]) <= digits:
        value = int(plain[2] + (plain[3] or "").ljust(decimals, "0"))
        return -value if plain[1] else value
    value_or_none = read(text, decimal_comma=decimal_comma)
    if value_or_none is None:
        return UNREADABLE if text.strip("\ufeff \t\u3000\u00a0") else EMPTY
    if abs(value_or_none) >= Decimal(10) ** digits:
        return TOO_LARGE
    return int(value_or_none.scaleb(decimals, context=_EXACT).to_integral_value(rounding=ROUND_HALF_UP))


def read(text: str, *, decimal_comma: bool = False) -> Decimal | None:
    """One number, or None if the text isn't one."""
    text = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES)
    text = _SPACES.sub("", text)
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1]
    text = _MONEY_SIGNS.sub("", text, count=1)
    if text[:1] in ("-", "+"):
        negative, text = negative != (text[0] == "-"), text[1:]
    elif text.endswith("-"):
        negative, text = not negative, text[:-1]
    text = _MONEY_SIGNS.sub("", text)
    if decimal_comma:
        text = text.translate({ord(","): ".", ord("."): ","})
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if not _BARE.fullmatch(text):
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return -value if negative else value


def comma_is_decimal(texts: Iterable[str]) -> bool:
    """Whether a sample uses the decimal comma: some numbers end in one with one or two digits, none has a point."""
    commas = points = 0
    for text in texts:
        commas += bool(re.fullmatch(r"-?[\d.\s]*\d,\d{1,2}", text.strip()))
        points += bool(re.fullmatch(r"-?[\d,\s]*\d?\.\d+", text.strip()))
    return commas > 0 and points == 0


def percents(texts: Iterable[str], *, decimal_comma: bool = False) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Discounts as millionths of what is written, and whether the text says that it means percent.

    '15%' and '85折' (pay 85 %) say so; '15' and '0.15' don't.
    """
    values, explicit = [], []
    for text in texts:
        folded = unicodedata.normalize("NFKC", text).strip()
        if folded.endswith("%"):
            value = _scaled(folded[:-1].strip(), 6, 6, decimal_comma)
            values.append(value)
            explicit.append(value >= FIRST_VALUE)
        elif folded.endswith("折"):
            paid = _scaled(folded[:-1].strip(), 6, 6, decimal_comma)
            paid = paid * 10 if FIRST_VALUE <= paid <= 10 * 10**6 else paid
            values.append(100 * 10**6 - paid if paid >= FIRST_VALUE else UNREADABLE)
            explicit.append(paid >= FIRST_VALUE)
        else:
            values.append(_scaled(text, 6, 6, decimal_comma))
            explicit.append(False)
    return np.array(values, dtype=np.int64), np.array(explicit, dtype=bool)
