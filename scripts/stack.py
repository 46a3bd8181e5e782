"""Run Keystone, or a command beside its servers, on a private PostgreSQL and broker.

    stack.py run              everything: servers, web, worker, beat; Ctrl-C stops it
    stack.py exec COMMAND     a command on the database of `run`, whose servers start if need be
    stack.py test COMMAND     a command on fresh servers that don't survive a power cut
    stack.py bench COMMAND    a command on fresh servers that write as safely as those of `run`

DATABASE_URL and REDIS_URL, where set, are used instead of private servers.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from supervisor import broker, postgres, processes, programs
from supervisor.base import Base, is_running, own_folder, say, take_base
from supervisor.processes import Stopped

TEST_PLACES = [f"test{number}" for number in range(8)]
BENCH_PLACES = ["bench"]
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FOREGROUND_STOP_SECONDS = 20.0


def main(words: list[str]) -> int:
    action, command = (words[0] if words else ""), words[1:]
    if action == "run" and not command:
        return run()
    if action == "exec" and command:
        return beside_run(command)
    if action == "test" and command:
        return on_fresh_servers(command, TEST_PLACES, postgres.THROW_AWAY)
    if action == "bench" and command:
        return on_fresh_servers(command, BENCH_PLACES, postgres.DURABLE)
    say(__doc__ or "")
    return 2


# ── What can be asked for ───────────────────────────────────────────────────


def run() -> int:
    base = take_base(["run"])
    with stopped_by_signals(), servers(base, postgres.DURABLE, fresh=False) as urls:
        environment = urls | programs.surroundings(base)
        address = programs.prepare(base, environment)
        programs.publish(environment)
        try:
            programs.start_web(base, environment, address)
            programs.announce_page(address)
            programs.seed(base, environment)
            programs.start_workers(base, environment)
            programs.announce_logins(base, environment)
            return watch()
        finally:
            programs.unpublish()


def beside_run(command: list[str]) -> int:
    """Run on the servers of a `run` that is up, whose environment the settings read; else start them."""
    if is_running("run") and programs.PUBLISHED.exists():
        return subprocess.run(command, env=os.environ | programs.published()).returncode
    base = take_base(["run"])
    with stopped_by_signals(), servers(base, postgres.DURABLE, fresh=False) as urls:
        environment = urls | programs.surroundings(base)
        programs.migrate(base, environment)
        return in_foreground(command, environment)


def on_fresh_servers(command: list[str], places: list[str], durability: list[str]) -> int:
    base = take_base(places)
    with stopped_by_signals(), servers(base, durability, fresh=True) as environment:
        return in_foreground(command, environment)


# ── How ─────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Turn the first signal into an exception; while stopping, more of them change nothing."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(number)

    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    try:
        yield
    except Stopped:
        say("stopped")
        sys.exit(0)


@contextlib.contextmanager
def servers(base: Base, durability: list[str], *, fresh: bool) -> Iterator[dict[str, str]]:
    """Start PostgreSQL and the broker unless given; yield the environment; stop all that was started."""
    environment = dict(os.environ)
    own_folder(base.path / "log", 0o755)
    try:
        if not environment.get("DATABASE_URL"):
            environment["DATABASE_URL"] = postgres.start(base, durability, fresh=fresh)
        if not environment.get("REDIS_URL"):
            environment["REDIS_URL"] = broker.start(base)
        yield environment
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        processes.stop_all()


def watch() -> int:
    """Wait for a signal; when a child ends by itself, say which and end the rest."""
    while True:
        for child in processes.CHILDREN:
            if (code := child.process.poll()) is not None:
                say(f"{child.name} ended with code {code}; its last lines:\n{child.tail()}")
                return 1
        time.sleep(0.3)


def in_foreground(command: list[str], environment: dict[str, str]) -> int:
    """Run a command on the terminal, which sends it Ctrl-C itself; pass other signals on."""
    process = subprocess.Popen(command, env=environment, preexec_fn=processes.before_exec(signal.SIGTERM))
    try:
        return process.wait()
    except Stopped as stopped:
        if stopped.number != signal.SIGINT or not sys.stdin.isatty():
            process.send_signal(signal.SIGINT)
        try:
            process.wait(FOREGROUND_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        raise


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parent.parent)
    sys.exit(main(sys.argv[1:]))
