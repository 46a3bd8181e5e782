"""PDF documents: headings, facts and tables in both languages, a number and a watermark on every page.

The font is embedded, so a reader's machine needs none of its own. It comes with a package of font files
(Noto Sans SC, SIL Open Font License); a character it doesn't have is shown as an empty square.
"""

import importlib
import importlib.util
import logging
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpdf import FPDF

# Taking a font apart is told step by step otherwise.
logging.getLogger("fontTools").setLevel(logging.WARNING)

_FAMILY = "noto"
_MISSING = "\u25a1"
_LONGEST_CELL = 600
_GREY, _INK, _FAINT, _RULE = (110, 118, 126), (23, 33, 43), (222, 224, 220), (200, 204, 206)


@dataclass(frozen=True)
class Part:
    """One section of a document: facts as (label, value), then a table, then a note."""

    heading: str
    facts: Sequence[tuple[str, str]] = ()
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    note: str = ""


@dataclass(frozen=True)
class Document:
    """What is printed. `watermark` lies across every page, `foot` stands under it beside the page's number."""

    title: str
    subtitle: str
    watermark: str
    foot: str
    language: str
    parts: Sequence[Part] = field(default_factory=tuple)


@cache
def font_file() -> Path:
    """The font's file in the package that brings it; none of the package's code is run."""
    found = importlib.util.find_spec("pylopdf_fonts_zh_cn")
    if found is None or found.origin is None:
        raise FileNotFoundError("the package pylopdf-fonts-zh-cn, which holds the font, is not installed")
    return Path(found.origin).with_name("NotoSansSC-Regular.otf")


def load() -> None:
    """Bring the library in: a second's work the first time, to be done before a lock is taken."""
    importlib.import_module("fpdf")


def render(document: Document) -> bytes:
    """The document as PDF, A4."""
    from fpdf import FPDF  # a second's import, wanted by those alone who print

    class Sheet(FPDF):
        def header(self) -> None:
            _watermark(self, clean(document.watermark, known))

        def footer(self) -> None:
            self.set_y(-14)
            _style(self, 8, _GREY)
            self.cell(0, 6, clean(document.foot, known))
            self.set_y(-14)
            self.cell(0, 6, f"{self.page_no()} / {{nb}}", align="R")

    sheet = Sheet(format="A4")
    sheet.add_font(_FAMILY, "", font_file())
    known: Container[int] = sheet.fonts[_FAMILY].cmap  # type: ignore[union-attr]
    sheet.set_title(clean(document.title, known))
    sheet.set_lang("zh-CN" if document.language.startswith("zh") else document.language)
    sheet.set_margins(18, 16)
    sheet.set_auto_page_break(True, margin=20)
    sheet.add_page()
    _line(sheet, clean(document.title, known), 17, _INK)
    _line(sheet, clean(document.subtitle, known), 9, _GREY)
    for part in document.parts:
        _part(sheet, part, known)
    return bytes(sheet.output())


def clean(text: str, known: Container[int]) -> str:
    """A text without characters that steer or can't be drawn; one the font doesn't have becomes an empty square."""
    kept = []
    for char in unicodedata.normalize("NFC", text)[:_LONGEST_CELL]:
        kind = unicodedata.category(char)
        if char in "\n\t" or kind.startswith("Z"):
            kept.append(" ")
        elif not kind.startswith(("C", "M")) or (ord(char) in known and kind.startswith("M")):
            kept.append(char if ord(char) in known else _MISSING)
    return "".join(kept)


def _style(sheet: "FPDF", size: float, colour: tuple[int, int, int]) -> None:
    sheet.set_font(_FAMILY, size=size)
    sheet.set_text_color(*colour)


def _line(sheet: "FPDF", text: str, size: float, colour: tuple[int, int, int]) -> None:
    _style(sheet, size, colour)
    sheet.multi_cell(0, size * 0.55, text, new_x="LMARGIN", new_y="NEXT")
    sheet.ln(1)


def _watermark(sheet: "FPDF", text: str) -> None:
    _style(sheet, 15, _FAINT)
    width = sheet.get_string_width(text)
    for y in (70, 150, 230):
        with sheet.rotation(28, sheet.w / 2, y):
            sheet.text(sheet.w / 2 - width / 2, y, text)
    _style(sheet, 10, _INK)
    sheet.set_y(sheet.t_margin)


def _part(sheet: "FPDF", part: Part, known: Container[int]) -> None:
    sheet.ln(4)
    _line(sheet, clean(part.heading, known), 12, _INK)
    if part.facts:
        _table(sheet, [(), *part.facts], (32, 68), known)
        sheet.ln(2)
    if part.heads:
        _table(sheet, [part.heads, *part.rows], (), known)
    if part.note:
        _line(sheet, clean(part.note, known), 9, _GREY)


def _table(sheet: "FPDF", rows: Sequence[Sequence[str]], widths: tuple[int, ...], known: Container[int]) -> None:
    """A table whose first row is its head; an empty one: it has none."""
    _style(sheet, 9, _INK)
    sheet.set_draw_color(*_RULE)
    sheet.set_line_width(0.15)
    head, *body = rows
    with sheet.table(
        borders_layout="HORIZONTAL_LINES", first_row_as_headings=False, line_height=5.4, padding=0.8,
        text_align="LEFT", col_widths=widths or None,
    ) as table:  # fmt: skip
        for cells in [head, *body] if head else body:
            row = table.row()
            for value in cells:
                row.cell(clean(str(value), known))
