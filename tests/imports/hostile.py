"""Files meant to harm, one function each, and a small spreadsheet to bend."""

import gzip
import io
import os
import random
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

HEAD = "code,name\n"
MEGA = 1 << 20

_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/></Types>"""
_RELS = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
 Target="xl/workbook.xml"/></Relationships>"""
_BOOK_RELS = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
 Target="%s"/><Relationship Id="rId2"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/>
</Relationships>"""
_BOOK = """<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>
<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"""
_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


def sheet(rows: str, prolog: str = "") -> str:
    """The XML of a sheet."""
    return f'<?xml version="1.0"?>{prolog}<worksheet {_NS}><sheetData>{rows}</sheetData></worksheet>'


def cell(at: str, text: str) -> str:
    """A cell with text in it."""
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


GOOD_ROWS = (
    f'<row r="1">{cell("A1", "code")}{cell("B1", "name")}</row><row r="2">{cell("A2", "X1")}{cell("B2", "Fine")}</row>'
)


def book(rows: str = GOOD_ROWS, *, shared: str = "", prolog: str = "", target: str = "worksheets/sheet1.xml",
         more: Callable[[zipfile.ZipFile], None] | None = None) -> bytes:  # fmt: skip
    """A small spreadsheet, bent as asked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELS)
        archive.writestr("xl/workbook.xml", _BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", _BOOK_RELS % target)
        archive.writestr("xl/sharedStrings.xml", shared or f'<?xml version="1.0"?><sst {_NS}/>')
        archive.writestr("xl/worksheets/sheet1.xml", sheet(rows, prolog))
        if more:
            more(archive)
    return out.getvalue()


def _zeros(archive: zipfile.ZipFile) -> None:
    with archive.open("xl/media/zero.bin", "w") as part:
        for _ in range(300):
            part.write(bytes(MEGA))


def _symlink(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("xl/link")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


def _with_part(name: str, content: bytes | str = b"x") -> bytes:
    return book(more=lambda archive: archive.writestr(name, content))


def _bent_directory(what: str) -> bytes:
    """An archive whose directory lies."""
    data = bytearray(book())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        if what == "overlap":
            data[at + 20 : at + 24] = struct.pack("<I", 2**31)
        elif what == "locked":
            data[at + 8 : at + 10] = struct.pack("<H", 1)
        elif what == "small":
            data[at + 24 : at + 28] = struct.pack("<I", 10)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def _lying_bomb() -> bytes:
    """A sheet of 200 MB that its directory calls ten bytes."""
    data = bytearray(book(GOOD_ROWS + f'<row r="3">{cell("A3", " " * (200 * MEGA))}</row>'))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(data)


def _huge_shared() -> bytes:
    strings = "".join(f"<si><t>s{n}</t></si>" for n in range(1_500_000))
    return book(shared=f'<?xml version="1.0"?><sst {_NS}>{strings}</sst>')


def _many_parts() -> bytes:
    def add(archive: zipfile.ZipFile) -> None:
        for number in range(5_100):
            archive.writestr(f"xl/media/{number}.bin", b"")

    return book(more=add)


def _gz_of_gz(levels: int) -> bytes:
    data = (HEAD + "X1,Fine\n").encode()
    for _ in range(levels):
        data = gzip.compress(data)
    return data


def _gz_bomb() -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as file:
        file.write(HEAD.encode())
        for _ in range(1_000):
            file.write((b"X1," + b"a" * 4_000 + b"\n") * 250)
    return out.getvalue()


_ZIP = io.BytesIO()
with zipfile.ZipFile(_ZIP, "w") as _archive:
    _archive.writestr("a.csv", HEAD)

_random = random.Random(7)

# Name of the file → its bytes, and what becomes of it: words of the refusal, or counts (created, rejected).
FILES: dict[str, tuple[Callable[[], bytes], str | tuple[int, int]]] = {
    "formulas.csv": ((HEAD + "X1,=cmd|' /C calc'!A0\nX2,@SUM(1)\n").encode, (2, 0)),
    "zip_bomb.xlsx": (lambda: book(more=_zeros), "times its size"),
    "lying_bomb.xlsx": (_lying_bomb, "damaged|memory|too long|smaller"),
    "lying_sizes.xlsx": (lambda: _bent_directory("small"), "damaged"),
    "nested.xlsx": (lambda: _with_part("xl/inner.zip", _ZIP.getvalue()), "another archive"),
    "nested_gz.xlsx": (lambda: _with_part("xl/inner.gz", gzip.compress(b"x")), "another archive"),
    "laughs.xlsx": (lambda: book(f'<row r="1">{cell("A1", "&a9;")}</row>', prolog=_LAUGHS), "definitions"),
    "laughs_shared.xlsx": (
        lambda: book(shared=f'<?xml version="1.0"?>{_LAUGHS}<sst {_NS}><si><t>&a9;</t></si></sst>'), "definitions",
    ),
    "external.xlsx": (
        lambda: book(prolog='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'), "definitions",
    ),
    "late_doctype.xlsx": (lambda: book(prolog=f"<!--{'x' * 5000}-->{_LAUGHS}"), (1, 0)),
    "parent_path.xlsx": (lambda: _with_part("../../etc/cron.d/x"), "points outside"),
    "absolute_path.xlsx": (lambda: _with_part("/etc/passwd"), "points outside"),
    "windows_path.xlsx": (lambda: _with_part("C:\\x.dll"), "points outside"),
    "symlink.xlsx": (lambda: book(more=_symlink), "points outside"),
    "overlap.xlsx": (lambda: _bent_directory("overlap"), "over each other|damaged"),
    "locked.xlsx": (lambda: _bent_directory("locked"), "password"),
    "parts.xlsx": (_many_parts, "more than 5000 parts"),
    "not_a_book.zip": (_ZIP.getvalue, "isn't a spreadsheet"),
    "truncated.xlsx": (lambda: book()[:-40], "damaged"),
    "random.xlsx": (lambda: b"PK\x03\x04" + _random.randbytes(100_000), "damaged"),
    "empty.xlsx": (lambda: book(""), "empty"),
    "wide.xlsx": (
        lambda: book('<row r="1">' + "".join(cell(f"{_column(n)}1", f"h{n}") for n in range(16_000)) + "</row>"),
        "more than 500 columns",
    ),
    "far_corner.xlsx": (
        lambda: book(GOOD_ROWS + f'<row r="1048576">{cell("XFD1048576", "x")}</row>'), "memory|columns|damaged",
    ),
    "far_row.xlsx": (lambda: book(GOOD_ROWS + f'<row r="1048576">{cell("A1048576", "x")}</row>'), "empty rows"),
    "bad_references.xlsx": (
        lambda: book(GOOD_ROWS + f'<row r="3">{cell("ZZZZZZ9", "x")}{cell("A0", "y")}</row>'), "damaged|memory",
    ),
    "no_such_string.xlsx": (lambda: book(GOOD_ROWS + '<row r="3"><c r="A3" t="s"><v>9999</v></c></row>'), "damaged"),
    "missing_sheet.xlsx": (lambda: book(target="worksheets/none.xml"), "damaged"),
    "outside_sheet.xlsx": (lambda: book(target="../../../../etc/passwd"), "damaged"),
    "deep.xlsx": (lambda: book("<a>" * 200_000 + "</a>" * 200_000), "empty|damaged"),
    "unclosed.xlsx": (lambda: book(GOOD_ROWS + "<row><c><is><t>"), "damaged"),
    "huge_cell.xlsx": (
        lambda: book(GOOD_ROWS + f'<row r="3">{cell("A3", "x" * (10 * MEGA))}{cell("B3", "n")}</row>'), (1, 1),
    ),
    "huge_shared.xlsx": (_huge_shared, (1, 0)),
    "strange_days.xlsx": (
        lambda: book(GOOD_ROWS + '<row r="3"><c r="A3"><v>1e308</v></c><c r="B3" t="d"><v>99999-99-99</v></c></row>'),
        (2, 0),
    ),
    "csv_named.xlsx": ((HEAD + "X1,Fine\n").encode, (1, 0)),
    "xlsx_named.csv": (book, (1, 0)),
    "huge_cell.csv": ((HEAD + "X1," + "x" * (10 * MEGA) + "\nX2,Fine\n").encode, (1, 1)),
    "wide.csv": ((",".join(f"h{n}" for n in range(20_000)) + "\n").encode, "no header|columns"),
    "wide_short.csv": ((",".join(f"h{n}" for n in range(600)) + "\n").encode, "600 columns"),
    "open_quotes.csv": ((HEAD + '"X,1\n' * 50_000).encode, (1, 24_999)),
    "one_quote.csv": ((HEAD + 'X1,"Open\nX2,Fine\n').encode, (1, 1)),
    "nul.csv": ((HEAD + "X1,a\0b\nX2,Fine\n").encode, (1, 1)),
    "all_nul.csv": (lambda: bytes(MEGA), "NUL"),
    "surrogates.csv": (lambda: HEAD.encode() + b"X1,\xed\xa0\x80\nX2,\xe4\xb8\xad\xe6\x96\x87\n", (1, 1)),
    "utf16_no_mark.csv": (lambda: (HEAD + "X1,Fine\n").encode("utf-16-le"), "NUL"),
    "random.csv": (lambda: HEAD.encode() + _random.randbytes(200_000).replace(b"\n", b"") + b"\n", (0, 1)),
    "random.bin": (lambda: b"\x00\x01" + _random.randbytes(100_000), "NUL"),
    "empty.csv": (lambda: b"", "empty"),
    "mark_only.csv": (lambda: b"\xef\xbb\xbf", "no header"),
    "blank.csv": (lambda: b"\n" * MEGA, "no header"),
    "twice.csv": (lambda: b"code,name,code\nX1,a,b\n", "names the column"),
    "delimiters.csv": (lambda: HEAD.encode() + b"," * (5 * MEGA) + b"\n", (0, 1)),
    "returns.csv": (lambda: b"code,name\r" + b"X1,a\r" * 2, (1, 1)),
    "bomb.csv.gz": (_gz_bomb, "times its size"),
    "truncated.csv.gz": (lambda: gzip.compress((HEAD + "X1,a\n" * 5_000).encode())[:-20], "broken off|damaged"),
    "damaged.csv.gz": (lambda: b"\x1f\x8b\x08\x00" + _random.randbytes(5_000), "damaged"),
    "gz_of_gz.csv.gz": (lambda: _gz_of_gz(3), "neither|NUL"),
    "paper.pdf": (lambda: b"%PDF-1.7\n" + _random.randbytes(5_000), "neither"),
    "picture.png": (lambda: b"\x89PNG\r\n\x1a\n" + _random.randbytes(5_000), "neither"),
    "old.xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000), "neither"),
    "program": (lambda: b"\x7fELF" + _random.randbytes(5_000), "neither"),
}  # fmt: skip


def _column(number: int) -> str:
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def written(folder: Path) -> Iterator[tuple[Path, str | tuple[int, int]]]:
    """Each file on disk, with what becomes of it."""
    for name, (make, fate) in FILES.items():
        path = folder / name
        path.write_bytes(make())
        yield path, fate
        os.truncate(path, 0)
