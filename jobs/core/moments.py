"""Dates and times as people and programs write them in files."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

# Microseconds since 1970 without a zone stand for a moment; this stands for none.
NONE = -(2**63)

DateOrder = Literal["dmy", "mdy"]

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - moments in files are local until the company's zone is applied
_MICROSECOND = dt.timedelta(microseconds=1)
_FIRST_YEAR, _LAST_YEAR = 1900, 2200

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?", re.ASCII)
_TIME = (
    r"(?:(?:\s*[T,]\s*|\s+|(?<=[日号])\s*)(?P<half>am|pm|上午|下午)?\s*(?P<h>\d{1,2})"
    r"(?:[:时点](?P<mi>\d{1,2})(?:[:分](?P<s>\d{1,2})(?:\.(?P<f>\d{1,6})\d*)?)?)?[时点分秒]?\s*(?P<half2>am|pm)?)?"
)
_ZONE = r"(?P<z>\s*(?:Z|[+-]\d\d:?\d\d))?"
_YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号]?" + _TIME + _ZONE, re.IGNORECASE
)
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?:[T ]?(?P<h>\d\d):?(?P<mi>\d\d):?(?P<s>\d\d)?)?")
_YEAR_LAST = re.compile(
    r"(?P<a>\d{1,2})\s*[-/.]\s*(?P<b>\d{1,2})\s*[-/.]\s*(?P<y>\d{4}|\d\d)" + _TIME + _ZONE, re.IGNORECASE
)
_NAMED = re.compile(
    r"(?:(?P<d>\d{1,2})[\s-]+(?P<n>[a-z]{3,9})\.?|(?P<n2>[a-z]{3,9})\.?\s+(?P<d2>\d{1,2}),?)[\s,-]+(?P<y>\d{4})"
    + _TIME
    + _ZONE,
    re.IGNORECASE,
)
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {name: n for n, full in enumerate(_MONTH_NAMES, start=1) for name in (full, full[:3], full[:4])}


def moments(texts: Iterable[str], *, zone: dt.tzinfo) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Texts as local moments, read with the day first and with the month first.

    Parameters
    ----------
    texts : iterable of str
        Cells: 2026-11-20, 2026/1/5 8:26, 20261120, 2026年11月20日, 20/11/2026, 20 Nov 2026, with or without a
        time, seconds, am or pm, an offset.
    zone : tzinfo
        Where a moment with an offset is moved to.

    Returns
    -------
    day_first, month_first : int64 array
        Microseconds since 1970-01-01 00:00 local time, `NONE` where there is no such date. Both are the
        same unless the text is of the form 5/6/2026.
    """
    pairs = np.array([_moment(text, zone) for text in texts], dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0].copy(), pairs[:, 1].copy()


def date_order(day_first: NDArray[np.int64], month_first: NDArray[np.int64]) -> DateOrder | None:
    """The order that all dates of a file fit, or None if both do or neither does.

    None also means that the file's dates differ by it; if they don't, the order doesn't matter and is 'dmy'.
    """
    only_day = bool(((day_first != NONE) & (month_first == NONE)).any())
    only_month = bool(((day_first == NONE) & (month_first != NONE)).any())
    if only_day != only_month:
        return "dmy" if only_day else "mdy"
    return None if only_day or bool((day_first != month_first).any()) else "dmy"


def _moment(text: str, zone: dt.tzinfo) -> tuple[int, int]:
    if _ISO.fullmatch(text):
        one = _iso(text)
        return one, one
    text = unicodedata.normalize("NFKC", text).strip("\ufeff \t\u3000\u00a0")
    for pattern in (_YEAR_FIRST, _COMPACT, _NAMED):
        found = pattern.fullmatch(text)
        if found:
            one = _built(found, *_year_month_day(found), zone)
            return one, one
    found = _YEAR_LAST.fullmatch(text)
    if not found:
        return NONE, NONE
    year, a, b = int(found["y"]), int(found["a"]), int(found["b"])
    if len(found["y"]) == 2:
        year += 2000 if year < 70 else 1900
    return _built(found, year, b, a, zone), _built(found, year, a, b, zone)


def _iso(text: str) -> int:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return NONE
    return (moment - _EPOCH) // _MICROSECOND if _FIRST_YEAR <= moment.year <= _LAST_YEAR else NONE


def _year_month_day(found: re.Match[str]) -> tuple[int, int, int]:
    groups = found.groupdict()
    if "n" in groups:
        month = _MONTHS.get((groups["n"] or groups["n2"]).casefold(), 0)
        return int(groups["y"]), month, int(groups["d"] or groups["d2"])
    return int(groups["y"]), int(groups["m"]), int(groups["d"])


def _built(found: re.Match[str], year: int, month: int, day: int, zone: dt.tzinfo) -> int:
    groups = found.groupdict()
    hour = int(groups["h"] or 0)
    half = (groups.get("half") or groups.get("half2") or "").casefold()
    if half and not 0 <= hour <= 12:
        return NONE if hour > 23 else _built_at(groups, (year, month, day), hour, zone)
    if half in ("pm", "下午") and hour < 12:
        hour += 12
    elif half in ("am", "上午") and hour == 12:
        hour = 0
    return _built_at(groups, (year, month, day), hour, zone)


def _built_at(groups: dict[str, str | None], day: tuple[int, int, int], hour: int, zone: dt.tzinfo) -> int:
    if not _FIRST_YEAR <= day[0] <= _LAST_YEAR:
        return NONE
    micro = int((groups.get("f") or "0").ljust(6, "0"))
    try:
        moment = dt.datetime(*day, hour, int(groups.get("mi") or 0), int(groups.get("s") or 0), micro)  # noqa: DTZ001
        offset = (groups.get("z") or "").strip().upper()
        if offset:
            aware = dt.datetime.fromisoformat(f"{moment.isoformat()}{'+00:00' if offset == 'Z' else offset}")
            moment = aware.astimezone(zone).replace(tzinfo=None)
    except ValueError:
        return NONE
    return (moment - _EPOCH) // _MICROSECOND
