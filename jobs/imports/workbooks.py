"""Spreadsheets: one sheet as a CSV file, read by a process that can't take more than its share."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from jobs.imports import sheet_reader
from jobs.imports.errors import FileRefused
from jobs.imports.sources import FREE_BYTES, MAX_RATIO
from jobs.imports.tables import MAX_COLUMNS

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_MEMORY = 256 << 20
_PARTS = 5_000
_FULL_BYTES = 400 << 20
_ROWS = 1_048_576
# So many empty rows between others are a cell that somebody left far below.
_GAP = 10_000
# The clock may run longer than the processor's time where the machine is busy.
_PATIENCE = 4


@dataclass(frozen=True)
class Sheets:
    """The sheets of a workbook and the one that was read."""

    names: list[str]
    chosen: str


def is_workbook(path: Path) -> bool:
    """Whether a file is an archive, as spreadsheets are."""
    with path.open("rb") as file:
        return file.read(4).startswith(_ZIP)


def convert(path: Path, out: Path, *, sheet: str = "") -> Sheets:
    """Write a sheet of a workbook as CSV: the one named, or the first with rows. Raises FileRefused."""
    if path.stat().st_size > settings.IMPORT_MAX_SHEET_BYTES:
        limit = filesizeformat(settings.IMPORT_MAX_SHEET_BYTES)
        raise FileRefused(
            _("The spreadsheet is larger than %(limit)s. Save the sheet as CSV (UTF-8).") % {"limit": limit}
        )
    asked = {
        "path": str(path),
        "out": str(out),
        "sheet": sheet,
        "memory": _MEMORY,
        "seconds": settings.IMPORT_SHEET_SECONDS,
        "out_bytes": settings.IMPORT_MAX_BYTES,
        "parts": _PARTS,
        "full_bytes": _FULL_BYTES,
        "free_bytes": FREE_BYTES,
        "ratio": MAX_RATIO,
        "columns": MAX_COLUMNS,
        "rows": _ROWS,
        "gap": _GAP,
    }
    answer = _asked(asked)
    if "refused" in answer:
        out.unlink(missing_ok=True)
        raise FileRefused(_worded(answer))
    return Sheets(answer["sheets"], answer["sheet"])


def _asked(asked: dict[str, Any]) -> dict[str, Any]:
    """What the reading process answers; `time` or `memory` where it was stopped."""
    command = [sys.executable, "-E", "-s", sheet_reader.__file__]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=settings.IMPORT_SHEET_SECONDS * _PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"refused": "time"}
    if done.returncode == 0:
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
    # Stopped by the kernel: SIGXCPU or SIGKILL when its time was over, else it asked for memory it couldn't have.
    return {"refused": "time" if -done.returncode in (9, 24) else "memory"}


def _worded(answer: dict[str, Any]) -> str:
    figure = answer.get("figure", "")
    size = filesizeformat(figure) if isinstance(figure, int) else figure
    texts = {
        "no_book": _(
            "This archive isn't a spreadsheet. Choose an .xlsx file, or a CSV file that may be packed as .gz."
        ),
        "no_sheet": _("The spreadsheet has no sheet “%(figure)s”."),
        "empty": _("The spreadsheet is empty."),
        "locked": _("The spreadsheet is protected by a password. Save it without one."),
        "columns": _("The sheet has more than %(figure)s columns."),
        "rows": _("The sheet has more than %(figure)s rows."),
        "gap": _("More than %(figure)s empty rows stand between others. Delete what stands below them."),
        "full": _("The spreadsheet unpacks to more than %(size)s. Save the sheet as CSV (UTF-8)."),
        "ratio": _("The spreadsheet unpacks to more than %(figure)s times its size."),
        "memory": _("The spreadsheet takes more memory than is allowed. Save the sheet as CSV (UTF-8)."),
        "time": _("The spreadsheet takes too long to read. Save the sheet as CSV (UTF-8)."),
        "doctype": _("The spreadsheet holds definitions that no spreadsheet program writes."),
        "path": _("The archive holds a part that points outside of it: %(figure)s."),
        "nested": _("The archive holds another archive: %(figure)s."),
        "parts": _("The archive has more than %(figure)s parts."),
        "twice": _("The archive holds a part twice."),
        "overlap": _("The archive's parts lie over each other."),
    }
    broken = _("The spreadsheet is damaged, or not one.")
    return texts.get(answer["refused"], broken) % {"figure": figure, "size": size}
