"""A delimited file as a table: its header, and its records in pieces with the numbers of their lines."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from crm.lib import display
from jobs.core import delimited
from jobs.core.delimited import MAX_RECORD, Fault, Piece
from jobs.imports.errors import FileRefused
from jobs.imports.sources import Source

MAX_COLUMNS = 500
_DELIMITERS = ",\t;|"
_REPLACED = "\ufffd".encode()


@dataclass(frozen=True)
class Header:
    """The first line with text: the names of the columns, what separates them, and the line after it."""

    names: tuple[str, ...]
    delimiter: str
    first_line: int
    offset: int


class Table:
    """A file of records. Reading it again from the beginning gives the same pieces."""

    def __init__(self, path: Path, *, encoding: str = "auto") -> None:
        """Read the header. Raises FileRefused if the file isn't a table."""
        self.source = Source(path, encoding=encoding)
        first, _replaced = next(self.source.blocks(), (b"", False))
        self.header = _header(first)
        # Two quick looks would decide the same; the second spares the decision to whoever reads on.
        self.delimiter = ord(self.header.delimiter)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, as the file writes them."""
        return self.header.names

    def pieces(self) -> Iterator[tuple[int, Piece]]:
        """The records, in pieces, each with the number its line 0 has in the file. Raises FileRefused."""
        line = self.header.first_line
        broken = 0
        for piece in self._cut():
            yield line, piece
            line += piece.used_lines
            broken += sum(damage.fault is Fault.QUOTE for damage in piece.damaged)
            _refuse_if_broken(broken)

    def _cut(self) -> Iterator[Piece]:
        rest, replaced = b"", False
        skipping = False
        for block, block_replaced in self._after_header():
            text = block
            if skipping:
                end = text.find(b"\n") + 1
                skipping, text = not end, text[end:] if end else b""
            rest, replaced = rest + text, replaced or block_replaced
            while rest:
                piece = self._piece(rest, final=False, replaced=replaced)
                rest = rest[piece.used :]
                yield piece
                if len(rest) <= MAX_RECORD:
                    break
                # What begins here is longer than any record: its first line is lost, and only that.
                end = rest.find(b"\n") + 1
                skipping = not end
                lost, rest = rest[: end or len(rest)], rest[end or len(rest) :]
                yield self._lost(Fault.QUOTE if 0 < end <= MAX_RECORD else Fault.LONG, lost)
        if rest:
            yield self._piece(rest, final=True, replaced=replaced)

    def sample(self, rows: int) -> list[list[str]]:
        """The first records, as text."""
        for _line, piece in self.pieces():
            if len(piece):
                return [_texts(piece.cells(row)) for row in range(min(rows, len(piece)))]
        return []

    def _after_header(self) -> Iterator[tuple[bytes, bool]]:
        blocks = self.source.blocks()
        first, replaced = next(blocks)
        yield first[self.header.offset :], replaced
        yield from blocks

    def _piece(self, block: bytes, *, final: bool, replaced: bool) -> Piece:
        try:
            piece = delimited.split(block, delimiter=self.delimiter, columns=len(self.columns), final=final)
        except delimited.TooBroken:
            _refuse_if_broken(delimited.MAX_BROKEN + 1)
            raise
        if b"\0" in block:
            piece = delimited.without(piece, b"\0", Fault.NUL)
        if replaced:
            piece = delimited.without(piece, _REPLACED, Fault.ENCODING)
        return piece

    def _lost(self, fault: Fault, text: bytes) -> Piece:
        return delimited.lost_line(fault, text.rstrip(b"\r\n"), delimiter=self.delimiter, columns=len(self.columns))


def _texts(cells: list[bytes]) -> list[str]:
    return [cell.decode("utf-8", "replace").strip() for cell in cells]


def _refuse_if_broken(marks: int) -> None:
    if marks > delimited.MAX_BROKEN:
        raise FileRefused(
            _("More than %(limit)s quotation marks in the file don't close. Is it a table with quoted cells?")
            % {"limit": delimited.MAX_BROKEN}
        )


def _header(block: bytes) -> Header:
    lines = block.split(b"\n")
    at = next((index for index, line in enumerate(lines) if line.strip()), None)
    if at is None or len(lines[at]) > MAX_RECORD:
        raise FileRefused(_("The file has no header: its first line must name the columns."))
    first = lines[at].decode("utf-8", "replace")
    delimiter = max(_DELIMITERS, key=lambda mark: (first.count(mark), -_DELIMITERS.index(mark)))
    text = (line.decode("utf-8", "replace").removesuffix("\r") + "\n" for line in lines[at : at + 50])
    reader = csv.reader(text, delimiter=delimiter)
    names = tuple(_name(name) for name in next(reader))
    _check_names(names)
    used = at + reader.line_num
    return Header(names, delimiter, used + 1, min(sum(len(line) + 1 for line in lines[:used]), len(block)))


def _name(text: str) -> str:
    return " ".join(text.replace("\ufeff", " ").split())


def _check_names(names: tuple[str, ...]) -> None:
    if len(names) > MAX_COLUMNS:
        raise FileRefused(
            _("The header has %(count)s columns, more than the %(limit)s a file may have.")
            % {"count": len(names), "limit": MAX_COLUMNS}
        )
    for name, count in Counter(name for name in names if name).items():
        if count > 1:
            places = [str(place) for place, other in enumerate(names, start=1) if other == name]
            raise FileRefused(
                ngettext(
                    "The header names the column “%(name)s” twice (columns %(places)s).",
                    "The header names the column “%(name)s” %(count)s times (columns %(places)s).",
                    count - 1,
                )
                % {"name": name, "count": count, "places": display.listed(places, language=get_language() or "en")}
            )
    if not any(names):
        raise FileRefused(_("The file has no header: its first line must name the columns."))
