"""What a chapter declares so that changes of its rows can be taken back.

`undoings` holds the models whose rows go back, in the order the chapters were added; rows of later ones go first,
since they hang on those of earlier ones. `belongings` are rows that go along with the row they belong to. Whatever
else points to a row that is about to go is later work, and stops the undo; `undo_guards` find what no relation shows.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, models

from crm.lib.registry import Registry
from users.models import User

TABLE = "undo_rows"
_BATCH = 2_000


@dataclass(frozen=True)
class Rows:
    """The rows of one model in an undo. They stand in the temporary table `undo_rows`.

    Its columns: model, id, kind (`restore` or `remove`), before, after (JSON objects of the restored columns),
    customer_id.
    """

    label: str

    @property
    def table(self) -> str:
        """The model's table."""
        table: str = apps.get_model(self.label)._meta.db_table
        return table

    def restored(self) -> Iterator[list[tuple[int, dict[str, Any], dict[str, Any]]]]:
        """Ids of the rows that go back, with the columns as they were and as they are, some thousand at a time."""
        for batch in self._batches("restore", "id, before, after"):
            # Django hands JSON of plain statements over as text.
            yield [(pk, json.loads(before), json.loads(after)) for pk, before, after in batch]

    def removed(self) -> Iterator[list[int]]:
        """Ids of the rows that go, some thousand at a time."""
        for batch in self._batches("remove", "id"):
            yield [row[0] for row in batch]

    def _batches(self, kind: str, columns: str) -> Iterator[list[tuple[Any, ...]]]:
        last = -1
        while True:
            batch = query(
                f"SELECT {columns} FROM {TABLE} WHERE model = %s AND kind = %s AND id > %s ORDER BY id LIMIT {_BATCH}",  # noqa: S608 - names of our own
                [self.label, kind, last],
            )
            if not batch:
                return
            yield batch
            last = batch[-1][0]


def query(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall()) if cursor.description else []


def _nothing(rows: Rows) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Undoing:
    """How rows of one model go back.

    `forbidden` counts the rows the user may not put back or remove. `extra` are keys of the log that aren't columns;
    `restored` puts those back and sees to what follows from the columns (search keys, marks); `removing` is called
    while the rows that go are still there. `causes` are the doors whose changes can be taken back, all if empty.
    """

    label: str
    forbidden: Callable[[User, Rows], int]
    extra: frozenset[str] = frozenset()
    restored: Callable[[Rows], None] = _nothing
    removing: Callable[[Rows], None] = _nothing
    causes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Belonging:
    """Rows that go along with the row of `owner` they point to through `column`."""

    label: str
    column: str
    owner: str


@dataclass(frozen=True)
class Reason:
    """Why a change can't be taken back: in words, with the number of rows it is about and the names of some."""

    text: str
    rows: int = 0
    examples: Sequence[str] = field(default=())


# Given the user and the rows of one model, what stands against it.
Guard = Callable[[User, Rows], Sequence[Reason]]

undoings: Registry[Undoing] = Registry("undoable models")
belongings: Registry[Belonging] = Registry("rows that go along")
# By "model label:what it looks for", such as `accounts.customer:tasks`.
undo_guards: Registry[Guard] = Registry("guards of undo")


def columns_of(model: type[models.Model]) -> list[str]:
    """The columns of a model that can go back."""
    skipped = {"version", "updated_at", "created_at"}
    return [
        f.attname for f in model._meta.concrete_fields if not f.primary_key and f.attname not in skipped and f.editable
    ]
