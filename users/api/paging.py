"""Keyset pages: the next one begins behind the last row given, whatever was inserted or deleted meanwhile.

A cursor holds what the list was sorted by and the last row's key, signed. It holds no rights: each page is found
within the caller's scope anew.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext as _

from users.api.problems import Problem, parameter_fault

_SALT = "users.api.paging"


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the cursor of those behind them; empty at the end."""

    rows: list[Any]
    next: str


def page(rows: QuerySet[Any], *, order: str, cursor: str, limit: int) -> Page:
    """One page of a queryset, sorted by `id` or `updated_at`, then the id. Raises Problem for a strange cursor."""
    falling, key = order.startswith("-"), order.removeprefix("-")
    columns = ("pk",) if key == "id" else (key, "pk")
    if cursor:
        behind = _read(cursor, order, len(columns))
        compare = TupleLessThan if falling else TupleGreaterThan
        if len(columns) == 1:
            rows = rows.filter(**{"pk__lt" if falling else "pk__gt": behind[0]})
        else:
            rows = rows.filter(compare(Tuple(*map(F, columns)), behind))
    sort = [F(column).desc() if falling else F(column).asc() for column in columns]
    found = list(rows.order_by(*sort)[: limit + 1])
    more = len(found) > limit
    return Page(found[:limit], _write(found[limit - 1], order, columns) if more else "")


def _write(row: Model, order: str, columns: tuple[str, ...]) -> str:
    key = [value.isoformat() if isinstance(value := getattr(row, name), dt.datetime) else value for name in columns]
    return signing.dumps([order, key], salt=_SALT)


def _read(text: str, order: str, size: int) -> tuple[Any, ...]:
    try:
        made_for, key = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, ValueError):
        made_for, key = "", []
    if made_for != order or len(key) != size:
        detail = _("This cursor isn't one of this list, sorted this way. Begin again without it.")
        raise Problem("invalid", errors=[parameter_fault("cursor", detail)])
    return tuple(dt.datetime.fromisoformat(one) if isinstance(one, str) else one for one in key)
