"""The folder that one stack lives in: who owns it, where it lies, and the lock that guards it."""

import fcntl
import hashlib
import os
import pwd
import re
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT_HASH = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:10]
IS_ROOT = os.geteuid() == 0
LONGEST_SOCKET = 107  # bytes of sun_path without its end
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")


@dataclass(frozen=True)
class Base:
    """One stack's folder, locked for as long as the process lives (`lock` keeps the file open)."""

    path: Path
    sockets: Path
    lock: TextIO

    @property
    def cluster_name(self) -> str:
        return "keystone-" + hashlib.sha256(os.fsencode(self.path)).hexdigest()[:10]


def server_user() -> pwd.struct_passwd | None:
    """Name whom PostgreSQL runs as when we are root, which it refuses; None: as ourselves."""
    if not IS_ROOT:
        return None
    for name in (os.environ.get("CRM_RUN_AS"), "postgres", "nobody"):
        try:
            if name and (user := pwd.getpwnam(name)).pw_uid != 0:
                return user
        except KeyError:
            continue
    sys.exit("PostgreSQL does not run as root: set CRM_RUN_AS to a user that exists, or DATABASE_URL.")


def say(text: str) -> None:
    """Print to a terminal that may be gone."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - replaces standard output


def is_running(name: str) -> bool:
    """Tell whether another process holds the named folder's lock."""
    path = state_folder() / name / "lock"
    if not path.exists():
        return False
    lock = take_lock(path, write=False)
    if lock:
        lock.close()
    return lock is None


def take_base(names: list[str]) -> Base:
    """Lock and return the first free of the named folders.

    Root's folders lie outside the project, which may be under a home that the server user can't enter.
    """
    parent = state_folder()
    for name in names:
        path = own_folder(parent / name, 0o755 if IS_ROOT else 0o700)
        if lock := take_lock(path / "lock"):
            sockets = own_folder(socket_folder(path), 0o755 if IS_ROOT else 0o700)
            return Base(path, sockets, lock)
    holder = (parent / names[0] / "lock").read_text().strip()
    sys.exit(f"Already running as process {holder}." if holder else "Another start is under way.")


def state_folder() -> Path:
    if override := os.environ.get("CRM_STATE_DIR"):
        return own_folder(Path(override).resolve(), 0o755 if IS_ROOT else 0o700)
    if not IS_ROOT:
        return own_folder(ROOT / "var", 0o755)
    above = Path("/var/lib") if os.access("/var/lib", os.W_OK) else Path("/var/tmp")  # noqa: S108 - ours or refused
    folder = own_folder(own_folder(above / "keystone", 0o755) / PROJECT_HASH, 0o755)
    (folder / "ORIGIN").write_text(f"{ROOT}\n")
    return folder


def own_folder(path: Path, mode: int) -> Path:
    """Make a folder, or accept one that is ours; never change the mode of one that was there."""
    try:
        path.mkdir(parents=True)
        path.chmod(mode)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            sys.exit(f"{path} exists and is not a folder of ours.")
    return path


def socket_folder(path: Path) -> Path:
    """Return where sockets lie: in the base, or in a short folder when that path won't do."""
    longest = path / "postgres" / ".s.PGSQL.5432.lock"
    if len(os.fsencode(longest)) <= LONGEST_SOCKET and PLAIN_PATH.fullmatch(str(longest)):
        return path
    short = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
    return Path(short) / f"keystone-{os.geteuid()}-{digest}"


def take_lock(path: Path, *, write: bool = True) -> TextIO | None:
    """Lock the file and write our number into it; None when another process holds it."""
    lock = open(path, "a+", encoding="utf-8")  # noqa: SIM115 - stays open for the life of the process
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    if write:
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
    return lock
