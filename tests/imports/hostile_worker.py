"""What a worker does with files named on its input: brings each in as a dry run, and says what it took.

Run as a program with the settings of the tests. One line of JSON for each line of input.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import django

django.setup()

from jobs.errors import RunFailed  # noqa: E402 - Django first
from jobs.imports import doing  # noqa: E402
from jobs.imports.registry import import_kinds  # noqa: E402
from jobs.imports.work import NoKeeper  # noqa: E402
from jobs.services import imports  # noqa: E402


def memory(name: str) -> int:
    """A figure of this process's memory, in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def work() -> float:
    """The processor's time that this process and its children have taken, in seconds."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def bring(path: Path) -> dict[str, Any]:
    """Receive a file as the upload page does and judge all of it as a run does."""

    def chunks() -> Any:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                yield block

    try:
        row = imports.receive(kind="customers", name=path.name, chunks=chunks(), by=None)
        mapping = row.mapping or {"code": row.headers[0]}
        outcome, _work = doing.bring_in(
            import_kinds.get("customers"), row.path, columns=mapping, options=row.options, by=None, keeper=NoKeeper(),
            dry_run=True, errors_path=row.check_path,
        )  # fmt: skip
    except RunFailed as refusal:
        return {"refused": str(refusal)}
    return {"created": outcome.created, "rejected": outcome.rejected}


def main() -> None:
    """Answer until there is nothing more to do."""
    bring(Path(sys.argv[1]))  # what is loaded once is loaded now
    for line in sys.stdin:
        Path("/proc/self/clear_refs").write_text("5")
        before, began, worked = memory("VmRSS"), time.monotonic(), work()
        answer = bring(Path(line.strip()))
        answer |= {
            "seconds": work() - worked,
            "wall": time.monotonic() - began,
            "more": memory("VmHWM") - before,
            "child": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
        }
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
