"""Reads one sheet of a spreadsheet file and writes it as CSV, in a process of its own.

Run as a program with a JSON object of `path`, `out`, `sheet` and limits; answers with a JSON object. It first gives
up what it could harm with (memory, time, disk), then looks at the archive's directory, then at the head of each
part, and opens the book last. It knows nothing of Django: it starts in a twentieth of a second.
"""

import csv
import datetime as dt
import json
import resource
import stat
import struct
import sys
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

_END = b"PK\x05\x06"
_DIRECTORY_BYTES = 2 << 20
_TITLE_ROWS = 20


class Refused(Exception):
    """The file isn't read: a code, and a figure to name."""

    def __init__(self, code: str, figure: Any = "") -> None:
        super().__init__(code)
        self.code, self.figure = code, figure


def main() -> None:
    """Do what standard input asks and answer on standard output."""
    asked = json.load(sys.stdin)
    limit(asked)
    try:
        answer = read(asked)
    except Refused as refusal:
        answer = {"refused": refusal.code, "figure": refusal.figure}
    except MemoryError:
        answer = {"refused": "memory"}
    except Exception as error:  # noqa: BLE001 - whatever the library finds broken, in its own words
        answer = {"refused": "broken", "figure": f"{type(error).__name__}: {error}"[:200]}
    json.dump(answer, sys.stdout)


def limit(asked: dict[str, Any]) -> None:
    """Give up memory, time and disk beyond what reading a sheet takes."""
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], asked["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (asked["out_bytes"], asked["out_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(asked: dict[str, Any]) -> dict[str, Any]:
    """Check the archive, open the book, write the sheet. Raises Refused."""
    check(asked)
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(asked["path"])
    names = [sheet.name for sheet in book.sheets_metadata if str(sheet.visible).endswith(".Visible")]
    names = names or list(book.sheet_names)
    wanted = [asked["sheet"]] if asked["sheet"] else names
    for name in wanted:
        if name not in book.sheet_names:
            raise Refused("no_sheet", name)
        sheet = book.get_sheet_by_name(name)
        if sheet.height or asked["sheet"] or len(wanted) == 1:
            rows = write(sheet, asked)
            return {"sheets": names, "sheet": name, "rows": rows}
    raise Refused("empty")


def check(asked: dict[str, Any]) -> None:
    """Look at the archive's directory and at the head of its parts. Nothing is unpacked but those."""
    with open(asked["path"], "rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 66_000, 0))
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) < at + 22:
            raise Refused("broken")
        entries, directory = struct.unpack("<HI", tail[at + 10 : at + 16])
        if entries > asked["parts"] or directory > _DIRECTORY_BYTES:
            raise Refused("parts", asked["parts"])
    with zipfile.ZipFile(asked["path"]) as archive:
        parts = archive.infolist()
        check_parts(parts, size, asked)
        for part in parts:
            if part.filename.endswith((".xml", ".rels", ".vml")):
                with archive.open(part) as content:
                    head = content.read(4096)
                if b"<!DOCTYPE" in head or b"<!ENTITY" in head or b"<\0!\0D\0O\0C" in head:
                    raise Refused("doctype")


def check_parts(parts: list[zipfile.ZipInfo], size: int, asked: dict[str, Any]) -> None:
    """What the directory says of names, kinds and sizes. Raises Refused."""
    names = [part.filename for part in parts]
    if "xl/workbook.xml" not in names:
        raise Refused("no_book")
    if len(set(names)) < len(names):
        raise Refused("twice")
    for part in parts:
        path = part.filename.replace("\\", "/")
        if path.startswith("/") or ".." in path.split("/") or ":" in path:
            raise Refused("path", part.filename[:80])
        if stat.S_ISLNK(part.external_attr >> 16):
            raise Refused("path", part.filename[:80])
        if part.flag_bits & 1:
            raise Refused("locked")
        if path.lower().endswith((".zip", ".gz", ".7z", ".rar")):
            raise Refused("nested", part.filename[:80])
    packed, full = sum(part.compress_size for part in parts), sum(part.file_size for part in parts)
    if packed > size:
        raise Refused("overlap")
    if full > asked["full_bytes"]:
        raise Refused("full", asked["full_bytes"])
    if full > asked["free_bytes"] and full > asked["ratio"] * max(packed, 1):
        raise Refused("ratio", asked["ratio"])


def write(sheet: Any, asked: dict[str, Any]) -> int:
    """Write a sheet as CSV, a row a line, so that the numbers of its rows are those of the file's lines."""
    if sheet.total_width > asked["columns"]:
        raise Refused("columns", asked["columns"])
    if sheet.total_height > asked["rows"]:
        raise Refused("rows", asked["rows"])
    count = empty = 0
    with open(asked["out"], "w", encoding="utf-8", newline="", errors="replace") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in without_titles(merged(sheet)):
            count += 1
            if not any(row):
                empty += 1
                continue
            if empty > asked["gap"]:
                raise Refused("gap", asked["gap"])
            file.write("\n" * empty)
            empty = 0
            writer.writerow(row)
    return count


def merged(sheet: Any) -> Iterator[list[str]]:
    """The rows as text. A cell merged over several rows counts for each of them."""
    ranges = [(a, b) for a, b in (sheet.merged_cell_ranges or []) if b[0] > a[0]]
    left = sheet.start[1] if sheet.start else 0
    begin: dict[int, list[tuple[int, int]]] = {}
    for (top, column), (bottom, _right) in ranges:
        begin.setdefault(top, []).append((column - left, bottom))
    held: dict[int, tuple[int, str]] = {}
    for number, cells in enumerate(sheet.iter_rows()):
        row = [plain(cell) for cell in cells]
        for column, (bottom, text) in list(held.items()):
            if number > bottom:
                del held[column]
            elif column < len(row) and not row[column]:
                row[column] = text
        for column, bottom in begin.get(number, ()):
            if 0 <= column < len(row):
                held[column] = (bottom, row[column])
        yield row


def without_titles(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """The rows, with an empty one for each title of one cell that stands above the names of the columns."""
    waiting: list[list[str]] = []
    whole = iter(rows)
    for row in whole:
        if sum(map(bool, row)) > 1:
            yield from ([] for _title in waiting)
            yield row
            waiting = []
            break
        waiting.append(row)
        if len(waiting) > _TITLE_ROWS:
            break
    yield from waiting
    yield from whole


def plain(cell: Any) -> str:
    """A cell as CSV has it: days as 2026-11-20, whole numbers without a point, at most 15 digits as a sheet shows."""
    if isinstance(cell, str):
        return cell.replace("\r", " ").replace("\n", " ") if "\n" in cell or "\r" in cell else cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(cell, ".15g")
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "seconds") if cell.time() != dt.time() else cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    main()
