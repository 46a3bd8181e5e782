"""Timing, peak memory and a table to print."""

import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Took:
    """Seconds a block took."""

    seconds: float = 0.0


@contextmanager
def timed() -> Iterator[Took]:
    """Time a block."""
    took = Took()
    start = time.perf_counter()
    yield took
    took.seconds = time.perf_counter() - start


def percentiles(call: Callable[[], object], *, times: int, warm: int = 3) -> tuple[float, float]:
    """p50 and p95 of a call in milliseconds, after a few that don't count."""
    for _ in range(warm):
        call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1_000)
    return statistics.median(taken), sorted(taken)[max(0, round(0.95 * len(taken)) - 1)]


def peak_mib() -> float:
    """The largest memory this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [f"\n### {title}\n", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
