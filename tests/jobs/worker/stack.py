"""A broker, beat and workers of our own, as separate processes that can be killed, frozen and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis
from django.conf import settings
from django.db import connection

from supervisor.broker import binary
from supervisor.processes import before_exec

ROOT = Path(settings.BASE_DIR)


def eventually(condition: Callable[[], object], within: float, what: str) -> float:
    """Wait until something holds; return how many seconds it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > within:
            raise AssertionError(f"not within {within:g} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - began


class Stack:
    """Processes on the test's database. Each leads a group of its own, which is what signals go to."""

    def __init__(self, folder: Path, socket: Path) -> None:
        self.folder, self.socket = folder, socket
        self.children: list[subprocess.Popen[bytes]] = []
        self.started = 0

    def start(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a program; its output goes to a file of its own."""
        self.started += 1
        with (self.folder / f"{self.started}-{name}.log").open("wb") as log:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # A killed pytest leaves nothing behind.
                preexec_fn=before_exec(signal.SIGKILL),  # noqa: PLW1509 - no threads here
            )
        self.children.append(child)
        return child

    def environment(self) -> dict[str, str]:
        """The test's own environment, but this database, this broker and the kinds of the worker tests."""
        given = urlsplit(os.environ["DATABASE_URL"])
        return os.environ | {
            "DATABASE_URL": urlunsplit(given._replace(path=f"/{connection.settings_dict['NAME']}")),
            "REDIS_URL": f"unix://{self.socket}",
            "DJANGO_SETTINGS_MODULE": "tests.jobs.worker.settings",
            "DEBUG": "false",
            "SECRET_KEY": "x" * 50,
        }

    def broker(self) -> subprocess.Popen[bytes]:
        """Start a broker that keeps nothing on disk, as `make run` does."""
        command = [str(binary()), "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        child = self.start("broker", [*command, "--dir", str(self.folder)])
        eventually(self._broker_answers, 10, "the broker answers")
        return child

    def client(self) -> redis.Redis:
        """A connection to the broker."""
        return redis.Redis(unix_socket_path=str(self.socket))

    def _broker_answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.exceptions.ConnectionError:
            return False

    def beat(self) -> subprocess.Popen[bytes]:
        """Start beat."""
        return self._celery("beat", "-s", str(self.folder / "beat"), "--pidfile", "")

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a worker with one process."""
        lean = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        return self._celery("worker", "-c", "1", "-n", f"w{self.started}@test", *lean)

    def _celery(self, *arguments: str) -> subprocess.Popen[bytes]:
        return self.start(arguments[0], [sys.executable, "-m", "celery", "-A", "crm", *arguments, "--loglevel", "INFO"])

    def log(self) -> str:
        """What all of them said."""
        return "\n".join(
            f"── {path.name}\n{path.read_text(errors='replace')}" for path in sorted(self.folder.glob("*.log"))
        )

    def stop(self) -> None:
        """End everything, frozen or not."""
        for child in self.children:
            signal_group(child, signal.SIGKILL)
            child.wait()


def signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a process and to all it started."""
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return
