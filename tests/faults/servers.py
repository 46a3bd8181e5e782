"""Servers of the harness's own: PostgreSQL, broker, web, worker, beat; each can be killed and is proved dead."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg2
import redis

from supervisor import broker, postgres, processes
from supervisor.base import ROOT, Base, own_folder, take_base

PLACES = [f"faults{number}" for number in range(4)]
PATIENCE_SECONDS = 60.0
# What isn't flushed when PostgreSQL is killed is lost: the control that the harness has to notice.
CARELESS = [
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_writer_delay=10000",
    "wal_writer_flush_after=131072", "wal_buffers=64MB", "checkpoint_timeout=3600",
]  # fmt: skip


class Servers:
    """All programs on fresh data. Everything is started from the thread that made this: the kernel ends
    them with it."""

    def __init__(self) -> None:
        self.base: Base = take_base(PLACES)
        own_folder(self.base.path / "log", 0o755)
        self.durability = postgres.DURABLE
        self.url = postgres.start(self.base, self.durability, fresh=True)
        self.redis_url = broker.start(self.base)
        self.port = _free_port()
        self._manage("migrate", "--no-input", "--verbosity", "0")

    # ── Programs ────────────────────────────────────────────────────────────

    def environment(self) -> dict[str, str]:
        """Production settings on plain HTTP."""
        return os.environ | {
            "DATABASE_URL": self.url,
            "REDIS_URL": self.redis_url,
            "DJANGO_SETTINGS_MODULE": "crm.settings",
            "DEBUG": "false",
            "SECURE": "false",
            "COMPRESS_STATIC": "false",
            "SECRET_KEY": "x" * 50,
            "LOG_LEVEL": "WARNING",
            "ALLOWED_HOSTS": "127.0.0.1",
            "WEBHOOK_ALLOW_LOOPBACK": "true",
        }

    def company(self, customers: int) -> dict[str, Any]:
        """Make the company; the ids and the key."""
        said = subprocess.check_output(
            [sys.executable, "-m", "tests.faults.company", str(customers)], cwd=ROOT, env=self.environment()
        )
        made: dict[str, Any] = json.loads(said)
        self.sql("CHECKPOINT", user="postgres")
        return made

    def start_programs(self) -> None:
        """Start web, worker and beat, and wait until web is ready."""
        self.start_web()
        self.start_worker()
        self._begin("beat", ["celery", "-A", "crm", "beat", "-s", str(self.base.path / "beat"), "--pidfile", ""])

    def start_web(self) -> None:
        words = f"gunicorn crm.wsgi --bind 127.0.0.1:{self.port} --workers 2 --threads 4 --no-control-socket"
        self._begin("web", words.split())
        eventually(self.is_ready, "web is ready")

    def start_worker(self) -> None:
        lean = "--without-gossip --without-mingle --without-heartbeat --loglevel INFO"
        self._begin("worker", f"celery -A crm worker -c 1 {lean}".split())

    def is_ready(self) -> bool:
        """Whether web says that it can serve."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        """End everything."""
        processes.stop_all()
        processes.CHILDREN.clear()
        self.base.lock.close()

    def log(self, name: str) -> str:
        """The end of a program's log."""
        return "\n".join((self.base.path / "log" / f"{name}.log").read_text(errors="replace").splitlines()[-30:])

    def _manage(self, *words: str) -> None:
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment(), check=True)

    def _begin(self, name: str, module: list[str]) -> None:
        log = self.base.path / "log" / f"{name}.log"
        command = [sys.executable, "-m", *module]
        processes.start(name, command, log=log, environment=self.environment(), folder=ROOT)

    # ── The database ────────────────────────────────────────────────────────

    def sql(self, statement: str, *, user: str = "crm") -> list[tuple[Any, ...]]:
        """Ask the database."""
        host = parse_qs(urlsplit(self.url).query)["host"][0]
        server = psycopg2.connect(host=host, port=5432, user=user, dbname="crm")
        server.autocommit = True
        try:
            with server.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            server.close()

    # ── Kills ───────────────────────────────────────────────────────────────

    def kill_web_worker(self) -> None:
        """kill -9 of one of gunicorn's processes; the master replaces it."""
        web = self._child("web")
        victim = _children_of(web.process.pid)[0]
        _kill([victim])
        eventually(lambda: len(_children_of(web.process.pid)) >= 2, "gunicorn has replaced the process")

    def kill_web(self) -> None:
        """kill -9 of all of web, and a new start."""
        self._kill_child("web")
        self.start_web()

    def kill_worker(self) -> None:
        """kill -9 of the worker with its children, and a new start."""
        self._kill_child("worker")
        self.start_worker()

    def kill_postgres(self) -> None:
        """kill -9 of the postmaster and all it started, and a new start with what is on the disk."""
        before = self.sql("SELECT pg_postmaster_start_time()")
        data = self.base.path / "cluster" / "data"
        name = self.base.cluster_name
        found = processes.matching(lambda line: f"-D {data} " in line or line.startswith(f"postgres: {name}: "))
        postmaster = self._child("postgres").process.pid
        assert postmaster in found, "the postmaster"
        assert len(found) > 1, "its children"
        _kill([postmaster, *(pid for pid in found if pid != postmaster)])
        self._forget("postgres")
        postgres.start(self.base, self.durability, fresh=False)
        assert self.sql("SELECT pg_postmaster_start_time()") > before, "it is another server"
        eventually(self.is_ready, "web is ready again")

    def kill_redis(self) -> None:
        """kill -9 of the broker, and a new start without anything it held."""
        with redis.Redis(unix_socket_path=self.redis_url.removeprefix("unix://")) as client:
            before = client.info("server")["run_id"]
        self._kill_child("broker")
        self.redis_url = broker.start(self.base)
        with redis.Redis(unix_socket_path=self.redis_url.removeprefix("unix://")) as client:
            assert client.info("server")["run_id"] != before, "it is another server"

    def _kill_child(self, name: str) -> None:
        child = self._child(name)
        _kill([child.process.pid, *_children_of(child.process.pid)])
        self._forget(name)

    def _child(self, name: str) -> processes.Child:
        return next(child for child in processes.CHILDREN if child.name == name)

    def _forget(self, name: str) -> None:
        child = self._child(name)
        child.process.wait(PATIENCE_SECONDS)
        assert child.process.returncode == -9, f"{name} ended with {child.process.returncode}, not by the kill"
        processes.CHILDREN.remove(child)


def eventually(condition: Callable[[], object], what: str, within: float = PATIENCE_SECONDS) -> float:
    """Wait until something holds; return how many seconds it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > within:
            raise AssertionError(f"not within {within:g} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - began


def _kill(victims: list[int]) -> None:
    """kill -9, and the proof: the first was alive before, and none is afterwards. Others may end by themselves."""
    assert _is_alive(victims[0]), f"{victims[0]} was dead already: this would have hit nothing"
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    eventually(lambda: not any(map(_is_alive, victims)), f"{victims} are dead", 10)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _children_of(pid: int) -> list[int]:
    said = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout
    return [int(number) for number in said.split()]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
