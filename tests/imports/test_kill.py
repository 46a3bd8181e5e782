"""A process killed with kill -9 in the middle of an import."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from jobs.constants import RunState
from jobs.models import Run
from jobs.services.runs import run_now
from sales.models import Order, OrderLine
from tests import processes
from tests.imports.conftest import HEADER, line
from users.models import Change

ORDERS = 30_000


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_finished_by_the_next_worker(tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "orders.csv"
    rows = (line(f"S{n:05}", customer=f"K{n % 50}", qty=str(n % 9 + 1), price="2.5") * 4 for n in range(ORDERS))
    path.write_text(HEADER + "".join(rows))
    environment = processes.environment() | {"RUN_LEASE_SECONDS": "4", "MEDIA_ROOT": str(settings.MEDIA_ROOT)}
    command = [sys.executable, "manage.py", "import", "orders", str(path), "--json"]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE) as process:
        until = time.monotonic() + 120
        while not Order.objects.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    written = Order.objects.count()
    assert 0 < written < ORDERS
    assert OrderLine.objects.count() == written * 4
    run = run_now(Run.objects.get())
    assert run.state == RunState.DONE, run.error
    assert (run.result["rows"], run.result["created"], run.result["unchanged"]) == (ORDERS * 4, ORDERS, 0)
    assert OrderLine.objects.count() == ORDERS * 4
    expected = sum(4 * (n % 9 + 1) * 250 for n in range(ORDERS))
    assert Order.objects.aggregate(total=Sum("base_minor"))["total"] == expected
    logged = Change.objects.filter(change_set__run_id=run.pk, model="sales.order").aggregate(rows=Sum("rows"))
    assert logged["rows"] == ORDERS
