"""The same file brought in by two processes at once, and processes killed with kill -9."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Contact, Customer
from jobs.models import Run
from jobs.services.runs import run_now
from sales.models import Order, OrderLine
from tests import factories, processes
from tests.imports.conftest import HEADER, line
from users.models import Change

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def started(kind: str, path: Path, settings: Any) -> "subprocess.Popen[str]":
    environment = processes.environment() | {"RUN_LEASE_SECONDS": "4", "MEDIA_ROOT": str(settings.MEDIA_ROOT)}
    command = [sys.executable, "manage.py", "import", kind, str(path), "--json"]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("kind", ["orders", "customers", "contacts"])
def test_the_same_file_in_two_processes_at_once_is_brought_in_once(kind: str, tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "file.csv"
    if kind == "orders":
        path.write_text(HEADER + "".join(line(f"S{n}", customer=f"K{n % 7}") for n in range(3_000)))
    elif kind == "customers":
        path.write_text("code,name\n" + "".join(f"K{n},Name {n}\n" for n in range(3_000)))
    else:
        factories.customer(code="HOME")
        path.write_text("customer_code,name\n" + "".join(f"HOME,Person {n}\n" for n in range(3_000)))
    both = [started(kind, path, settings) for _ in range(2)]
    results = [json.loads(process.communicate(timeout=240)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(result["created"] for result in results) == [0, 3_000]
    assert sorted(result["unchanged"] for result in results) == [0, 3_000]
    made = {"orders": Order, "customers": Customer, "contacts": Contact}[kind]
    assert made.objects.count() == 3_000
    assert OrderLine.objects.count() == (3_000 if kind == "orders" else 0)


@pytest.mark.parametrize("kind", ["customers", "contacts"])
def test_killed_updates_go_on_and_change_each_row_once(kind: str, tmp_path: Path, settings: Any) -> None:
    count = 12_000
    path = tmp_path / "file.csv"
    home = factories.customer(code="HOME")
    if kind == "customers":
        Customer.objects.bulk_create(Customer(code=f"K{n}", name=f"Old {n}") for n in range(count))
        path.write_text("code,name\n" + "".join(f"K{n},New {n}\n" for n in range(count)))
        changed = Customer.objects.filter(name__startswith="New")
    else:
        Contact.objects.bulk_create(Contact(customer=home, name=f"P{n}", post="Old") for n in range(count))
        path.write_text("customer_code,name,post\n" + "".join(f"HOME,P{n},New\n" for n in range(count)))
        changed = Contact.objects.filter(post="New")  # type: ignore[assignment]
    with started(kind, path, settings) as process:
        until = time.monotonic() + 180
        while not changed.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert 0 < changed.count() < count
    run = run_now(Run.objects.get())
    assert run.state == "done", run.error
    assert (run.result["created"], run.result["updated"]) == (0, count)
    assert changed.count() == count
    assert Change.objects.filter(change_set__run_id=run.pk, action="update").count() == count
