"""When a start fills the database, and the one case in which it empties one first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from supervisor import programs
from supervisor.base import Base


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Base]:
    with open(tmp_path / "lock", "w", encoding="utf-8") as lock:
        yield Base(tmp_path, tmp_path, lock)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The management commands that a start runs; none is run here."""
    ran: list[str] = []
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("SEED", raising=False)
    monkeypatch.setattr(programs, "once", lambda name, *rest: ran.append(name))
    monkeypatch.setattr(programs, "logins", lambda environment: "the logins")
    monkeypatch.setattr(programs, "has_users", lambda environment: False)
    return ran


def test_empty_database_is_filled_once(base: Base, commands: list[str]) -> None:
    programs.seed(base, {})
    programs.seed(base, {})

    assert commands == ["seed"]
    assert programs.logins_file(base).read_text() == "the logins"


def test_filling_that_was_interrupted_begins_anew(
    base: Base, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(name: str, *rest: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(programs, "once", interrupt)
        with pytest.raises(KeyboardInterrupt):
            programs.seed(base, {})
    monkeypatch.setattr(programs, "has_users", lambda environment: True)

    programs.seed(base, {})

    assert commands == ["flush", "seed"]


def test_what_people_entered_before_the_first_start_is_kept(
    base: Base, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "has_users", lambda environment: True)

    programs.seed(base, {})

    assert commands == []


def test_company_without_demo_is_neither_filled_nor_emptied_later(
    base: Base, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("SEED", "no")
        programs.seed(base, {})

    programs.seed(base, {})

    assert commands == []


def test_database_that_was_given_is_never_emptied(
    base: Base, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@elsewhere/else")
    monkeypatch.setattr(programs, "has_users", lambda environment: True)
    (base.path / "seeding").touch()

    programs.seed(base, {})

    assert commands == []
