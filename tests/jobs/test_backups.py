"""A backup can be restored, and one that can't is noticed."""

import datetime as dt
import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Customer
from jobs import backup_runs
from jobs.backups import digests, tools
from jobs.backups.errors import BackupFailed
from jobs.core import rotation
from jobs.models import Backup, Message
from jobs.runs import request
from jobs.services import backups, sweeper
from jobs.services.runs import run_now
from tests import factories
from users.models import User

REAL = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.BACKUP_ROOT = tmp_path / "backups"
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media" / "imports").mkdir(parents=True)
    (tmp_path / "media" / "imports" / "source").write_bytes(b"a,b\n1,\xe5\x8d\x8e\n")
    yield
    assert scratch_databases() == []


def scratch_databases() -> list[str]:
    with psycopg2.connect(os.environ["DATABASE_URL"]) as server, server.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'keystone_drill_%'")
        found = [name for (name,) in cursor.fetchall()]
    server.close()
    return found


@REAL
def test_a_backup_is_restored_and_every_table_and_file_is_the_same(account: Customer) -> None:
    factories.order(account, "1234.56")
    taken = backups.take()
    Customer.objects.update(name="changed after the backup")
    row = backups.check()
    assert (row.pk, row.is_good, row.fault) == (taken.pk, True, "")
    assert (row.files, row.rows > 10) == (1, True)
    manifest = json.loads((backups.root() / row.name / "manifest.json").read_text())
    assert manifest["tables"]["public.accounts_customer"][0] == "1"
    assert set(connection.introspection.table_names()) == {name.partition(".")[2] for name in manifest["tables"]}


@REAL
def test_nobody_else_on_the_machine_reads_a_backup_or_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    run = tools.subprocess.run

    def watch(command: Any, **options: Any) -> Any:
        seen.append([str(word) for word in command])
        return run(command, **options)

    monkeypatch.setattr(tools.subprocess, "run", watch)
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "hunter2")
    row = backups.take()
    folder = backups.root() / row.name
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(backups.root().stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert "hunter2" not in str(seen) + (folder / "manifest.json").read_text()
    assert tools.environment("x")["PGPASSWORD"] == "hunter2"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(1, 40):
        content[len(content) * place // 40] ^= 0xFF
    path.write_bytes(content)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


@REAL
@pytest.mark.parametrize("name", ["database.dump", "files.tar"])
@pytest.mark.parametrize("damage", [flip, cut, os.remove])
def test_a_damaged_file_is_noticed(name: str, damage: Any, account: Customer) -> None:
    row = backups.take()
    damage(backups.root() / row.name / name)
    row = backups.check()
    assert row.is_good is False
    assert row.fault
    assert backups.latest_good() is None


@REAL
@pytest.mark.parametrize("damage", [flip, cut])
def test_damage_is_noticed_by_restoring_even_if_the_checksum_agrees(damage: Any, account: Customer) -> None:
    for _ in range(50):
        factories.customer(note="x" * 500)
    folder = backups.root() / backups.take().name
    damage(folder / "database.dump")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"]["database.dump"] = digests.file_digest(folder / "database.dump")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert backups.check().is_good is False


@REAL
def test_one_value_that_came_back_different_is_noticed(account: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    restore = backups._restore

    def restore_badly(dump: Path, scratch: str) -> None:
        restore(dump, scratch)
        other = backups._connect(scratch)
        with other, other.cursor() as cursor:
            cursor.execute("UPDATE accounts_customer SET note = note || ' '")
        other.close()

    monkeypatch.setattr(backups, "_restore", restore_badly)
    backups.take()
    row = backups.check()
    assert (row.is_good, "accounts_customer" in row.fault) == (False, True)


@REAL
def test_a_dump_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "folder", lambda: Path(sys.executable).parent)
    with pytest.raises((BackupFailed, OSError)):
        backups.take()
    assert list(backups.root().iterdir()) == []
    assert not Backup.objects.exists()


@REAL
def test_the_commands_take_and_check(account: Customer, capsys: pytest.CaptureFixture[str], admin_user: User) -> None:
    with pytest.raises(CommandError, match="no backup"):
        call_command("restore_check")
    call_command("backup")
    call_command("restore_check")
    assert "are the same" in capsys.readouterr().out
    flip(backups.root() / Backup.objects.get().name / "database.dump")
    with pytest.raises(CommandError, match="damaged"):
        call_command("restore_check")
    assert Message.objects.get(recipient=admin_user).template == "backup.failed"


@REAL
def test_the_scheduled_run_takes_and_restores(account: Customer) -> None:
    done = run_now(request(backup_runs.BACKUP))
    assert done.state == "done", done.error
    assert backups.latest_good() is not None


# ── Rotation, warning, page ─────────────────────────────────────────────────


def test_the_newest_seven_and_one_of_each_of_eight_weeks_are_kept() -> None:
    last = dt.datetime(2026, 11, 22, 0, 30, tzinfo=dt.UTC)  # a Sunday
    daily = [last - dt.timedelta(days=n) for n in range(120)]
    kept = rotation.kept(daily)
    assert {last - dt.timedelta(days=n) for n in range(7)} <= kept
    assert {last - dt.timedelta(weeks=n) for n in range(8)} <= kept
    assert len(kept) == 14


@pytest.mark.django_db
def test_old_backups_are_removed_but_never_the_last_good_one() -> None:
    for n in range(100):
        name = f"keystone-{n}"
        (backups.root() / name).mkdir()
        Backup.objects.create(
            name=name,
            taken_at=timezone.now() - dt.timedelta(days=n),
            is_good=n == 80 or None,
            drilled_at=timezone.now() - dt.timedelta(days=80) if n == 80 else None,
        )
    backups.rotate()
    left = {path.name for path in backups.root().iterdir()}
    assert len(left) <= 16
    assert {"keystone-0", "keystone-6", "keystone-80"} <= left
    assert set(Backup.objects.filter(removed_at=None).values_list("name", flat=True)) == left


@pytest.mark.django_db
def test_administrators_are_told_once_a_day_while_the_last_good_one_is_too_old(
    admin_user: User, client: Client
) -> None:
    client.force_login(admin_user)
    now = timezone.now()
    row = Backup.objects.create(name="a", taken_at=now, is_good=True, drilled_at=now - dt.timedelta(days=7))
    sweeper.sweep()
    assert not Message.objects.exists()
    assert "no backup was restored well" not in client.get(reverse("jobs:backup_list")).content.decode()
    Backup.objects.filter(pk=row.pk).update(drilled_at=now - dt.timedelta(days=9))
    sweeper.sweep()
    sweeper.sweep()
    assert Message.objects.get(recipient=admin_user).template == "backup.stale"
    assert "no backup was restored well" in client.get(reverse("jobs:backup_list")).content.decode()
