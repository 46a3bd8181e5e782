"""Rows of mixed types into PostgreSQL by text COPY."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

_BURST_BYTES = 1 << 20
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows to a table: None, numbers, texts, dates, booleans, and lists of texts.

    Text must be free of NUL. Constraints are checked as by INSERT; on an error nothing is kept.
    """
    data = io.StringIO()
    for row in rows:
        data.write("\t".join([_field(value) for value in row]))
        data.write("\n")
    data.seek(0)
    with connection.cursor() as cursor:
        names = ", ".join(f'"{column}"' for column in columns)
        cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', data)


def copy_bursts(table: str, columns: Sequence[str], bursts: Iterable[str]) -> None:
    """Append rows that are spelled already, some at a time: the server stores some while the next are spelled."""
    with connection.cursor() as cursor:
        names = ", ".join(f'"{column}"' for column in columns)
        cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', _Bursts(bursts), _BURST_BYTES)


class _Bursts(io.TextIOBase):
    """A file to read from, made of bursts as they come."""

    def __init__(self, bursts: Iterable[str]) -> None:
        self._bursts = iter(bursts)
        self._rest = ""

    def read(self, size: int | None = -1) -> str:
        """The next burst, or as much of it as was asked for."""
        text = self._rest or next(self._bursts, "")
        wanted = len(text) if size is None or size < 0 else size
        self._rest = text[wanted:]
        return text[:wanted]


def spell(value: Any) -> str:
    """One field as COPY reads it."""
    return _field(value)


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, list | tuple):
        return _array(value).translate(_ESCAPES)
    return str(value)


def _array(values: Sequence[str]) -> str:
    quoted = ('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return "{" + ",".join(quoted) + "}"
