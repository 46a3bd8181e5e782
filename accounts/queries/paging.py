"""Keyset pages: the next page begins behind the last row shown, wherever that row now stands.

A list is one or more phases shown one after the other, each ordered by its own columns. A cursor holds
the phase, the values of those columns in the row it stands at, and how many rows were shown before it;
it is signed, so that nobody feeds values of their own into the comparison.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

_SALT = "accounts.paging"


@dataclass(frozen=True)
class Phase:
    """A part of a list, ordered by `columns`; the last one is the row's id.

    `padding` holds the database types of the columns that only the other phases have. A phase known to
    have `few` rows is found first and sorted then; else PostgreSQL may walk along the sort's index until
    it has a page full, which takes seconds where the rows it looks for are rare or not there at all.
    """

    rows: QuerySet[Any]
    columns: tuple[str, ...]
    descending: bool = False
    padding: tuple[str, ...] = ()
    few: bool = False

    def keys(self, *, backwards: bool, behind: Sequence[Any] | None = None) -> QuerySet[Any, tuple[Any, ...]]:
        """The sort keys of the rows in the list's order or its reverse, from behind a row on."""
        rows = self.rows
        falling = self.descending != backwards
        if behind is not None:
            compare = TupleLessThan if falling else TupleGreaterThan
            rows = rows.filter(compare(Tuple(*map(F, self.columns)), tuple(behind)))
        order = [F(column).desc() if falling else F(column).asc() for column in self.columns]
        return rows.order_by(*order).values_list(*self.columns)


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: behind (or before) the row with these key values in a phase."""

    phase: int
    position: int
    key: Sequence[Any]


@dataclass(frozen=True)
class KeyPage:
    """The ids of one page, how many rows stand before it, and the cursors of the pages beside it."""

    ids: list[int]
    position: int
    previous: str
    next: str


def page(phases: Sequence[Phase], *, order: str, size: int, after: str = "", before: str = "") -> KeyPage:
    """One page of a list. Cursors made for another order, or by somebody else, begin at the first page."""
    if before and (cursor := _read(before, order, len(phases))):
        found = _take(phases, cursor, size + 1, backwards=True)
        if len(found) > size:
            rows = found[:size][::-1]
            return _page(rows, max(cursor.position - size, 0), order, has_next=True)
        after = ""  # fewer rows before it than a page holds: that is the first page
    cursor = _read(after, order, len(phases)) if after else None
    found = _take(phases, cursor, size + 1, backwards=False)
    return _page(found[:size], cursor.position if cursor else 0, order, has_next=len(found) > size)


def _take(phases: Sequence[Phase], cursor: Cursor | None, count: int, *, backwards: bool) -> list[Cursor]:
    """Up to so many rows from a place on; each row as the cursor that stands at it.

    One statement for all phases: a later one runs only if the earlier ones have too few rows. Each has a
    limit of its own, so that PostgreSQL never runs them side by side and out of order.
    """
    start = cursor.phase if cursor else (len(phases) - 1 if backwards else 0)
    parts: list[str] = []
    params: list[Any] = []
    for place in range(start, -1, -1) if backwards else range(start, len(phases)):
        behind = cursor.key if cursor and place == cursor.phase else None
        keys = phases[place].keys(backwards=backwards, behind=behind)
        try:
            sql, values = (keys.order_by() if phases[place].few else keys[:count]).query.sql_with_params()
        except EmptyResultSet:
            continue
        names = [f"c{n}" for n in range(len(phases[place].columns))]
        if phases[place].few:
            sql = _found_first(sql, names, falling=phases[place].descending != backwards, count=count)
        shown = [*(f"NULL::{kind}" for kind in phases[place].padding), *names]
        parts.append(f"(SELECT {place}, {', '.join(shown)} FROM ({sql}) AS part({', '.join(names)}))")  # noqa: S608
        params += values
    if not parts:
        return []
    with connection.cursor() as db:
        db.execute(f"{' UNION ALL '.join(parts)} LIMIT %s", [*params, count])
        return [Cursor(place, 0, key[len(phases[place].padding) :]) for place, *key in db.fetchall()]


def _found_first(sql: str, names: Sequence[str], *, falling: bool, count: int) -> str:
    """Sort and cut what a statement finds; OFFSET 0 keeps the planner from mixing the two."""
    order = ", ".join(f"{name} {'DESC' if falling else 'ASC'}" for name in names)
    found = f"SELECT * FROM ({sql} OFFSET 0) AS found({', '.join(names)})"  # noqa: S608
    return f"{found} ORDER BY {order} LIMIT {count}"


def _page(rows: Sequence[Cursor], position: int, order: str, *, has_next: bool) -> KeyPage:
    first = _write(rows[0], position, order) if rows and position > 0 else ""
    last = _write(rows[-1], position + len(rows), order) if rows and has_next else ""
    return KeyPage([int(row.key[-1]) for row in rows], position, first, last)


def _write(row: Cursor, position: int, order: str) -> str:
    key = [{"d": value.isoformat()} if isinstance(value, dt.date) else value for value in row.key]
    return signing.dumps([order, row.phase, position, key], salt=_SALT, compress=True)


def _read(text: str, order: str, phases: int) -> Cursor | None:
    try:
        made_for, phase, position, key = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    if made_for != order or not 0 <= phase < phases:
        return None
    return Cursor(phase, position, tuple(_date(value["d"]) if isinstance(value, dict) else value for value in key))


def _date(text: str) -> dt.date:
    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)
