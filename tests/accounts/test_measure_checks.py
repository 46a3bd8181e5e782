"""A measure that can't be resolved is reported when the system starts."""

from dataclasses import replace

import pytest

from accounts import checks
from accounts.measures import Measure, MeasureKind, measures
from users.roles import Permission

GOOD = Measure(
    "test.tier", "Tier", MeasureKind.GRADE, "segmentation.Standing", "grade", Permission.TIER_VIEW,
    reason_column="flag", grades=(("A", "A"), ("B", "B")), sortable=True,
)  # fmt: skip


def test_every_measure_of_the_catalogue_resolves() -> None:
    assert len(measures) > 0
    assert checks.measures_resolve() == []


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"model": "segmentation.Nothing"}, "E001"),
        ({"model": "nowhere"}, "E001"),
        ({"model": "accounts.Contact", "column": "name"}, "E002"),
        ({"column": "gone"}, "E003"),
        ({"reason_column": "gone"}, "E003"),
        ({"grades": (), "sortable": False}, "E004"),
        ({"column": "computed"}, "E005"),
        ({"grades": (("AAA", "AAA"), ("AA", "AA"), ("B", "B"))}, "E006"),
    ],
)
def test_a_broken_measure_is_reported(change: dict[str, object], number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(checks.problems(GOOD)) == []
    broken = replace(GOOD, **change)  # type: ignore[arg-type]
    monkeypatch.setitem(measures._entries, "test.broken", broken)
    assert [error.id for error in checks.measures_resolve()] == [f"accounts.{number}"]
