"""5C: tables, score, grade, risk class."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.core.five_c import CLASSES, WEIGHTS, C, Grade, RiskClass, Table, grade_of, score, to_next_grade
from credit.core.measured import Reason

EXAMPLE = {C.CHARACTER: 85, C.CAPACITY: 72, C.CAPITAL: 68, C.COLLATERAL: 50, C.CONDITION: 75}
QUICK_RATIO = Table((0, 0), (0.5, 30), (1.0, 80), (1.5, 100))


def without(*missing):
    return {c: value for c, value in EXAMPLE.items() if c not in missing}


def test_the_worked_example_is_an_a():
    found = score(EXAMPLE)
    assert found.total.value == pytest.approx(73.35)
    assert (found.grade, found.risk_class, found.coverage) == (Grade.A, RiskClass.MODERATE, pytest.approx(1))


def test_without_collateral_the_other_weights_share_its_place():
    found = score(without(C.COLLATERAL))
    assert found.total.value == pytest.approx(75.9444, abs=5e-5)
    assert found.coverage == pytest.approx(0.9)
    assert sum(weight for _, _, weight in found.parts) == pytest.approx(1)


@pytest.mark.parametrize(
    "known",
    [
        {},
        {C.CHARACTER: 90, C.CAPACITY: 90},
        without(C.CHARACTER),
        without(C.CAPACITY),
        without(C.CAPITAL, C.COLLATERAL, C.CONDITION),
    ],
)
def test_too_little_known_gives_no_grade(known):
    found = score(known)
    assert (found.total.reason, found.grade, found.risk_class) == (Reason.TOO_LITTLE_KNOWN, None, None)


def test_character_capacity_and_collateral_are_just_enough():
    found = score(without(C.CAPITAL, C.CONDITION))
    assert found.coverage == pytest.approx(0.65)
    assert found.grade is Grade.A


@pytest.mark.parametrize(
    ("total", "grade"),
    list(
        zip(
            (100, 90, 89.999999, 80, 70, 60, 50, 40, 30, 20, 10, 9.99, 0),
            ["AAA", "AAA", "AA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D", "D"],
            strict=True,
        )
    ),
)
def test_a_score_on_the_line_has_the_better_grade(total, grade):
    assert grade_of(total) == grade


def test_every_grade_has_its_class():
    assert "".join(f"{CLASSES[grade]} " for grade in Grade) == "I I II II III III IV IV IV IV "


def test_a_hard_event_overrides_even_where_nothing_is_known():
    assert score(EXAMPLE, hard_events=["bankruptcy"]).grade is Grade.D
    found = score({}, hard_events=["fraud"])
    assert (found.grade, found.risk_class, found.hard_events) == (Grade.D, RiskClass.REFUSE, ("fraud",))


def test_what_would_raise_it_one_grade():
    assert to_next_grade(73.35) == (Grade.AA, pytest.approx(6.65))
    assert to_next_grade(95) is None


@pytest.mark.parametrize(
    ("ratio", "expected"), [(-1, 0), (0, 0), (0.25, 15), (0.5, 30), (0.75, 55), (1.5, 100), (9, 100)]
)
def test_tables_are_linear_between_their_points_and_level_beyond(ratio, expected):
    assert QUICK_RATIO.score(ratio) == pytest.approx(expected)


def test_tables_and_weights_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="the indicator rising"):
        Table((1, 0), (1, 100))
    with pytest.raises(ValueError, match="between 0 and 100"):
        Table((0, 0), (1, 101))
    with pytest.raises(ValueError, match="together 1"):
        score(EXAMPLE, weights={**WEIGHTS, C.CAPITAL: 0.5})
    with pytest.raises(ValueError, match="known: scores"):
        score({C.CHARACTER: 101})


@given(st.dictionaries(st.sampled_from(list(C)), st.floats(0, 100)))
def test_the_total_lies_between_the_worst_and_the_best_c(known):
    found = score(known).total.value
    if found is not None:
        assert min(known.values()) - 1e-9 <= found <= max(known.values()) + 1e-9
