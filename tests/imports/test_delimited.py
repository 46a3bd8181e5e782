"""Cutting delimited text: like csv where the text is well formed, line by line where it isn't."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.core import delimited
from jobs.core.delimited import Fault, Piece

CELL = st.text(st.sampled_from('ab1 ,;"\n华é'), max_size=6)


def cut(text: str | bytes, columns: int = 2, *, final: bool = True) -> Piece:
    block = text if isinstance(text, bytes) else text.encode()
    return delimited.split(block, delimiter=ord(","), columns=columns, final=final)


def records(piece: Piece) -> list[tuple[int, list[str]]]:
    return [(int(piece.lines[row]), [cell.decode() for cell in piece.cells(row)]) for row in range(len(piece))]


def faults(piece: Piece) -> list[tuple[int, Fault]]:
    return [(damage.line, damage.fault) for damage in piece.damaged]


def test_records_and_their_line_numbers() -> None:
    piece = cut('a,b\r\n\n1,"x\ny"\n,\n2,"say ""hi"""')
    assert records(piece) == [(0, ["a", "b"]), (2, ["1", "x\ny"]), (5, ["2", 'say "hi"'])]
    assert piece.damaged == []


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=8))
def test_what_csv_writes_is_read_back(rows: list[list[str]]) -> None:
    """Oracle: the standard library's writer; rows without any text are left out."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    piece = cut(file.getvalue(), columns=3)
    assert [cells for _line, cells in records(piece)] == [row for row in rows if any(row)]
    assert piece.damaged == []


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=8), st.integers(1, 40))
def test_blocks_cut_anywhere_give_the_same_records(rows: list[list[str]], size: int) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    text = file.getvalue().encode()
    found: list[tuple[int, list[str]]] = []
    line, rest = 0, b""
    for start in range(0, len(text), size):
        rest += text[start : start + size]
        piece = cut(rest, final=start + size >= len(text))
        found += [(line + at, cells) for at, cells in records(piece)]
        line, rest = line + piece.used_lines, rest[piece.used :]
    assert found == records(cut(text))


def test_ragged_lines_cost_themselves_only() -> None:
    piece = cut("1,2\n3\n4,5,6\n7,8\n")
    assert records(piece) == [(0, ["1", "2"]), (3, ["7", "8"])]
    assert faults(piece) == [(1, Fault.WIDTH), (2, Fault.WIDTH)]
    assert piece.damaged[1].cells == [b"4", b"5", b"6"]


def test_a_quotation_mark_inside_a_cell_is_a_character() -> None:
    assert records(cut('1,5" pipe\n2,b\n')) == [(0, ["1", '5" pipe']), (1, ["2", "b"])]


def test_a_quotation_mark_that_never_closes_costs_its_line() -> None:
    piece = cut('1,"open\n2,b\n3,c\n')
    assert records(piece) == [(1, ["2", "b"]), (2, ["3", "c"])]
    assert faults(piece) == [(0, Fault.QUOTE)]


def test_a_line_of_megabytes_is_damage() -> None:
    piece = cut(b"1," + b"x" * 200_000 + b"\n2,b\n")
    assert faults(piece) == [(0, Fault.LONG)]
    assert records(piece) == [(1, ["2", "b"])]


def test_too_many_open_quotation_marks_end_the_reading() -> None:
    text = "".join(f'{number},"' + "x" * 300 + "\n" for number in range(1)) + '"a\n' * 3
    cut(text)
    with pytest.raises(delimited.TooBroken):
        cut('a,"b"c\n' + '1,"' + "y\n" + ('"\n1,2,"\n' * 3_000))


def test_records_with_a_byte_pattern_become_damage() -> None:
    piece = delimited.without(cut(b"1,2\n3,\x00\n5,6\n"), b"\0", Fault.NUL)
    assert records(piece) == [(0, ["1", "2"]), (2, ["5", "6"])]
    assert faults(piece) == [(1, Fault.NUL)]


def test_no_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one cell"):
        cut("a", columns=0)
