"""The supervisor as a person meets it: started, stopped, killed, started twice."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from supervisor import base, processes

ROOT = Path(__file__).resolve().parent.parent.parent
STACK = [sys.executable, str(ROOT / "scripts" / "stack.py")]
PATIENCE_SECONDS = 30.0

pytestmark = pytest.mark.slow

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def state() -> Iterator[Path]:
    """A folder that the server's user can enter, which pytest's own are not when root runs them."""
    folder = Path(tempfile.mkdtemp(prefix="keystone-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start(state: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []
    inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}

    def begin(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*STACK, *words],
            env=inherited | {"CRM_STATE_DIR": str(state)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
    time.sleep(1)
    left = servers_of(state)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, "the test left servers behind"


@pytest.fixture
def stranger() -> Iterator[int]:
    """The number of a living process of the server's user, which PostgreSQL takes for another postmaster."""
    process = subprocess.Popen(["sleep", "600"], **processes.identity(base.server_user()))
    yield process.pid
    process.kill()
    process.wait()


def servers_of(state: Path) -> list[int]:
    """Numbers of living processes (a zombie has no command line) that name the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(state) in line and "stack.py" not in line:
            found.append(int(entry.parent.name))
    return found


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", f"import os, psycopg2, time; url = os.environ['DATABASE_URL']; {code}"]


def test_command_runs_on_servers_that_end_with_it(start: Start, state: Path) -> None:
    process = start("test", *python("print(psycopg2.connect(url).server_version >= 150000)"))

    out, _ = process.communicate(timeout=PATIENCE_SECONDS)

    assert (process.returncode, out.strip()) == (0, "True")
    assert not servers_of(state)


def test_command_that_fails_hands_its_code_on(start: Start) -> None:
    process = start("test", *python("raise SystemExit(7)"))

    process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 7


def test_two_at_once_have_their_own_servers(start: Start) -> None:
    both = [start("test", *python("print(url); time.sleep(1)")) for _ in range(2)]

    urls = {process.communicate(timeout=PATIENCE_SECONDS)[0] for process in both}

    assert len(urls) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_command_and_servers(start: Start, state: Path, number: signal.Signals) -> None:
    process = start("test", *python("print('up', flush=True); time.sleep(600)"))
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"

    process.send_signal(number)
    process.communicate(timeout=PATIENCE_SECONDS)

    assert not servers_of(state)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_servers_end_when_the_supervisor_is_killed(start: Start, state: Path) -> None:
    process = start("test", *python("print('up', flush=True); time.sleep(600)"))
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    assert servers_of(state)

    process.kill()

    wait_for(lambda: not servers_of(state))


def test_data_of_a_killed_run_are_kept_and_a_second_start_is_refused(start: Start, state: Path, stranger: int) -> None:
    """`exec` uses the cluster of `run`. A lock file with a stranger's number is what a reboot can leave."""
    keep = "c = psycopg2.connect(url); c.cursor().execute('CREATE TABLE kept AS SELECT 42 AS n'); c.commit()"
    first = start("exec", *python(f"{keep}; print('up', flush=True); time.sleep(600)"))
    assert first.stdout is not None
    while (line := first.stdout.readline()) and line != "up\n":
        pass
    assert line == "up\n"

    second, _ = start("run").communicate(timeout=PATIENCE_SECONDS)
    assert second.strip() == f"Already running as process {first.pid}."

    first.kill()
    wait_for(lambda: not servers_of(state))
    pid_file = state / "run" / "cluster" / "data" / "postmaster.pid"
    pid_file.write_text(f"{stranger}\n")
    read = "c = psycopg2.connect(url).cursor(); c.execute('SELECT n FROM kept'); print('kept', c.fetchone()[0])"
    out, _ = start("exec", *python(read)).communicate(timeout=PATIENCE_SECONDS * 2)
    assert out.splitlines()[-1] == "kept 42"


def test_run_serves_a_page_and_stops_when_one_of_its_programs_dies(start: Start, state: Path) -> None:
    process = start("run")
    assert process.stdout is not None
    said = []
    while not said or "Ctrl-C" not in said[-1]:
        said.append(process.stdout.readline())
        assert said[-1], "".join(said)
    text = "".join(said)
    address = re.search(r"http://\S+", text)
    assert address
    with urllib.request.urlopen(address[0]) as page:
        assert page.status == HTTPStatus.OK
        assert "/sign-in/" in page.url
    assert "Administrator" in text

    [worker] = [pid for pid in children(process.pid) if "celery -A crm worker" in command_line(pid)]
    os.kill(worker, signal.SIGKILL)
    rest, _ = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 1
    assert "worker ended with code -9" in rest
    assert not (state / "run.env").exists()


def children(parent: int) -> list[int]:
    """Numbers of a process's own children; the parent's number follows name and state."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(entry.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.parent.name))
    return found


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
