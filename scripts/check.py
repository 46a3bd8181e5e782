"""Everything that is checked without running the product (`make check`), or mended (`make fix`).

All checks run, whatever the first says, so that one look shows all there is to do. Needs a database
for `makemigrations --check`, which `make check` starts.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html"))
DEVELOPMENT = {"DEBUG": "true"}
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "a key for the check alone: 5f2b8c1e9d7a4036b1c8e2f47d90a35b",
    "ALLOWED_HOSTS": "keystone.example",
    "CSRF_TRUSTED_ORIGINS": "https://keystone.example",
}

Command = tuple[str, list[str], dict[str, str]]


def checks() -> list[Command]:
    manage = [str(BIN / "python"), "manage.py"]
    return [
        ("lint", tool("ruff", "check", "--quiet"), {}),
        ("format", tool("ruff", "format", "--check", "--quiet"), {}),
        ("types", tool("mypy", "."), DEVELOPMENT),
        ("imports", tool("lint-imports", "--no-logo"), {}),
        ("template format", tool("djade", "--check", "--target-version", "5.2", *TEMPLATES), {}),
        ("template indentation", tool("djhtml", "--check", "--tabwidth", "2", *TEMPLATES), {}),
        ("template lint", tool("djlint", "--lint", "--quiet", "templates"), {}),
        ("system checks", [*manage, "check", "--fail-level", "WARNING"], DEVELOPMENT),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], DEVELOPMENT),
        ("production settings", [*manage, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
        ("translations", [str(BIN / "python"), "scripts/messages.py", "check"], {}),
        ("translations compile", [str(BIN / "python"), "scripts/compile_messages.py"], {}),
    ]


def fixes() -> list[Command]:
    return [
        ("lint", tool("ruff", "check", "--fix", "--quiet"), {}),
        ("format", tool("ruff", "format", "--quiet"), {}),
        ("template format", tool("djade", "--target-version", "5.2", *TEMPLATES), {}),
        ("template indentation", tool("djhtml", "--tabwidth", "2", *TEMPLATES), {}),
    ]


def tool(name: str, *arguments: str) -> list[str]:
    return [str(BIN / name), *arguments]


def outcome(command: Command) -> tuple[bool, str]:
    """Run one check; tell whether it passed, and what it found only when it failed."""
    title, words, environment = command
    started = time.monotonic()
    result = subprocess.run(words, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True)
    seconds = f"({time.monotonic() - started:.1f} s)"
    if result.returncode == 0:
        return True, f"ok    {title}  {seconds}"
    return False, f"FAIL  {title}  {seconds}\n{result.stdout}{result.stderr}"


def mend() -> int:
    """Run what mends one after the other, since all write to the same files, and show what is left to do."""
    for title, words, environment in fixes():
        print(f"== {title}", flush=True)
        subprocess.run(words, cwd=ROOT, env=os.environ | environment)
    return 0


def main() -> int:
    if "--fix" in sys.argv[1:]:
        return mend()
    results = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for ok, text in pool.map(outcome, checks()):
            results.append(ok)
            print(text, flush=True)
    print(f"{sum(results)} of {len(results)} checks passed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
