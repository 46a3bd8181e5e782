"""A figure: one answer from which the page draws the chart, the table and the download.

A view makes a `Figure` from its query's result. The page shows it with `_components/figure.html`; the
same figure behind an address of its own answers as JSON, and as CSV with `?format=csv`. All words and
numbers in it are already in the reader's language. What `chart` holds for each kind is written in
`docs/frontend.md`.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse

from crm.lib.cells import neutral

Kind = Literal["pareto", "mix", "trend", "bars", "line", "table"]


@dataclass(frozen=True)
class Column:
    """One column of a figure's table; numbers stand right."""

    label: str
    numeric: bool = True


@dataclass(frozen=True)
class Figure:
    """What one figure says: its finding, its table as shown, the chart's values."""

    kind: Kind
    caption: str
    heading: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    chart: dict[str, Any] = field(default_factory=dict)
    foot: Sequence[Sequence[str]] = ()
    notes: Sequence[str] = ()
    file_name: str = "figure"
    empty: str = ""

    def as_json(self) -> dict[str, Any]:
        """The answer that `static/js/figures.js` draws from."""
        return {
            "kind": self.kind,
            "caption": self.caption,
            "heading": self.heading,
            "table": {
                "columns": [{"label": column.label, "numeric": column.numeric} for column in self.columns],
                "rows": [[str(cell) for cell in row] for row in self.rows],
                "foot": [[str(cell) for cell in row] for row in self.foot],
            },
            "chart": self.chart,
            "file": self.file_name,
            "empty": self.empty,
        }

    def as_csv(self) -> str:
        """The table as shown, with a byte-order mark so that spreadsheets read it as UTF-8."""
        return csv_text([[column.label for column in self.columns], *self.rows, *self.foot])


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV in which no cell can start a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([neutral(str(cell)) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def figure_response(request: HttpRequest, figure: Figure) -> HttpResponse:
    """A figure as JSON, or as a CSV file with `?format=csv`."""
    if request.GET.get("format") != "csv":
        return JsonResponse(figure.as_json())
    response = HttpResponse(figure.as_csv(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{figure.file_name}.csv"'
    return response
