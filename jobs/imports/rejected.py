"""The file of rejected rows: the original columns, and line, column, value, reason behind them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from crm.lib.cells import neutral
from jobs.core.delimited import Piece
from jobs.imports.mapping import REJECT_COLUMNS, own_columns
from jobs.imports.work import NO_FIELD, Rejects, Work


def write(work: Work, path: Path) -> None:
    """Write the rejected rows, in the file's order, as UTF-8 with a mark that spreadsheets understand.

    The original cells stay as they are, so that the file can be corrected and brought in again; what we add
    can't be taken for a formula. The file is complete or not there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
        _write(work, file)
    unfinished.replace(path)


def _write(work: Work, file: IO[str]) -> None:
    headers = work.table.columns
    kept = len(own_columns(headers))
    names = [neutral(name) for name in headers] + [""]
    writer = csv.writer(file)
    writer.writerow([*headers[:kept], *REJECT_COLUMNS])
    writer.writerows(
        [*_fitted(cells, kept), line, names[place], neutral(_value(work, place, cells)), reason]
        for line, place, reason, cells in rejected_rows(work)
    )


def _fitted(cells: list[str], width: int) -> list[str]:
    return cells if len(cells) == width else (cells + [""] * width)[:width]


def first_values(work: Work, count: int) -> list[tuple[int, int, str, str]]:
    """The first rejected lines: line, column's place, reason, value."""
    rows = rejected_rows(work, count)
    return [(line, place, reason, _value(work, place, cells)) for line, place, reason, cells in rows]


def _value(work: Work, place: int, cells: list[str]) -> str:
    """The cell a line is rejected for, or the beginning of the line itself if it is broken."""
    if place == NO_FIELD:
        return work.table.header.delimiter.join(cells)[:1_000]
    return cells[place] if place < len(cells) else ""


def rejected_rows(work: Work, limit: int | None = None) -> Iterator[tuple[int, int, str, list[str]]]:
    """The rejected rows once more from the file: line, column's place, reason, cells."""
    rejects = work.rejects
    at = 0
    end = len(rejects) if limit is None else min(limit, len(rejects))
    for first_line, piece in work.table.pieces():
        if at >= end:
            return
        last_line = first_line + piece.used_lines
        upto = min(int(np.searchsorted(rejects.lines, last_line)), end)
        cells = _cells_by_line(piece, first_line, rejects, at, upto)
        for index in range(at, upto):
            line = int(rejects.lines[index])
            reason = rejects.texts[int(rejects.reasons[index]) - 1]
            yield line, int(rejects.columns[index]), reason, cells.get(line, [])
        at = max(at, upto)


def _cells_by_line(piece: Piece, first_line: int, rejects: Rejects, start: int, end: int) -> dict[int, list[str]]:
    wanted = rejects.lines[start:end] - first_line
    rows = np.flatnonzero(np.isin(piece.lines, wanted))
    found = dict(zip((piece.lines[rows] + first_line).tolist(), piece.texts(rows), strict=True))
    for damage in piece.damaged:
        found[first_line + damage.line] = [cell.decode("utf-8", "replace") for cell in damage.cells]
    return found
