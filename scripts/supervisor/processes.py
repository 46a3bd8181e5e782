"""Starting, watching and stopping child processes, and finding those an earlier start left behind."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
STOP_SECONDS = 8.0


class Stopped(Exception):
    """A signal asked us to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: int
    is_server: bool

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


CHILDREN: list[Child] = []  # in the order they were started


def start(
    name: str,
    command: list[str],
    *,
    log: Path,
    environment: dict[str, str],
    folder: Path,
    user: pwd.struct_passwd | None = None,
    stop_signal: int = signal.SIGTERM,
    is_server: bool = False,
) -> Child:
    """Start a program in a session of its own, so that Ctrl-C reaches only the supervisor."""
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=folder,
            env=environment, start_new_session=True, preexec_fn=before_exec(stop_signal), **identity(user),
        )  # fmt: skip
    child = Child(name, process, log, stop_signal, is_server)
    CHILDREN.append(child)
    return child


class Identity(TypedDict):
    user: int | None
    group: int | None
    extra_groups: list[int] | None


def identity(user: pwd.struct_passwd | None) -> Identity:
    """Return what Popen needs to start a program as the user; None stays as we are."""
    if user is None:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def before_exec(death_signal: int) -> Callable[[], None]:
    """Tie the child to us: when we die, even by kill -9, the kernel sends it the signal (Linux)."""
    parent = os.getpid()

    def tie() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        os.umask(0o077)

    return tie


def stop_all() -> None:
    """Stop the programs together, then the servers they use, last started first."""
    stop([child for child in CHILDREN if not child.is_server])
    for child in reversed([child for child in CHILDREN if child.is_server]):
        stop([child])


def stop(children: Iterable[Child]) -> None:
    """Ask all to stop, wait, and end the process groups of those that don't."""
    alive = [child for child in children if child.process.poll() is None]
    for child in alive:
        child.signal(child.stop_signal)
    deadline = time.monotonic() + STOP_SECONDS
    for child in alive:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill_group()
            child.process.wait()


def clear_leftovers(is_ours: Callable[[str], bool]) -> None:
    """End the processes that an earlier start left, which without their supervisor only linger."""
    for number, seconds in ((0, 3), (signal.SIGINT, 5), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        if not (found := matching(is_ours)):
            return
        for pid in found if number else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while matching(is_ours) and time.monotonic() < deadline:
            time.sleep(0.05)
    if found := matching(is_ours):
        sys.exit(f"Processes of an earlier start don't end: {found}")


def matching(is_ours: Callable[[str], bool]) -> list[int]:
    return [pid for pid, line in command_lines() if pid != os.getpid() and is_ours(line)]


def command_lines() -> Iterable[tuple[int, str]]:
    """List (pid, command line) of every process but zombies, which have none."""
    if not Path("/proc/self/cmdline").exists():
        lines = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True).stdout
        yield from ((int(pid), rest) for pid, _, rest in (line.strip().partition(" ") for line in lines.splitlines()))
        return
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                if line:
                    yield int(folder.name), line
