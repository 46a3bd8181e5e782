"""Settings with which runs would stand still are refused at start."""

from collections.abc import Callable
from typing import Any

import pytest

from jobs import checks


def ids(found: list[Any]) -> list[str]:
    return [message.id for message in found]


def test_the_settings_as_they_are_pass() -> None:
    assert checks.check_lease() == checks.check_sweep() == checks.check_night() == []


@pytest.mark.parametrize("seconds", [0, 3, 46, 3_600])
def test_a_lease_too_short_or_too_long_is_refused(seconds: int, settings: Any) -> None:
    settings.RUN_LEASE_SECONDS = seconds
    assert ids(checks.check_lease()) == ["jobs.E001"]


@pytest.mark.parametrize("schedule", [{}, {"sweep": {"task": "jobs.sweep", "schedule": 600.0}}])
def test_a_beat_that_does_not_sweep_is_refused(schedule: dict[str, Any], settings: Any) -> None:
    settings.CELERY_BEAT_SCHEDULE = schedule
    assert ids(checks.check_sweep()) == ["jobs.E002"]


def test_a_step_of_the_night_that_is_no_kind_of_run_is_refused(night: Callable[..., None]) -> None:
    night("no.such", 100)
    assert ids(checks.check_night()) == ["jobs.E003"]
