"""What a chapter declares so that its list can be exported: columns, rows, what it asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import QueryDict
from django.utils.functional import Promise

from crm.lib.registry import Registry
from users.models import User
from users.roles import Permission

Text = str | Promise
Cell = str | int | Decimal | dt.date | dt.datetime | bool | None
Row = Sequence[Cell]


@dataclass(frozen=True)
class ExportColumn:
    """One column a user may take along. `usual` columns are chosen at first."""

    code: str
    label: Text
    usual: bool = True


def _no_words(user: User, params: QueryDict) -> list[tuple[str, str]]:
    return []


def _no_choice(user: User, params: QueryDict) -> list[str]:
    return []


def _no_reach(user: User) -> str:
    return ""


@dataclass(frozen=True)
class ListExport:
    """One list that can be exported.

    `params` is the list's address as its page reads it. `columns` gives those the user may see *now*; `rows` yields
    a cell for each asked column, row by row, within the user's scope, and notes reads where that is asked for. It is
    called again for each file and must not hold the list in memory. `count` counts exactly. `words` says the filters,
    `chosen` names the columns marked at first (the usual ones without it), `reach` is a text that changes when the
    user's scope does: a file made under a wider one isn't handed out any more. `list_url` leads back.
    """

    code: str
    label: Text
    permission: Permission
    columns: Callable[[User], Sequence[ExportColumn]]
    rows: Callable[[User, QueryDict, Sequence[str]], Iterator[Row]]
    count: Callable[[User, QueryDict], int]
    words: Callable[[User, QueryDict], Sequence[tuple[str, str]]] = _no_words
    chosen: Callable[[User, QueryDict], Sequence[str]] = _no_choice
    reach: Callable[[User], str] = _no_reach
    list_url: str = ""


list_exports: Registry[ListExport] = Registry("list exports")
