"""Rows as files: CSV as it streams, XLSX written row by row. Memory doesn't grow with the list."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from crm.lib import dates
from crm.lib.cells import neutral
from jobs.errors import RunFailed
from jobs.exports.registry import Cell, Row

BURST = 500
# What a sheet of a spreadsheet holds.
MAX_SHEET_ROWS = 1_048_575
MAX_CELL = 32_767
_PRECISE_DIGITS = 15

Tell = Callable[[int], None]


def nobody(_rows: int) -> None:
    """Tell nobody."""


def plain(cell: Cell) -> str:
    """A cell as text: days as 2026-11-20, moments in the company's zone, amounts with their decimals."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return _("yes") if cell else _("no")
    if isinstance(cell, dt.datetime):
        return f"{cell.astimezone(dates.company_zone()):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return neutral(cell.replace("\0", "")) if isinstance(cell, str) else str(cell)


def csv_pieces(heads: Row, rows: Iterable[Row], code: str, tell: Tell = nobody) -> Iterator[str]:
    """A CSV file in pieces, with the mark that spreadsheets know UTF-8 by, and the code behind every row."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([*map(plain, heads), code_head()])
    count = 0
    for row in rows:
        writer.writerow([*map(plain, row), code])
        count += 1
        if count % BURST == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
            tell(count)
    yield out.getvalue()
    tell(count)


def write_csv(path: Path, heads: Row, rows: Iterable[Row], code: str, tell: Tell = nobody) -> None:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_pieces(heads, rows, code, tell))


def write_xlsx(path: Path, heads: Row, rows: Iterable[Row], code: str, tell: Tell = nobody) -> None:
    """Write a spreadsheet of one sheet. Text stays text, whatever it begins with. Raises RunFailed if it is full."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
        "tmpdir": str(path.parent),
    }
    with Workbook(str(path), options) as book:
        book.set_properties({"comments": code, "keywords": code})
        sheet = book.add_worksheet()
        sheet.set_footer(f"&R{code}")
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for place, head in enumerate([*heads, code_head()]):
            sheet.write_string(0, place, plain(head)[:MAX_CELL], bold)
        count = 0
        for count, row in enumerate(rows, start=1):
            if count > MAX_SHEET_ROWS:
                raise RunFailed(_("A spreadsheet holds no more than 1,048,576 rows. Choose CSV."))
            for place, cell in enumerate([*row, code]):
                _write(sheet, count, place, cell, moment)
            if count % BURST == 0:
                tell(count)
        tell(count)


def _write(sheet: Worksheet, row: int, place: int, cell: Cell, moment: object) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, dt.datetime):
        local = cell.astimezone(dates.company_zone()).replace(tzinfo=None)
        sheet.write_datetime(row, place, local, moment)
    elif isinstance(cell, dt.date):
        sheet.write_datetime(row, place, dt.datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001 - a day
    elif isinstance(cell, int | Decimal) and not isinstance(cell, bool) and _is_precise(cell):
        sheet.write_number(row, place, float(cell))
    else:
        sheet.write_string(row, place, plain(cell)[:MAX_CELL])


def _is_precise(number: int | Decimal) -> bool:
    """Whether a spreadsheet keeps all digits of a number."""
    value = Decimal(number)
    return value.is_finite() and len(value.normalize().as_tuple().digits) <= _PRECISE_DIGITS and abs(value) < 10**15


def code_head() -> str:
    """The head of the column that says which export a row comes from."""
    # Translators: 导出编号
    return _("Export code")
