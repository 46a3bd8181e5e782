"""Bringing a file in: from a path, a mapping and options to an outcome. Who keeps the place is the caller's matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.imports import mapping as mappings
from jobs.imports import rejected
from jobs.imports.registry import ImportKind
from jobs.imports.tables import Table
from jobs.imports.work import Keeper, Outcome, Work
from users.models import User

SAMPLE_ROWS = 50
SHOWN_ERRORS = 10


@dataclass(frozen=True)
class Proposal:
    """How a file can be read: the header for each field, options, and some rows to look at."""

    headers: tuple[str, ...]
    sample: list[list[str]]
    columns: dict[str, str]
    options: dict[str, Any]
    encoding: str
    delimiter: str


def propose(kind: ImportKind, path: Path, *, encoding: str = "auto") -> Proposal:
    """Look at a file's beginning. Raises FileRefused."""
    table = Table(path, encoding=encoding)
    sample = table.sample(SAMPLE_ROWS)
    columns = mappings.proposed(kind, table.columns, sample)
    cells = {code: [row[table.columns.index(header)] for row in sample] for code, header in columns.items()}
    options = mappings.settled(kind, kind.suggest(cells) | {"encoding": encoding})
    return Proposal(table.columns, sample, columns, options, table.source.encoding, table.header.delimiter)


def bring_in(
    kind: ImportKind,
    path: Path,
    *,
    columns: Mapping[str, Any],
    options: Mapping[str, Any],
    by: User | None,
    keeper: Keeper,
    dry_run: bool,
    errors_path: Path,
    file_name: str = "",
    run_id: int | None = None,
) -> tuple[Outcome, Work]:
    """Do an import. The file of rejected rows is at `errors_path` if there are any, before a row is written.

    Raises FileRefused and MappingRefused.
    """
    settled = mappings.settled(kind, options)
    table = Table(path, encoding=settled["encoding"])
    places = mappings.checked(kind, columns, table.columns)
    kind.check(places, settled)

    def keep_rejects(work: Work) -> None:
        if len(work.rejects):
            rejected.write(work, errors_path)
        else:
            errors_path.unlink(missing_ok=True)

    work = Work(
        kind, table, places, settled, by, keeper, dry_run, file_name or path.name, run_id, on_settled=keep_rejects
    )
    return kind.work(work), work


def as_result(outcome: Outcome, work: Work) -> dict[str, Any]:
    """An outcome as a run keeps it."""
    headers = work.table.columns
    first = [
        {"line": line, "column": headers[place] if place >= 0 else "", "value": value, "reason": reason}
        for line, place, reason, value in rejected.first_values(work, SHOWN_ERRORS)
    ]
    return {
        "rows": outcome.rows,
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "rejected": outcome.rejected,
        "reasons": work.rejects.counted(),
        "first_errors": first,
        "encoding": work.table.source.encoding,
        **outcome.notes,
    }
