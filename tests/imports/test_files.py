"""Hostile and broken files: a clear answer, in bounded time, line numbers right."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from jobs.core.delimited import Fault
from jobs.imports import sources
from jobs.imports.errors import FileRefused
from jobs.imports.tables import Table


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """A file's records and damaged lines with their line numbers."""

    def do(content: bytes, **options: Any) -> tuple[list[tuple[int, list[str]]], list[tuple[int, Fault]]]:
        path = tmp_path / "file.csv"
        path.write_bytes(content)
        table = Table(path, **options)
        records, damaged = [], []
        for line, piece in table.pieces():
            rows = range(len(piece))
            records += [(line + int(piece.lines[row]), [cell.decode() for cell in piece.cells(row)]) for row in rows]
            damaged += [(line + damage.line, damage.fault) for damage in piece.damaged]
        return records, damaged

    return do


def test_lines_are_counted_as_an_editor_counts_them(read: Any) -> None:
    records, _ = read(b'\n"a\nb",c\n1,2\n\n"x\ny",3\n4,5\n')
    assert records == [(4, ["1", "2"]), (6, ["x\ny", "3"]), (8, ["4", "5"])]


def test_old_and_windows_line_ends(read: Any) -> None:
    assert read(b"a,b\r1,2\r3,4\r")[0] == read(b"a,b\r\n1,2\r\n3,4")[0] == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_line_numbers_hold_over_many_blocks(read: Any) -> None:
    text = b"a,b\n" + b"".join(b"%d,%s\n" % (n, b"x" * (n % 90)) for n in range(2, 60_002))
    records, damaged = read(text)
    assert [line for line, _cells in records] == [int(cells[0]) for _line, cells in records]
    assert (len(records), damaged) == (60_000, [])


def test_a_cell_of_ten_megabytes_costs_its_line(read: Any) -> None:
    records, damaged = read(b"a,b\n1," + b"x" * 10_000_000 + b'\n2,"y"\n3,"' + b"z\n" * 70_000 + b'"\n4,5\n')
    assert damaged[:2] == [(2, Fault.LONG), (4, Fault.QUOTE)]
    assert records[0] == (3, ["2", "y"])
    assert records[-1] == (70_005, ["4", "5"])


def test_nul_costs_its_line(read: Any) -> None:
    assert read(b"a,b\n1,2\n3,\x004\n5,6\n") == ([(2, ["1", "2"]), (4, ["5", "6"])], [(3, Fault.NUL)])


def test_bytes_of_another_encoding_cost_their_line(read: Any) -> None:
    good = "1,华为\n" * 3
    records, damaged = read(b"a,b\n" + good.encode() + b"2,\xff\xfe\n" + good.encode())
    assert damaged == [(5, Fault.ENCODING)]
    assert len(records) == 6


def test_the_encoding_is_decided_at_the_first_foreign_byte(read: Any) -> None:
    ascii_block = b"a,b\n" + (b"1," + b"plain" * 200 + b"\n") * 1_500
    records, damaged = read(ascii_block + "2,华为\n".encode("gb18030"))
    assert (records[-1][1], damaged) == (["2", "华为"], [])


def test_an_encoding_can_be_said(read: Any) -> None:
    assert read("a,b\n1,Spezialitäten\n".encode("windows-1252"), encoding="windows-1252")[0][0][1][1] == "Spezialitäten"


def test_packed_files_in_several_parts(read: Any) -> None:
    assert read(gzip.compress(b"a,b\n1,") + gzip.compress(b"2\n"))[0] == [(2, ["1", "2"])]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (gzip.compress(b""), "empty"),
        (b"PK\x03\x04", "CSV"),
        (b"\xd0\xcf\x11\xe0", "CSV"),
        (b"%PDF-1.7", "CSV"),
        (bytes(1000), "NUL"),
        (gzip.compress(bytes(1000)), "NUL"),
        (b"\x1f\x8b\x08nonsense", "damaged"),
        (gzip.compress(b"a,b\n" * 1000)[:-4], "broken off"),
        (b",,\n1,2,3\n", "name the columns"),
        (",".join(map(str, range(501))).encode(), "501 columns"),
        (b"a,b\n" + b'1,"q\nr"z,5\n' * 3000, "don't close"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_files_that_are_refused(read: Any, content: bytes, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        read(content)


def test_a_bomb_is_stopped_early(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "FREE_BYTES", 1 << 20)
    with pytest.raises(FileRefused, match="200 times"):
        read(gzip.compress(b"a,b\n" + (b"1," + b"x" * 5_000 + b"\n") * 500))


def test_the_limit_counts_unpacked_bytes(read: Any, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 10_000
    with pytest.raises(FileRefused, match="larger"):
        read(gzip.compress(b"a,b\n" + b"1,2\n" * 5_000))
