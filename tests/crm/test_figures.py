"""A figure answers as JSON and as CSV, and no cell of it can start a formula."""

import csv
import io
import json

import pytest
from django.test import RequestFactory

from crm.lib.cells import neutral
from crm.lib.figures import Column, Figure, csv_text, figure_response

FIGURE = Figure(
    "mix", "Tier mix", "12 more A customers",
    columns=[Column("Month", numeric=False), Column("A")],
    rows=[["Oct", "196"], ["=HYPERLINK(1)", "1,248"]],
    foot=[["All", "1,444"]],
    chart={"labels": ["Oct", "Nov"]},
    file_name="mix",
)  # fmt: skip


def test_the_answer_holds_chart_and_table(rf: RequestFactory) -> None:
    answer = json.loads(figure_response(rf.get("/"), FIGURE).content)
    assert answer["chart"] == {"labels": ["Oct", "Nov"]}
    assert answer["table"]["columns"][0] == {"label": "Month", "numeric": False}
    assert answer["table"]["rows"][0] == ["Oct", "196"]


def test_the_csv_is_the_table_shown_with_its_foot(rf: RequestFactory) -> None:
    response = figure_response(rf.get("/?format=csv"), FIGURE)
    assert response["Content-Disposition"] == 'attachment; filename="mix.csv"'
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows == [["Month", "A"], ["Oct", "196"], ["'=HYPERLINK(1)", "1,248"], ["All", "1,444"]]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "\rx", "-"])
def test_a_cell_that_starts_a_formula_is_made_text(cell: str) -> None:
    assert neutral(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-5", "+1,248.50", "−5", "岚屿重工", "", "12%"])
def test_numbers_and_words_stay_as_they_are(cell: str) -> None:
    assert neutral(cell) == cell


def test_a_csv_begins_with_a_byte_order_mark() -> None:
    assert csv_text([["a"]]).startswith("\ufeff")
