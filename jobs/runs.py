"""Asking for runs. What executes them is `jobs/services/runs.py`."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs.hints import hint
from jobs.models import Run
from jobs.registry import run_kinds
from users.models import User


def request(
    kind: str,
    *,
    by: User | None = None,
    params: dict[str, Any] | None = None,
    as_of: dt.date | None = None,
    period: str = "",
    delay_seconds: int = 0,
) -> Run:
    """Ask for a run; a worker is told when the transaction commits, and the sweeper if that gets lost.

    With a `period`, the same (kind, period) is asked for once: the run that exists is returned. With a delay
    the sweeper begins it, not before so many seconds have passed.

    Raises
    ------
    KeyError
        If no chapter registered the kind.
    """
    run_kinds.get(kind)
    now = timezone.now()
    fields = {"params": params or {}, "as_of": as_of, "requested_by": by, "hinted_at": now}
    if delay_seconds:
        fields |= {"hinted_at": None, "not_before": now + dt.timedelta(seconds=delay_seconds)}
    if not period:
        run, made = Run.objects.create(kind=kind, **fields), True
    else:
        run, made = Run.objects.get_or_create(kind=kind, period=period, defaults=fields)
    if made and not delay_seconds:
        transaction.on_commit(lambda: hint(run.pk))
    return run
