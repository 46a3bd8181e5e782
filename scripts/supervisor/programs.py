"""What runs on the servers: preparation, web, worker and beat, and the words that greet a person."""

import http.client
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import psycopg2

from supervisor import processes
from supervisor.base import ROOT, Base, say

# Read by the settings, so that manage.py works beside `run`.
PUBLISHED = Path(os.environ.get("CRM_STATE_DIR") or ROOT / "var") / "run.env"
STATIC = ROOT / "var" / "staticfiles"
STATIC_MARK = STATIC / ".made-from"
FIRST_PORT = 8000
READY_SECONDS = 60.0
MANAGE = [sys.executable, str(ROOT / "manage.py")]
EMPTY_COMPANY = (
    "  Started without the demo company. The first administrator is made by\n"
    "  .venv/bin/python manage.py create_administrator NAME"
)


def surroundings(base: Base) -> dict[str, str]:
    """Return the environment of the programs: production settings, but plain HTTP."""
    defaults = {
        "DEBUG": "false",
        "SECURE": "false",
        "COMPRESS_STATIC": "false",  # ten seconds that a browser on this machine would not notice
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: os.environ.get(name, value) for name, value in defaults.items()}
    return given | {"SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(base)}


def secret_key(base: Base) -> str:
    """Read the key made at the first start, so that sessions survive a restart."""
    path = base.path / "secret_key"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


# ── Preparation ─────────────────────────────────────────────────────────────


def prepare(base: Base, environment: dict[str, str]) -> tuple[str, int]:
    """Bring database and static files up to date; return the free address to serve at."""
    address = free_address()
    debug = environment["DEBUG"].lower() in {"true", "1", "yes", "on"}
    static = None if debug else begin_static(base, environment)
    migrate(base, environment)
    if static:
        finish(static)
        STATIC_MARK.write_text(static_digest())
    return address


def free_address() -> tuple[str, int]:
    """Take PORT as it is; else the first free port from 8000 on."""
    host, given = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT")
    for port in [int(given)] if given else range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return host, port
    sys.exit(f"Port {given} is taken." if given else "No port from 8000 to 8099 is free; set PORT.")


def migrate(base: Base, environment: dict[str, str]) -> None:
    once("migrate", ["migrate", "--no-input", "--verbosity", "1"], base, environment)


def seed(base: Base, environment: dict[str, str]) -> None:
    """Fill an empty database. Only a private one whose filling began and did not end is ever emptied.

    SEED=no leaves it empty; a private one stays so on later starts.
    """
    ours = "DATABASE_URL" not in os.environ
    begun = base.path / "seeding"
    if ours and begun.exists():
        once("flush", ["flush", "--no-input"], base, environment)
    elif (ours and logins_file(base).exists()) or has_users(environment):
        return
    if os.environ.get("SEED", "").lower() in {"no", "false", "0"}:
        if ours:
            logins_file(base).write_text(EMPTY_COMPANY)
            begun.unlink(missing_ok=True)
        return
    say("demo company: two years of a trading company, made once; its logins follow in half a minute")
    if ours:
        begun.touch()
    once("seed", ["seed", "--force-demo"], base, environment)
    if ours:
        logins_file(base).write_text(logins(environment))
        begun.unlink()


def logins_file(base: Base) -> Path:
    """Return where the logins are kept once the database was filled to the end."""
    return base.path / "logins"


def logins(environment: dict[str, str]) -> str:
    """Ask for one login per role."""
    result = subprocess.run([*MANAGE, "show_logins"], cwd=ROOT, env=environment, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"show_logins failed:\n{result.stderr}")
    return result.stdout.strip("\n")


def has_users(environment: dict[str, str]) -> bool:
    url = environment["DATABASE_URL"].replace("postgres://crm@/crm?", "postgresql://crm@/crm?", 1)
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM users_user)")
        row = cursor.fetchone()
    connection.close()
    return bool(row and row[0])


def begin_static(base: Base, environment: dict[str, str]) -> processes.Child | None:
    """Begin to gather and hash static files if any has changed. Icons are inlined, not served."""
    if STATIC_MARK.exists() and STATIC_MARK.read_text() == static_digest():
        return None
    shutil.rmtree(STATIC, ignore_errors=True)
    return launch("collectstatic", ["collectstatic", "--no-input", "--ignore", "outline"], base, environment)


def static_digest() -> str:
    digest = sha256()
    sources = sorted(path for path in (ROOT / "static").rglob("*") if path.is_file())
    sources += [ROOT / name for name in ("var/vendor/.made-from", "lock/run.txt", "crm/settings.py")]
    for path in sources:
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def once(name: str, arguments: list[str], base: Base, environment: dict[str, str]) -> None:
    """Run a management command to its end."""
    started = time.monotonic()
    finish(launch(name, arguments, base, environment))
    say(f"{name}: {time.monotonic() - started:.1f} s")


def launch(name: str, arguments: list[str], base: Base, environment: dict[str, str]) -> processes.Child:
    log = base.path / "log" / f"{name}.log"
    return processes.start(name, [*MANAGE, *arguments], log=log, environment=environment, folder=ROOT)


def finish(child: processes.Child) -> None:
    """Wait for a command; stop everything if it failed."""
    code = child.process.wait()
    processes.CHILDREN.remove(child)
    if code:
        sys.exit(f"{child.name} failed:\n{child.tail()}")


# ── Running ─────────────────────────────────────────────────────────────────


def start_web(base: Base, environment: dict[str, str], address: tuple[str, int]) -> None:
    """Start web and wait for its first page."""
    host, port = address
    gunicorn = f"gunicorn crm.wsgi --bind {host}:{port} --preload --workers 2 --threads 4 --graceful-timeout 5"
    figures = base.path / "metrics"  # of requests, which the web processes add up
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir(mode=0o700)
    begin("web", [*gunicorn.split(), "--no-control-socket", "--access-logfile", "-"], base,
          environment | {"PROMETHEUS_MULTIPROC_DIR": str(figures)})  # fmt: skip
    wait_for_page(address)


def start_workers(base: Base, environment: dict[str, str]) -> None:
    """Start worker and beat."""
    worker = "celery -A crm worker -c 2 --loglevel INFO --without-gossip --without-mingle --without-heartbeat"
    begin("worker", worker.split(), base, environment)
    schedule = str(base.path / "beat")
    begin("beat", ["celery", "-A", "crm", "beat", "-s", schedule, "--pidfile", ""], base, environment)


def begin(name: str, module: list[str], base: Base, environment: dict[str, str]) -> None:
    log = base.path / "log" / f"{name}.log"
    processes.start(name, [sys.executable, "-m", *module], log=log, environment=environment, folder=ROOT)


def wait_for_page(address: tuple[str, int]) -> None:
    web = next(child for child in processes.CHILDREN if child.name == "web")
    deadline = time.monotonic() + READY_SECONDS
    while web.process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(reachable(address[0]), address[1], timeout=30)
        try:
            connection.request("GET", "/")
            status = connection.getresponse().status
            if status < http.client.INTERNAL_SERVER_ERROR:
                return
            sys.exit(f"The first page answers {status}:\n{web.tail()}")
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    sys.exit(f"web did not start:\n{web.tail()}")


def reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def announce_page(address: tuple[str, int]) -> None:
    """Say where the first page is; a company that isn't filled yet fills meanwhile."""
    shown = "localhost" if address[0] == "127.0.0.1" else address[0]
    say(f"\n  Keystone: http://{shown}:{address[1]}/\n")


def announce_logins(base: Base, environment: dict[str, str]) -> None:
    """Say with which names to sign in, and what else a person at this terminal needs."""
    kept = logins_file(base)
    say((kept.read_text() if kept.exists() else logins(environment)) + "\n")
    say(f"  Logs: {base.path / 'log'}")
    say("  Commands, in another terminal: .venv/bin/python manage.py COMMAND")
    say("  Ctrl-C stops everything.\n")


# ── For commands in another terminal ────────────────────────────────────────


def publish(environment: dict[str, str]) -> None:
    """Write where the servers are to a file that only we can read."""
    names = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "SECURE")
    partial = PUBLISHED.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name}={environment[name]}\n" for name in names)
    partial.replace(PUBLISHED)


def published() -> dict[str, str]:
    lines = PUBLISHED.read_text().splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def unpublish() -> None:
    PUBLISHED.unlink(missing_ok=True)
