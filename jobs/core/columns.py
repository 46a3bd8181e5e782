"""Columns of cells as codes: each distinct text once, however many rows repeat it.

What a file says is parsed once per distinct text, so a million rows of a few thousand codes and prices
cost what a few thousand cost.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jobs.core.delimited import Bytes, Ints

Words = NDArray[np.uint64]

BLANK = -1

_PRIME_1 = np.uint64(0x9E3779B97F4A7C15)
_PRIME_2 = np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT = np.uint64(29)


@dataclass(frozen=True)
class Column:
    """A column of a block: `codes` (rows) point into `texts`, the distinct cells by first appearance."""

    codes: Ints
    texts: list[str]


def column(buffer: Bytes, starts: Ints, ends: Ints) -> Column:
    """The distinct texts of one column's cells.

    Parameters
    ----------
    buffer : uint8 array
        UTF-8 text with eight bytes or more behind its last cell.
    starts, ends : int64 array, (rows,)
        Where each cell lies.

    Returns
    -------
    Column
        Cells with the same bytes have the same code.

    Notes
    -----
    Rows are told apart by two 64-bit hashes of their bytes together with their length; both agree for
    different cells of a million with a chance below 1e-26.
    """
    lengths = ends - starts
    first_hash, second_hash = _hashes(buffer, starts, lengths)
    codes, _ = pd.factorize(first_hash)
    codes = codes.astype(np.int64)
    places = _first_places(codes)
    if not (second_hash == second_hash[places[codes]]).all():
        codes, places = _by_both(first_hash, second_hash)
    texts = [buffer[starts[row] : ends[row]].tobytes().decode("utf-8", "replace") for row in places.tolist()]
    return Column(codes, texts)


def _hashes(buffer: Bytes, starts: Ints, lengths: Ints) -> tuple[Words, Words]:
    """Two hashes of each cell, eight bytes at a time."""
    words: Words = np.ndarray((len(buffer) - 8,), dtype="<u8", buffer=buffer.data, strides=(1,))
    first = lengths.astype(np.uint64) * _PRIME_1
    second = lengths.astype(np.uint64) * _PRIME_2
    rows = np.flatnonzero(lengths > 0)
    offset = 0
    while len(rows):
        left = lengths[rows] - offset
        short = (8 - np.minimum(left, 8)).astype(np.uint64) * np.uint64(8)
        word = (words[starts[rows] + offset] << short) ^ short
        first[rows] = _mixed(first[rows] ^ word, _PRIME_1)
        second[rows] = _mixed(second[rows] + word, _PRIME_2)
        rows = rows[left > 8]
        offset += 8
    return first, second


def _mixed(values: Words, prime: np.uint64) -> Words:
    values = values * prime
    return (values ^ (values >> _SHIFT)) * prime


def _first_places(codes: Ints) -> Ints:
    """The first row of each code."""
    places = np.zeros(int(codes.max()) + 1 if len(codes) else 0, dtype=np.int64)
    places[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return places


def _by_both(first: Words, second: Words) -> tuple[Ints, Ints]:
    """Codes where one hash alone doesn't tell the cells apart."""
    pairs = pd.MultiIndex.from_arrays([first, second])
    codes, _ = pd.factorize(pairs)
    return codes.astype(np.int64), _first_places(codes.astype(np.int64))


class Dictionary:
    """The distinct texts of a whole file's column, numbered by first appearance; blank is `BLANK`."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._codes: dict[str, int] = {"": BLANK}

    def codes(self, texts: list[str]) -> Ints:
        """The number of each text, after folding; new ones are added."""
        numbers = np.empty(len(texts), dtype=np.int64)
        for place, text in enumerate(texts):
            key = folded(text)
            number = self._codes.get(key)
            if number is None:
                number = self._codes[key] = len(self.texts)
                self.texts.append(key)
            numbers[place] = number
        return numbers

    def __len__(self) -> int:
        return len(self.texts)


def folded(text: str) -> str:
    """A text without space around it and with single spaces inside; full-width letters and digits become plain."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.replace("\ufeff", ""))
    return " ".join(text.split())
