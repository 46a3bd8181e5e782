"""One import at work: its file, mapping and options, the lines it rejects, and what came out."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from jobs.core.columns import Column, column
from jobs.core.delimited import Fault, Ints, Piece
from jobs.imports.registry import ImportKind
from jobs.imports.tables import Table
from users.models import User

# The field of a rejected line that concerns none of its cells.
NO_FIELD = -1
_TELL_SECONDS = 0.5


class Keeper(Protocol):
    """What keeps an import's place: a run's context, or nothing when nobody will go on from there."""

    @property
    def cursor(self) -> dict[str, Any]: ...

    def progress(self, done: int, total: int | None = None, *, step: str | None = None) -> None: ...

    def save_cursor(self, cursor: dict[str, Any], *, done: int | None = None) -> None: ...

    def publish(self) -> AbstractContextManager[None]: ...


class NoKeeper:
    """For work that nobody watches and nothing resumes, such as a dry run on the command line."""

    cursor: dict[str, Any] = {}

    def progress(self, done: int, total: int | None = None, *, step: str | None = None) -> None:
        """Tell nobody."""

    def save_cursor(self, cursor: dict[str, Any], *, done: int | None = None) -> None:
        """Keep nothing."""

    def publish(self) -> AbstractContextManager[None]:
        """A transaction."""
        return transaction.atomic()


@dataclass(frozen=True)
class Outcome:
    """What came of an import. `rows` and `rejected` count lines of the file, the others what the kind creates.

    `notes` are JSON values for the page: what was decided about dates and discounts, customers created.
    """

    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass
class Rejects:
    """The lines that are refused, and why.

    Reasons are numbered from 1 in the order they come up; 0 is a line that isn't refused. `lines`, `reasons`,
    `fields` are set by the kind when it has judged all lines: reason and field code's place for each line.
    """

    texts: list[str] = field(default_factory=list)
    damaged: array[int] = field(default_factory=lambda: array("q"))
    faults: array[int] = field(default_factory=lambda: array("b"))
    lines: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    reasons: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    columns: NDArray[np.int16] = field(default_factory=lambda: np.empty(0, dtype=np.int16))

    def reason(self, text: str) -> int:
        """The number of a reason."""
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1

    def settle(self, lines: Ints, reasons: NDArray[np.int32], columns: NDArray[np.int16]) -> None:
        """Keep which lines are refused: only those with a reason, in the file's order, damaged ones among them."""
        refused = np.flatnonzero(reasons)
        damaged = np.array(self.damaged, dtype=np.int64)
        by_fault = {fault: self.reason(fault_text(Fault(fault))) for fault in sorted(set(self.faults))}
        why = np.array([by_fault[fault] for fault in self.faults], dtype=np.int32)
        all_lines = np.concatenate([lines[refused], damaged])
        order = np.argsort(all_lines, kind="stable")
        self.lines = all_lines[order]
        self.reasons = np.concatenate([reasons[refused], why])[order].astype(np.int32)
        nowhere = np.full(len(damaged), NO_FIELD, dtype=np.int16)
        self.columns = np.concatenate([columns[refused], nowhere])[order].astype(np.int16)

    def __len__(self) -> int:
        return len(self.lines)

    def counted(self) -> list[tuple[str, int]]:
        """How many lines are refused for each reason, the most frequent first."""
        counts = np.bincount(self.reasons, minlength=len(self.texts) + 1)[1:].tolist()
        return sorted(zip(self.texts, counts, strict=True), key=lambda pair: -pair[1])


@dataclass
class Work:
    """What a kind's `work` is given. With `dry_run` it counts and writes nothing."""

    kind: ImportKind
    table: Table
    places: Mapping[str, int]
    options: Mapping[str, Any]
    by: User | None
    keeper: Keeper
    dry_run: bool
    file_name: str = ""
    run_id: int | None = None
    rejects: Rejects = field(default_factory=Rejects)
    on_settled: Callable[[Work], None] | None = None

    def settled(self) -> None:
        """Called by the kind once all lines are judged: the file of rejected rows is written before anything else."""
        if self.on_settled is not None:
            self.on_settled(self)

    def has(self, code: str) -> bool:
        """Whether a column is mapped to a field."""
        return code in self.places

    def column(self, piece: Piece, code: str) -> Column:
        """A mapped field's cells in a piece."""
        place = self.places[code]
        return column(piece.buffer, piece.starts[:, place], piece.ends[:, place])

    def pieces(self) -> Iterator[tuple[Ints, Piece]]:
        """The file's records in pieces with the numbers of their lines, telling how far it is."""
        source = self.table.source
        read, told = 0, time.monotonic()
        for first_line, piece in self.table.pieces():
            yield first_line + piece.lines, piece
            for damage in piece.damaged:
                self.rejects.damaged.append(first_line + damage.line)
                self.rejects.faults.append(damage.fault)
            read += len(piece) + len(piece.damaged)
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                expected = read * source.size // max(source.position, 1)
                self.keeper.progress(read, max(read, expected), step=_("Reading the file"))


def fault_text(fault: Fault) -> str:
    """Why a line can't be read, in words."""
    texts = {
        Fault.WIDTH: _("The line has more or fewer cells than the header."),
        Fault.QUOTE: _("A quotation mark opens here and doesn't close where it should."),
        Fault.LONG: _("The line is longer than 128 KiB."),
        Fault.NUL: _("The line holds a NUL byte."),
        Fault.ENCODING: _("The line holds bytes that are no text in the file's encoding."),
    }
    return texts[fault]
