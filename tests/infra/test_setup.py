"""What set-up and supervisor decide before anything is started, and what the locks hold."""

import os
import re
from pathlib import Path

import polib
import pytest

import compile_messages
import install
from supervisor import base, postgres

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = sorted((ROOT / "lock").glob("*.txt"))


@pytest.mark.parametrize("path", [*LOCKS, ROOT / "package-lock.json"], ids=lambda path: path.name)
def test_locks_name_no_address_and_no_path(path: Path) -> None:
    text = re.sub(r'"url": "https://[^"]*"', "", path.read_text())

    assert not re.findall(r"https?://|file:|--find-links|--index|\"resolved\"|(?<![\w.])/(?:root|home|work|opt)/", text)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_a_hash(path: Path) -> None:
    text = path.read_text()

    pins = re.findall(r"^[\w.\[\]-]+==.*$", text, re.MULTILINE)

    assert pins
    assert all(pin.endswith("\\") for pin in pins)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_direct_requirements_are_exact(name: str) -> None:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]

    assert [line for line in lines if line and not line.startswith("-r ") and "==" not in line] == []


def test_locks_hold_every_direct_requirement() -> None:
    def pins(path: Path) -> set[str]:
        lines = re.findall(r"^[\w.\[\]-]+==[\w.]+", path.read_text(), re.MULTILINE)
        return {re.sub(r"\[.*\]", "", line) for line in lines}

    assert pins(ROOT / "requirements.txt") <= pins(ROOT / "lock" / "run.txt") <= pins(ROOT / "lock" / "dev.txt")
    assert pins(ROOT / "requirements-dev.txt") <= pins(ROOT / "lock" / "dev.txt")


def test_step_is_skipped_until_what_it_depends_on_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "ROOT", tmp_path)
    source, made, done = tmp_path / "lock", tmp_path / "made", []
    made.mkdir()

    def work() -> None:
        done.append(source.read_text())

    for content in ("one", "one", "two"):
        source.write_text(content)
        install.step("work", made, ["lock"], work)

    assert done == ["one", "two"]
    assert capsys.readouterr().out == "set-up: work\n" * 2


def test_failed_step_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "ROOT", tmp_path)
    (tmp_path / "lock").write_text("one")
    attempts = []

    def fail() -> None:
        attempts.append(1)
        raise ValueError("no network")

    for _ in range(2):
        with pytest.raises(ValueError, match="no network"):
            install.step("work", tmp_path, ["lock"], fail)

    assert len(attempts) == 2


def test_translations_are_compiled_with_context_and_plural(tmp_path: Path) -> None:
    catalogue = tmp_path / "django.po"
    catalogue.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n\n'
        'msgctxt "tier"\nmsgid "A"\nmsgstr "甲"\n\n'
        'msgid "%(n)d row"\nmsgid_plural "%(n)d rows"\nmsgstr[0] "%(n)d 行"\n',
        encoding="utf-8",
    )

    compile_messages.compile_catalogue(catalogue)

    made = {(entry.msgctxt, entry.msgid): entry for entry in polib.mofile(str(catalogue.with_suffix(".mo")))}
    assert made["tier", "A"].msgstr == "甲"
    assert made[None, "%(n)d row"].msgstr_plural == {0: "%(n)d 行"}


@pytest.mark.parametrize("odd", ["a" * 90, "with, comma", "with space", "要客"])
def test_sockets_lie_in_a_short_folder_when_the_path_will_not_do(tmp_path: Path, odd: str) -> None:
    folder = base.socket_folder(tmp_path / odd)

    longest = os.fsencode(folder / "postgres" / ".s.PGSQL.5432.lock")
    assert len(longest) <= base.LONGEST_SOCKET
    assert odd not in str(folder)


def test_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SystemExit, match="not a folder of ours"):
        base.own_folder(tmp_path / "link", 0o700)


def test_mode_of_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)

    base.own_folder(tmp_path, 0o700)

    assert tmp_path.stat().st_mode & 0o777 == 0o711


def test_lock_that_is_held_is_not_given_again(tmp_path: Path) -> None:
    held = base.take_lock(tmp_path / "lock")
    assert held is not None

    assert base.take_lock(tmp_path / "lock") is None
    held.close()
    again = base.take_lock(tmp_path / "lock")
    assert again is not None
    again.close()


def test_data_of_another_major_version_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "PG_VERSION").write_text("16\n")
    monkeypatch.setattr(postgres, "engines", lambda: [postgres.Engine(Path("/bin18"), 18)])

    with pytest.raises(SystemExit, match=r"made by PostgreSQL 16; the machine has 18 in /bin18"):
        postgres.find_engine(tmp_path)


def test_data_decide_which_of_several_engines_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = postgres.Engine(Path("/bin15"), 15), postgres.Engine(Path("/bin18"), 18)
    monkeypatch.setattr(postgres, "engines", lambda: [new, old])

    assert postgres.find_engine(tmp_path) == new
    (tmp_path / "PG_VERSION").write_text("15\n")
    assert postgres.find_engine(tmp_path) == old


def test_client_only_package_is_no_engine(tmp_path: Path) -> None:
    (tmp_path / "psql").touch()

    assert postgres.usable([tmp_path]) == []


def test_surroundings_that_change_postgres_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGPORT", "PGOPTIONS", "LC_COLLATE", "LD_PRELOAD", "TZ"):
        monkeypatch.setenv(name, "nonsense")

    assert "nonsense" not in postgres.clean_environment().values()
