"""The bytes of a file: unpacked within limits, and as UTF-8 whatever they were."""

from __future__ import annotations

import codecs
import itertools
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from jobs.imports.errors import FileRefused

BLOCK = 1 << 20
# A packed file may grow this much; more is an attempt to fill the machine. Small ones may grow more.
MAX_RATIO = 200
FREE_BYTES = 64 << 20

ENCODINGS = ("auto", "utf-8", "gb18030", "utf-16", "windows-1252")

_GZIP = b"\x1f\x8b"
_NOT_TEXT = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ"),
    *(b"7z\xbc\xaf", b"Rar!", b"\x89PNG", b"\xff\xd8\xff", b"\x7fELF", b"MZ\x90"),
)


class Source:
    """A file that can be read from its beginning as often as needed. `position` is how far on disk it was read."""

    def __init__(self, path: Path, *, encoding: str = "auto") -> None:
        self.path = path
        self.encoding = encoding
        self.size = path.stat().st_size
        self.position = 0

    def blocks(self) -> Iterator[tuple[bytes, bool]]:
        """UTF-8 text in blocks that end with a line, and whether some bytes of it couldn't be decoded.

        A line longer than a block comes in parts. Raises FileRefused.
        """
        decoder = Decoder(self.encoding)
        rest = b""
        for raw in decoder.stream(self._unpacked()):
            block = rest + raw
            cut = block.rfind(b"\n") + 1
            if not cut and len(block) <= BLOCK:
                rest = block
                continue
            rest, block = (block[cut:], block[:cut]) if cut else (b"", block)
            yield decoder.utf8(block)
        if rest:
            yield decoder.utf8(rest)
        self.encoding = decoder.encoding

    def _unpacked(self) -> Iterator[bytes]:
        """The file's own bytes, unpacked if it is packed. Raises FileRefused at the first that is too many."""
        total = 0
        with self.path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            for block in _gunzipped(file) if packed else iter(lambda: file.read(BLOCK), b""):
                if not total:
                    refuse_what_is_not_text(block)
                total += len(block)
                self.position = file.tell()
                if total > settings.IMPORT_MAX_BYTES:
                    limit = filesizeformat(settings.IMPORT_MAX_BYTES)
                    raise FileRefused(_("The file is larger than %(limit)s.") % {"limit": limit})
                yield block
        if not total:
            raise FileRefused(_("The file is empty."))


def _gunzipped(file: BinaryIO) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    total = 0
    packed = b""
    begun = False
    while packed := packed or file.read(BLOCK // 4):
        begun = True
        try:
            block = unpacker.decompress(packed, BLOCK)
        except zlib.error:
            raise FileRefused(_("The packed file is damaged.")) from None
        packed = unpacker.unconsumed_tail
        total += len(block)
        if total > FREE_BYTES and total > MAX_RATIO * file.tell():
            raise FileRefused(
                _("The packed file unpacks to more than %(ratio)s times its size.") % {"ratio": MAX_RATIO}
            )
        if block:
            yield block
        if unpacker.eof:
            packed = unpacker.unused_data.lstrip(b"\0")
            unpacker = zlib.decompressobj(wbits=31)
            begun = False
    if begun:
        raise FileRefused(_("The packed file is broken off: its end is missing."))


def refuse_what_is_not_text(start: bytes) -> None:
    """Look at the first bytes of a file. Raises FileRefused for spreadsheets, archives, pictures and the like."""
    if start.startswith(_NOT_TEXT):
        raise FileRefused(
            _("This is neither a spreadsheet (.xlsx) nor a text file. Save the sheet as .xlsx or as CSV (UTF-8).")
        )
    head = start[:4096]
    binary = b"\0" in head.split(b"\n")[0] or head.count(0) > max(16, len(head) // 100)
    if binary and not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused(_("This is not a text file: it holds NUL bytes."))


class Decoder:
    """Turns the bytes of one file into UTF-8. The encoding is decided at the first bytes that aren't ASCII."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self._returns_only = False

    def stream(self, raw: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes without the mark at their beginning; UTF-16 is decoded here, for its bytes can't be cut."""
        blocks = iter(raw)
        first = next(blocks, b"")
        if self.encoding == "utf-16" or first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self.encoding = "utf-16"
            blocks = self._utf16(itertools.chain([first], blocks))
            first = next(blocks, b"")
        elif first.startswith(codecs.BOM_UTF8):
            self.encoding = "utf-8"
        first = first.removeprefix(codecs.BOM_UTF8)
        self._returns_only = b"\r" in first and b"\n" not in first
        for block in itertools.chain([first], blocks):
            yield self._lines(block)

    def utf8(self, block: bytes) -> tuple[bytes, bool]:
        """A block as UTF-8, and whether a byte had to be replaced."""
        if block.isascii() or self.encoding == "utf-16":
            return block, False
        if self.encoding == "auto":
            self.encoding = likely_encoding(block)
        try:
            text = block.decode(self.encoding)
        except UnicodeDecodeError:
            return block.decode(self.encoding, "replace").encode(), True
        return (block if self.encoding == "utf-8" else text.encode()), False

    def _lines(self, block: bytes) -> bytes:
        return block.replace(b"\r", b"\n") if self._returns_only else block

    @staticmethod
    def _utf16(raw: Iterable[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
        for block in raw:
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()


def likely_encoding(block: bytes) -> str:
    """UTF-8 if half or more of the lines that aren't ASCII are, otherwise GB18030.

    Lines that are neither have no say. GB18030 text is hardly ever valid UTF-8, while UTF-8 text with one broken
    byte often is valid GB18030.
    """
    foreign = [line for line in block.split(b"\n") if not line.isascii()]
    valid = [_decodes(line, "utf-8") for line in foreign]
    other = sum(_decodes(line, "gb18030") for line, is_valid in zip(foreign, valid, strict=True) if not is_valid)
    return "utf-8" if sum(valid) >= other else "gb18030"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
