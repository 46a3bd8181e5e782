"""Cutting delimited text into cells: whole blocks at a time, with the line number of every record.

`docs/algorithms/delimited-files.md` has the rules. A block that is well formed is cut by array operations
alone. A block with a quotation mark in an odd place is read record by record instead, so that one
broken record costs its own line and not the rest of the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

# A record longer than this isn't data but a broken file: a cell of megabytes, a quotation mark never closed.
MAX_RECORD = 128 * 1024
# Each broken record may cost reading that much again; with more of them than this in a block we give up.
MAX_BROKEN = 1_000
# The columns are read eight bytes at a time, so a buffer ends with this many zeros.
PADDING = 16

_NEWLINE, _RETURN, _QUOTE = 10, 13, 34


class Fault(IntEnum):
    """Why a line can't be read as a record."""

    WIDTH = 1
    QUOTE = 2
    LONG = 3
    NUL = 4
    ENCODING = 5


class TooBroken(ValueError):
    """So many quotation marks don't close that reading on would never end."""


@dataclass(frozen=True)
class Damage:
    """A line that is no record: its number from the start of the block, why, and what cells can be told."""

    line: int
    fault: Fault
    cells: list[bytes]


@dataclass(frozen=True)
class Piece:
    """The records of a block, as places in a buffer.

    `starts` and `ends` (records × columns) delimit the cells in `buffer`, without their quotation marks;
    `lines` (records) count from 0 at the block's first line. `used` bytes and `used_lines` lines of
    the block are dealt with; the rest is the beginning of the next block.
    """

    buffer: Bytes
    starts: Ints
    ends: Ints
    lines: Ints
    damaged: list[Damage]
    used: int
    used_lines: int

    def __len__(self) -> int:
        return len(self.lines)

    def cell(self, row: int, column: int) -> bytes:
        """One cell's bytes."""
        return self.buffer[self.starts[row, column] : self.ends[row, column]].tobytes()

    def cells(self, row: int) -> list[bytes]:
        """One record's cells."""
        return [self.cell(row, column) for column in range(self.starts.shape[1])]

    def texts(self, rows: Ints) -> list[list[str]]:
        """The cells of many records, as text."""
        places = zip(self.starts[rows].tolist(), self.ends[rows].tolist(), strict=True)
        whole = self.buffer.tobytes()
        if whole.isascii():
            text = whole.decode("ascii")
            return [[text[start:end] for start, end in zip(*record, strict=True)] for record in places]
        return [
            [whole[start:end].decode("utf-8", "replace") for start, end in zip(*record, strict=True)]
            for record in places
        ]


@dataclass
class _Records:
    """Where the records of a block lie: [start, end) without the line's end, and their first lines."""

    starts: Ints
    ends: Ints
    lines: Ints
    used: int
    used_lines: int


def split(block: bytes, *, delimiter: int, columns: int, final: bool) -> Piece:
    """Cut a block of UTF-8 text into records of so many cells.

    Parameters
    ----------
    block : bytes
        Begins where a record begins. Lines end with LF or CRLF.
    delimiter : int
        The byte between cells.
    columns : int
        Cells of a record, at least one.
    final : bool
        Whether the file ends with the block, so that its last line need not be ended.

    Returns
    -------
    Piece
        Records and damaged lines. Lines without any text are neither.

    Raises
    ------
    TooBroken
        If more than `MAX_BROKEN` quotation marks don't close.
    """
    if columns < 1:
        raise ValueError(f"a record has at least one cell, not {columns}")
    has_quotes = _QUOTE in block
    data = np.frombuffer(block, dtype=np.uint8)
    newlines = np.flatnonzero(data == _NEWLINE)
    quotes = np.flatnonzero(data == _QUOTE) if has_quotes else np.empty(0, dtype=np.int64)
    if has_quotes and not _well_formed(data, quotes, delimiter, final=final):
        return _split_slowly(block, delimiter=delimiter, columns=columns, final=final)
    records = _records(data, newlines, quotes, final=final)
    marks = np.flatnonzero(data[: records.used] == delimiter)
    if has_quotes:
        marks = marks[_outside(marks, quotes)]
    first = np.searchsorted(marks, records.starts)
    width = np.searchsorted(marks, records.ends) - first + 1
    spans = np.diff(records.lines, append=records.used_lines)
    misfit = (width != columns) | (records.ends - records.starts > MAX_RECORD)
    if has_quotes and bool((misfit & (spans > 1) & (records.ends > records.starts)).any()):
        # A record of several lines that doesn't fit: a quotation mark took in what isn't its own.
        return _split_slowly(block, delimiter=delimiter, columns=columns, final=final)
    length = records.ends - records.starts
    good = (length > 0) & (width == columns) & (length <= MAX_RECORD)
    damaged = _misfits(block, records, (length > 0) & ~good, delimiter)
    inner = marks[first[good, None] + np.arange(columns - 1)]
    starts = np.column_stack([records.starts[good], inner + 1])
    ends = np.column_stack([inner, records.ends[good]])
    buffer = block + bytes(PADDING)
    if has_quotes:
        buffer, starts, ends = _unquoted(buffer, data, starts, ends, quotes)
    some = (ends > starts).any(axis=1)
    places = np.frombuffer(buffer, dtype=np.uint8)
    lines = records.lines[good][some]
    return Piece(places, starts[some], ends[some], lines, damaged, records.used, records.used_lines)


def _misfits(block: bytes, records: _Records, which: NDArray[np.bool_], delimiter: int) -> list[Damage]:
    damaged = []
    for row in np.flatnonzero(which).tolist():
        start, end = int(records.starts[row]), int(records.ends[row])
        fault = Fault.LONG if end - start > MAX_RECORD else Fault.WIDTH
        cells = cells_of(block[start : min(end, start + MAX_RECORD)], delimiter)
        damaged.append(Damage(int(records.lines[row]), fault, cells))
    return damaged


def lost_line(fault: Fault, text: bytes, *, delimiter: int, columns: int) -> Piece:
    """A piece of one line that is no record."""
    nothing = np.empty((0, columns), dtype=np.int64)
    damaged = [Damage(0, fault, cells_of(text[:MAX_RECORD], delimiter))]
    return Piece(np.zeros(PADDING, dtype=np.uint8), nothing, nothing, nothing[:, 0], damaged, len(text), 1)


def without(piece: Piece, pattern: bytes, fault: Fault) -> Piece:
    """The piece with the records that hold a byte pattern in a cell turned into damaged lines."""
    buffer = piece.buffer
    found = np.ones(max(len(buffer) - len(pattern) + 1, 0), dtype=bool)
    for offset, byte in enumerate(pattern):
        found &= buffer[offset : offset + len(found)] == byte
    places = np.flatnonzero(found)
    hit = (np.searchsorted(places, piece.ends) > np.searchsorted(places, piece.starts)).any(axis=1)
    if not hit.any():
        return piece
    damaged = [Damage(int(piece.lines[row]), fault, piece.cells(row)) for row in np.flatnonzero(hit).tolist()]
    damaged = sorted(piece.damaged + damaged, key=lambda one: one.line)
    keep = ~hit
    return Piece(
        piece.buffer, piece.starts[keep], piece.ends[keep], piece.lines[keep], damaged, piece.used, piece.used_lines
    )


def _well_formed(data: Bytes, quotes: Ints, delimiter: int, *, final: bool) -> bool:
    """Whether quotation marks stand only around whole cells, or doubled inside them."""
    if len(quotes) % 2 and final:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = data[np.maximum(opening - 1, 0)]
    opens = (opening == 0) | (before == delimiter) | (before == _NEWLINE) | (before == _QUOTE)
    # A mark that closes at the very end of the block may be the first of a doubled pair: left to the next block.
    after = data[np.minimum(closing + 1, len(data) - 1)]
    last = closing == len(data) - 1
    if last.any() and not final:
        return False
    closes = last | (after == delimiter) | (after == _NEWLINE) | (after == _RETURN) | (after == _QUOTE)
    return bool(opens.all() and closes.all())


def _outside(places: Ints, quotes: Ints) -> NDArray[np.bool_]:
    """Which places are outside of quoted cells: an even number of marks stands before them."""
    return np.asarray(np.searchsorted(quotes, places) % 2 == 0)


def _records(data: Bytes, newlines: Ints, quotes: Ints, *, final: bool) -> _Records:
    ends = newlines[_outside(newlines, quotes)] if len(quotes) else newlines
    if final and len(data) and (not len(ends) or ends[-1] != len(data) - 1):
        ends = np.append(ends, len(data))
    if not len(ends):
        nothing = np.empty(0, dtype=np.int64)
        return _Records(nothing, nothing, nothing, 0, 0)
    starts = np.concatenate([[0], ends[:-1] + 1])
    used = min(int(ends[-1]) + 1, len(data))
    lines = np.searchsorted(newlines, starts)
    used_lines = int(np.searchsorted(newlines, used))
    carriage = (ends > starts) & (data[np.maximum(ends - 1, 0)] == _RETURN)
    return _Records(starts, ends - carriage, lines, used, used_lines + int(used_lines == lines[-1]))


def _unquoted(buffer: bytes, data: Bytes, starts: Ints, ends: Ints, quotes: Ints) -> tuple[bytes, Ints, Ints]:
    """Cells without the marks around them; those with doubled marks are rewritten at the buffer's end."""
    quoted = np.argwhere((ends > starts) & (data[np.minimum(starts, len(data) - 1)] == _QUOTE))
    rows, columns = quoted[:, 0], quoted[:, 1]
    starts[rows, columns] += 1
    ends[rows, columns] -= 1
    doubled = np.searchsorted(quotes, ends[rows, columns]) > np.searchsorted(quotes, starts[rows, columns])
    if not doubled.any():
        return buffer, starts, ends
    rewritten = bytearray(buffer)
    for row, column in quoted[doubled].tolist():
        text = buffer[starts[row, column] : ends[row, column]].replace(b'""', b'"')
        starts[row, column] = len(rewritten)
        ends[row, column] = len(rewritten) + len(text)
        rewritten += text
    return bytes(rewritten) + bytes(PADDING), starts, ends


# ── Record by record ────────────────────────────────────────────────────────


@dataclass
class _Slow:
    """What the careful reader has found so far."""

    rows: list[list[bytes]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    damaged: list[Damage] = field(default_factory=list)

    def damage(self, line: int, fault: Fault, text: bytes, delimiter: int) -> None:
        self.damaged.append(Damage(line, fault, cells_of(text[:MAX_RECORD], delimiter)))


def _split_slowly(block: bytes, *, delimiter: int, columns: int, final: bool) -> Piece:
    lines = block.split(b"\n")
    ended = len(lines) - 1
    if final and not lines[-1]:
        lines.pop()
    found = _Slow()
    at = 0
    while at < len(lines):
        if not final and at >= ended:
            break
        if len(lines[at]) > MAX_RECORD:
            found.damage(at, Fault.LONG, lines[at], delimiter)
            at += 1
            continue
        taken = _record(lines, at, delimiter)
        complete = final or at + max(taken.span, 1) <= ended
        if not complete and taken.size <= MAX_RECORD:
            break
        if not taken.closed or (taken.span > 1 and len(taken.cells) != columns):
            found.damage(at, Fault.QUOTE, lines[at], delimiter)
            at += 1
            if len(found.damaged) > MAX_BROKEN:
                raise TooBroken
            continue
        _keep(found, lines, at, taken.cells, columns, delimiter)
        at += taken.span
    used = sum(len(line) + 1 for line in lines[:at])
    return _joined(found, columns, min(used, len(block)), at)


@dataclass(frozen=True)
class _Taken:
    cells: list[bytes]
    span: int
    size: int
    closed: bool


def _record(lines: Sequence[bytes], at: int, delimiter: int) -> _Taken:
    """The record that begins at a line, as csv reads it: over how many lines, and whether its marks close."""
    marker = "\x00end"
    size = 0
    span = 0

    def text() -> Iterator[str]:
        nonlocal size, span
        for index in range(at, len(lines)):
            line = lines[index]
            size += len(line) + 1
            span += 1
            if size > MAX_RECORD:
                return
            yield line.decode("latin-1").removesuffix("\r") + "\n"
        yield marker

    reader = csv.reader(text(), delimiter=chr(delimiter))
    try:
        cells = next(reader)
    except (csv.Error, StopIteration):
        return _Taken([], span, size, closed=False)
    closed = size <= MAX_RECORD and not (cells and cells[-1].endswith(marker))
    return _Taken([cell.encode("latin-1") for cell in cells], span, size, closed)


def _keep(found: _Slow, lines: Sequence[bytes], at: int, cells: list[bytes], columns: int, delimiter: int) -> None:
    if not any(cells):
        return
    if len(cells) != columns:
        found.damage(at, Fault.WIDTH, lines[at], delimiter)
        return
    found.rows.append(cells)
    found.lines.append(at)


def _joined(found: _Slow, columns: int, used: int, used_lines: int) -> Piece:
    cells = [cell for row in found.rows for cell in row]
    lengths = np.fromiter(map(len, cells), dtype=np.int64, count=len(cells))
    ends = np.cumsum(lengths)
    buffer = np.frombuffer(b"".join(cells) + bytes(PADDING), dtype=np.uint8)
    shape = (len(found.rows), columns)
    lines = np.array(found.lines, dtype=np.int64)
    return Piece(buffer, (ends - lengths).reshape(shape), ends.reshape(shape), lines, found.damaged, used, used_lines)


def cells_of(text: bytes, delimiter: int) -> list[bytes]:
    """A broken line's cells as far as they can be told: cut at every delimiter, marks and all."""
    return [cell.strip(b'"\r') for cell in text.split(bytes([delimiter]))]
