"""Rows of mixed types into PostgreSQL by text COPY."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db import connection, models

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


def update_rows(rows: Sequence[models.Model], columns: Iterable[str]) -> None:
    """Write columns of many rows of one model as they stand in memory: one COPY and one UPDATE.

    `columns` are names of fields or of their columns. Must run inside the transaction that locked the rows.
    """
    if not rows:
        return
    meta = rows[0]._meta
    fields = [cast("models.Field[Any, Any]", meta.get_field(name)) for name in dict.fromkeys(columns)]
    names = [str(field.column) for field in fields]
    assignments = ", ".join(f"{name} = edit.{name}" for name in names)

    def written(row: models.Model) -> list[Any]:
        return [row.pk, *(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields)]

    with connection.cursor() as cursor:
        shape = f"SELECT id, {', '.join(names)} FROM {meta.db_table}"  # noqa: S608 - names of our own columns
        cursor.execute(f"CREATE TEMP TABLE rows_edit ON COMMIT DROP AS {shape} WITH NO DATA")
        copy_rows("rows_edit", ["id", *names], map(written, rows))
        cursor.execute(
            f"UPDATE {meta.db_table} AS kept SET {assignments} FROM rows_edit AS edit WHERE kept.id = edit.id"  # noqa: S608
        )
        cursor.execute("DROP TABLE rows_edit")


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
