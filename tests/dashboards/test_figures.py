"""The dashboard's figures in words, from cubes and curves given by hand."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from dashboards import facts, figures
from segmentation.models import TierRun
from segmentation.queries.boards import Cell, Mix, Moves, Shape

JUNE, MARCH = dt.date(2026, 6, 30), dt.date(2026, 3, 31)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def mix(a: int, b: int, c: int, *, on: dt.date = JUNE, idle: int = 0, **fields: Any) -> Mix:
    """Customers by tier; an A brings 80, a B 15, a C 5 (CNY)."""
    cells = {"A": Cell(a, a * 8_000), "B": Cell(b, b * 1_500), "C": Cell(c, c * 500)}
    scheme = {"dependence_warning": "0.20", "window_months": 12}
    run = TierRun(as_of=on, run_id=7, scheme_version=3, scheme=scheme, **fields)
    return Mix(run, cells, {"no_sales": Cell(idle, 0)} if idle else {})


def shape(customers: int = 40, first: int = 8, **figures: Any) -> Shape:
    found = {
        "customers": customers,
        "needed": [["0.50", 2], ["0.80", first], ["0.95", 20]],
        "gini": {"value": 0.7, "reason": None},
        "gini_small_sample": {"value": 0.75, "reason": None},
        "ratios": [[1, {"value": 0.19}], [5, {"value": 0.4}], [10, {"value": 0.6}]],
        "largest_share": {"value": 0.19},
    }
    return Shape([[0.0, 0.0], [0.2, 0.8], [1.0, 1.0]], found | figures)


def moves(**counts: int) -> Moves:
    """`AB=3`: three went from A to B; `_A` came new, `A_` was lost."""
    cells = {tuple(pair.replace("_", " ")): Cell(n, n * 100) for pair, n in counts.items()}
    return Moves(TierRun(as_of=JUNE), 3, {(b.strip(), a.strip()): cell for (b, a), cell in cells.items()})


def test_the_curve_says_how_few_bring_eighty_percent() -> None:
    figure = figures.pareto(shape(), mix(8, 12, 20), previous=None, months=12)
    assert figure.heading == "8 customers (20.0%) bring 80% of sales, the other 32 bring 20%"
    assert figure.caption == "Pareto curve · last 12 months"
    assert figure.rows == [
        ["A", "8", "20.0%", "0.6", "69.6%"],
        ["B", "12", "30.0%", "0.2", "19.6%"],
        ["C", "20", "50.0%", "0.1", "10.9%"],
    ]
    assert list(figure.foot[0]) == ["Together", "40", "100.0%", "0.9", "100.0%"]
    assert [(mark["x"], mark["y"], mark["tier"]) for mark in figure.chart["marks"]] == [(20, 80, "a"), (50, 95, "b")]
    assert figure.chart["marks"][0]["label"] == ["20.0% of customers bring 80%", "8 customers"]
    assert figure.chart["points"] == [[0, 0], [20, 80], [100, 100]]
    assert figure.chart["previous"] == []
    assert figure.notes == []


def test_the_notes_of_the_curve_say_what_is_left_out() -> None:
    figure = figures.pareto(shape(), mix(1, 1, 1, idle=1_234, excluded_orders=2), previous=shape(), months=12)
    assert figure.notes == [
        "1,234 customers with no or negative sales are outside the curve",
        "Dashed: a year before",
        "2 orders lack an exchange rate and are left out",
    ]
    assert figure.chart["previous"] == figure.chart["points"]


def test_a_curve_of_nobody_has_no_finding() -> None:
    empty = shape(0, needed=[["0.80", None]])
    figure = figures.pareto(empty, mix(0, 0, 0), previous=None, months=12)
    assert figure.heading == "Pareto curve"
    assert figure.rows[0] == ["A", "0", "–", "0.0", "–"]
    assert figure.chart["marks"] == []


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (mix(12, 10, 18), "A grew by 2 customers (25.0% → 30.0% of all)"),
        (mix(5, 15, 20), "A shrank by 5 customers (25.0% → 12.5% of all)"),
        (mix(10, 5, 5), "A has as many customers as before (25.0% → 50.0% of all)"),
        (mix(0, 0, 0), "Customers by tier"),
    ],
)
def test_the_mix_says_how_the_best_tier_grew(now: Mix, said: str) -> None:
    assert figures.mix_by_month([mix(10, 10, 20, on=MARCH), now]).heading == said


def test_the_mix_of_one_month_end_compares_nothing() -> None:
    assert figures.mix_by_month([mix(10, 10, 20)]).heading == "Customers by tier"


def test_the_bars_of_the_mix_say_how_much_each_tier_gained() -> None:
    figure = figures.mix_by_month([mix(10, 1_000, 20, on=MARCH), mix(12, 1_001, 15)], owner_id=9)
    a, b, c = figure.chart["series"]
    assert (a["values"], a["end"]) == ([10, 12], ["A 12", "+2"])
    assert b["end"] == ["B 1,001", "+1"]
    assert c["end"] == ["C 15", "−5"]
    assert a["links"][0].endswith("?on=2026-03-31&grade=A&owner=9")
    assert figure.rows[1] == ["Jun 2026", "12", "1,001", "15", "1,028"]


def test_the_matrix_counts_rows_columns_and_what_stayed() -> None:
    found = figures.migration(moves(AA=16, AB=3, AC=1, BA=4, BB=22, BC=4, CB=5, CC=45, _C=7, A_=2))
    assert found["heading"] == "9 moved up, 8 down; 2 lost"
    assert found["caption"] == "Tier migration · 31 Mar 2026 → 30 Jun 2026"
    assert [row["total"] for row in found["rows"]] == [22, 30, 50, 7]
    assert found["foot"]["totals"] == [20, 30, 57, 2]
    assert found["stay"] == pytest.approx(0.83)
    assert found["long_run"] == "If moves go on like these: 20% A, 30% B, 50% C in the long run"
    assert found["table"][0] == ["was A", "16", "3", "1", "2"]
    assert found["table"][3] == ["new", "0", "0", "7", ""]
    cells = [cell["move"] if cell else None for row in found["rows"] for cell in row["cells"]]
    assert cells == [
        "st", "dn1", "dn2", "dn2",
        "up1", "st", "dn1", "dn2",
        "up2", "up1", "st", "dn1",
        "st", "st", "st", None,
    ]  # fmt: skip
    assert found["rows"][0]["cells"][1]["share"] == pytest.approx(3 / 22)
    assert found["rows"][3]["cells"][2]["share"] is None, "the new come from nowhere"


def test_shares_of_fewer_than_five_are_not_printed() -> None:
    found = figures.migration(moves(AA=3, AB=1, BB=5))
    assert [row["cells"][0]["share"] for row in found["rows"][:2]] == [None, 0]
    assert found["long_run"] == ""
    assert found["heading"] == "0 moved up, 1 down"


def test_a_matrix_of_nobody_has_no_share_that_stayed() -> None:
    assert figures.migration(moves(_A=1))["stay"] is None


def said(now: Mix, found: Shape | None, **more: Any) -> dict[str, Any]:
    return facts.tier_facts(now, **({"shape": found, "previous": None, "prior": None, "largest": None} | more))


def test_the_facts_say_the_figures_and_those_of_a_year_before() -> None:
    before = shape(20, gini={"value": 0.61, "reason": None}, gini_small_sample={"value": 0.64, "reason": None})
    words = said(mix(8, 12, 20, idle=3), shape(), previous=before, prior=mix(8, 12, 8))
    assert words["idle"] == "3 more without sales"
    assert words["gini"] == "0.700"
    assert words["gini_then"] == "a year before 0.640", "corrected below thirty customers"
    assert words["needed"] == "8 customers; a year before 40.0%"
    assert (words["ten"], words["five"]) == ("60.0%", "the five largest 40.0%")
    assert (words["largest"], words["largest_judged"], words["largest_url"]) == ("19.0%", "", "")
    assert words["largest_customer"] == "– · warned above 20%"
    assert "▲ 7.0%" in words["growth"]
    assert words["run"] == "Run 7 · scheme version 3"


def test_thirty_customers_are_enough_for_the_plain_coefficient() -> None:
    assert said(mix(1, 1, 1), shape(30))["gini"] == "0.700"
    assert said(mix(1, 1, 1), shape(29))["gini"] == "0.750"


def test_dependence_on_the_largest_is_bad_above_the_schemes_limit() -> None:
    assert said(mix(1, 1, 1), shape(largest_share={"value": 0.2001}))["largest_judged"] == "bad"
    assert said(mix(1, 1, 1), shape(largest_share={"value": 0.20}))["largest_judged"] == ""


def test_figures_that_cannot_be_computed_say_so() -> None:
    none = {"value": None, "reason": "one_customer"}
    words = said(mix(1, 0, 0), shape(1, gini_small_sample=none, largest_share=none, ratios=[]))
    assert (words["gini"], words["largest"], words["ten"]) == ("not computable",) * 3
    assert (words["idle"], words["growth"], words["gini_then"]) == ("", "", "")


def test_numbers_of_now_lead_to_customers_with_sales() -> None:
    assert figures.selling_url() == "/customers/?segmentation.sales.min=0.01&sort=-segmentation.sales"
    assert "segmentation.tier=B" in figures.selling_url(grade="B", owner_id=4)
    assert figures.selling_url(grade="B", owner_id=4).endswith("&owner=4")
    assert figures.pending_url() == "/tiers/pending/"
