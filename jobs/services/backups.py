"""Taking a backup, restoring it for trial, and noticing when that was too long ago."""

import contextlib
import datetime as dt
import json
import os
import secrets
import shutil
import tarfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.urls import reverse
from django.utils import timezone

from jobs.backups import digests, tools
from jobs.backups.errors import BackupFailed
from jobs.core import rotation
from jobs.models import Backup, Message
from jobs.services import messages
from jobs.services.relay import administrators

FORMAT = 1
DUMP, FILES, MANIFEST = "database.dump", "files.tar", "manifest.json"
PREFIX = "keystone-"
STALE_AFTER = dt.timedelta(days=8)
TEMPLATE_FAILED, TEMPLATE_STALE = "backup.failed", "backup.stale"


def root() -> Path:
    """The folder of all backups, closed to others."""
    folder = Path(settings.BACKUP_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


# ── Taking ──────────────────────────────────────────────────────────────────


def take() -> Backup:
    """Copy database and files into a new folder, remove old ones by the rotation, and note it.

    The folder gets its name when it is complete. Raises BackupFailed; what was there before stays.
    """
    taken_at = timezone.now()
    name = f"{PREFIX}{taken_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    partial = root() / f".{name}.{os.getpid()}"
    partial.mkdir(mode=0o700)
    try:
        manifest = _copy(partial, taken_at)
        partial.rename(root() / name)
    except OSError as error:
        raise BackupFailed(f"{type(error).__name__}: {error.strerror}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    size = sum(path.stat().st_size for path in (root() / name).iterdir())
    rows = sum(int(count) for count, _ in manifest["tables"].values())
    row = Backup.objects.create(name=name, taken_at=taken_at, size=size, rows=rows, files=manifest["files"]["count"])
    rotate()
    return row


def _copy(folder: Path, taken_at: dt.datetime) -> dict[str, Any]:
    """Write dump, files and manifest. Dump and hashes are of one snapshot, whatever is written meanwhile."""
    dump, files = folder / DUMP, folder / FILES
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={dump}"]
        tools.run("pg_dump", arguments, database=connection.settings_dict["NAME"])
        content = _content(cursor)
    _archive(files)
    manifest = {
        "format": FORMAT,
        "taken_at": taken_at.isoformat(),
        "server": tools.server_version(),
        "migrations": _migrations(),
        **content,
        "files": asdict(digests.archived(files)),
        "sha256": {path.name: digests.file_digest(path) for path in (dump, files)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1))
    for path in folder.iterdir():
        path.chmod(0o600)
    _flush(folder)
    return manifest


def _archive(target: Path) -> None:
    """All files that people brought, as they lie."""
    media = Path(settings.MEDIA_ROOT)
    number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        for path in sorted(media.rglob("*")) if media.exists() else []:
            with contextlib.suppress(FileNotFoundError):  # removed while we copied
                archive.add(path, arcname=str(path.relative_to(media)), recursive=False)


def _flush(folder: Path) -> None:
    """On the disk before anything older is removed."""
    for path in [*folder.iterdir(), folder]:
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _migrations() -> dict[str, str]:
    rows = MigrationRecorder.Migration.objects.order_by("id").values_list("app", "name")
    return dict(rows)


def rotate() -> list[str]:
    """Remove backups that the rotation doesn't keep; the last one that was restored well stays. Returns their names."""
    rows = list(Backup.objects.filter(removed_at=None))
    keep = rotation.kept(row.taken_at for row in rows)
    good = latest_good()
    removed = [row for row in rows if row.taken_at not in keep and row != good]
    for row in removed:
        shutil.rmtree(root() / row.name, ignore_errors=True)
    Backup.objects.filter(pk__in=[row.pk for row in removed]).update(removed_at=timezone.now())
    return [row.name for row in removed]


# ── Restoring for trial ─────────────────────────────────────────────────────


def check(*, name: str = "") -> Backup:
    """Restore a backup, the latest unless named, into a scratch database, compare, drop it, and note the outcome.

    Raises
    ------
    BackupFailed
        If there is no such backup. One that doesn't restore is returned with its fault.
    """
    rows = Backup.objects.filter(removed_at=None)
    row = (rows.filter(name=name) if name else rows).order_by("-taken_at").first()
    if row is None:
        raise BackupFailed(f"There is no backup {name}." if name else "There is no backup yet.")
    try:
        _drill(root() / row.name)
        row.is_good, row.fault = True, ""
    except (BackupFailed, psycopg2.Error, OSError, ValueError, KeyError, tarfile.TarError) as error:
        row.is_good, row.fault = False, str(error)[:2_000] or type(error).__name__
    row.drilled_at = timezone.now()
    row.save(update_fields=["is_good", "fault", "drilled_at"])
    return row


def _drill(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    for name, digest in manifest["sha256"].items():
        if digests.file_digest(folder / name) != digest:
            raise BackupFailed(f"{name} is damaged: it isn't the file that was written.")
    if asdict(digests.archived(folder / FILES)) != manifest["files"]:
        raise BackupFailed(f"{FILES} doesn't hold the files that were copied.")
    scratch = f"keystone_drill_{secrets.token_hex(6)}"
    _maintain(f'CREATE DATABASE "{scratch}" TEMPLATE template0')
    try:
        _restore(folder / DUMP, scratch)
        _compare(manifest, scratch)
    finally:
        _maintain(f'DROP DATABASE IF EXISTS "{scratch}" WITH (FORCE)')


def _restore(dump: Path, scratch: str) -> None:
    tools.run("pg_restore", ["--no-owner", "--no-privileges", f"--dbname={scratch}", str(dump)], database=scratch)


def _compare(manifest: dict[str, Any], scratch: str) -> None:
    other = _connect(scratch)
    try:
        with other, other.cursor() as cursor:
            found = _content(cursor)
    finally:
        other.close()
    if found["schema"] != manifest["schema"]:
        raise BackupFailed("Columns, indexes or constraints came back different.")
    wanted, had = manifest["tables"], found["tables"]
    differing = sorted(name for name in wanted.keys() | had.keys() if wanted.get(name) != had.get(name))
    if differing:
        raise BackupFailed(f"These tables came back different: {', '.join(differing[:10])}.")
    if found["sequences"] != manifest["sequences"]:
        raise BackupFailed("The sequences came back different.")


def _content(cursor: Any) -> dict[str, Any]:
    """What a database holds; call it inside a transaction."""
    return {
        "schema": digests.schema(cursor),
        "tables": digests.tables(cursor),
        "sequences": digests.sequences(cursor),
    }


def _maintain(statement: str) -> None:
    server = _connect("postgres")
    try:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(statement)
    finally:
        server.close()


def _connect(database: str) -> Any:
    names = ("host", "port", "user", "password", "sslmode")
    given = {name: value for name, value in connection.get_connection_params().items() if name in names and value}
    return psycopg2.connect(**given, dbname=database)


# ── Watching ────────────────────────────────────────────────────────────────


def latest_good() -> Backup | None:
    """The backup that was restored well last."""
    return Backup.objects.filter(is_good=True).order_by("-drilled_at").first()


def is_stale() -> bool:
    """Whether no backup was restored well for too long; a new installation has as long to make its first."""
    good = latest_good()
    since = good.drilled_at if good else MigrationRecorder.Migration.objects.aggregate(at=Min("applied"))["at"]
    return since is None or timezone.now() - since > STALE_AFTER


def warn_if_stale() -> None:
    """Tell the administrators once a day while no backup was restored well for too long."""
    occasion = f"{TEMPLATE_STALE}:{timezone.localdate()}"
    if is_stale() and not Message.objects.filter(occasion=occasion).exists():
        _tell(TEMPLATE_STALE, occasion)


def warn_of(row: Backup) -> None:
    """Tell the administrators that a backup could not be restored."""
    _tell(TEMPLATE_FAILED, f"{TEMPLATE_FAILED}:{row.name}")


def _tell(template: str, occasion: str) -> None:
    for administrator in administrators():
        messages.tell(
            recipient=administrator, template=template, values={}, occasion=occasion, url=reverse("jobs:backup_list")
        )
