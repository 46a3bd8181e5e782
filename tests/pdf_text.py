"""Reads the PDFs that we make, as far as tests need it: the text by each font's own table, and what is embedded."""

import re
import zlib

_STREAM = re.compile(rb"(<<(?:(?!endobj).)*?/Length (\d+)(?:(?!endobj).)*?>>)\s*stream\r?\n", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:\\.|[^\\)])*)\)\s*Tj|\[(.*?)\]\s*TJ", re.DOTALL)
_STRING = re.compile(rb"\(((?:\\.|[^\\)])*)\)", re.DOTALL)
_ESCAPE = re.compile(rb"\\(\d{1,3}|.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages(content: bytes) -> list[str]:
    """The text of each page, line after line as it was drawn, through the table that maps codes to characters."""
    streams = [
        _unpacked(found[1], content[found.end() : found.end() + int(found[2])]) for found in _STREAM.finditer(content)
    ]
    table: dict[int, str] = {}
    for stream in streams:
        if b"beginbfchar" in stream:
            pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", stream.split(b"beginbfchar", 1)[1])
            table |= {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}
    return [_text(stream, table) for stream in streams if b" Tj" in stream or b" TJ" in stream]


def font_programs(content: bytes) -> int:
    """How many fonts bring their glyphs."""
    return len(re.findall(rb"/FontFile[23]? \d+ 0 R", content))


def font_names(content: bytes) -> set[str]:
    """What the fonts are called."""
    return {name.decode() for name in re.findall(rb"/BaseFont /([^\s/]+)", content)}


def _unpacked(head: bytes, body: bytes) -> bytes:
    return zlib.decompress(body) if b"/FlateDecode" in head else body


def _text(stream: bytes, table: dict[int, str]) -> str:
    lines = []
    for single, many in _SHOWN.findall(stream):
        strings = [single] if single or not many else _STRING.findall(many)
        codes = b"".join(_ESCAPE.sub(_plain, string) for string in strings)
        lines.append("".join(table[int.from_bytes(codes[i : i + 2])] for i in range(0, len(codes), 2)))
    return "\n".join(lines)


def _plain(escape: re.Match[bytes]) -> bytes:
    letter = escape.group(1)
    return bytes([int(letter, 8)]) if letter.isdigit() else _NAMED.get(letter, letter)
