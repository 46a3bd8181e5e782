"""Kinds of runs: what a chapter registers, and what its callable is given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from crm.lib.registry import Registry
from jobs.context import RunContext


@dataclass(frozen=True)
class RunKind:
    """One kind of run. The callable is one service call; what it returns is the run's result.

    `summary` words a result for the run page and the bell; `retry_on` names the exceptions after which
    the run is tried again, up to `max_attempts` times.
    """

    code: str
    label: str | Promise
    work: Callable[[RunContext], dict[str, Any]]
    summary: Callable[[dict[str, Any]], str] | None = None
    result_url: Callable[[int, dict[str, Any]], str] | None = None
    retry_on: tuple[type[Exception], ...] = ()
    max_attempts: int = 5


run_kinds: Registry[RunKind] = Registry("run kinds")
