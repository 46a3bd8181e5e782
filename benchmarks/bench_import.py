"""Import of an order file beside raw COPY of the same rows into the same tables, keys and indexes.

    python benchmarks/bench_import.py [FILE] [--lines N]

Without a file a made one is used: N lines (1,000,000) of 5,000 customers and 2,000 products, ten lines an order.
Needs a database of its own (DATABASE_URL): it empties the tables of customers, products and orders.
"""

import argparse
import csv
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLES = ("sales_order", "sales_orderline")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", nargs="?")
    arguments.add_argument("--lines", type=int, default=1_000_000)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--child", action="store_true")
    chosen = arguments.parse_args()
    set_up()
    if chosen.child:
        print(json.dumps(import_once(Path(chosen.file))))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(chosen.file) if chosen.file else made_file(Path(folder) / "orders.csv", chosen.lines)
        figures = measured(path)
    print(json.dumps(figures) if chosen.json else table(figures))


def report(lines: int = 1_000_000) -> None:
    """Measure a made file and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(table(measured(made_file(Path(folder) / "orders.csv", lines))))


def set_up() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    import django

    django.setup()


def made_file(path: Path, lines: int) -> Path:
    """An order file that looks like a year of a wholesaler, the same every time."""
    rng = random.Random(7)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["Order No", "Order date", "Customer code", "Customer name", "Product code", "Quantity", "Price"]
        )
        for number in range(lines // 10):
            day = f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
            moment = f"{day} {rng.randint(8, 18):02}:{rng.randint(0, 59):02}:00"
            customer = min(int(rng.paretovariate(1.1)), 5_000)
            for _line in range(10):
                price = f"{rng.randint(50, 99_999) / 100:.2f}"
                product = f"P{rng.randint(1, 2_000):05}"
                writer.writerow(
                    [
                        f"S{number:07}",
                        moment,
                        f"K{customer:05}",
                        f"Customer {customer}",
                        product,
                        rng.randint(1, 50),
                        price,
                    ]
                )
    return path


def measured(path: Path) -> dict[str, float]:
    """Empty the tables, import in a process of its own (for its memory), then COPY the same rows raw."""
    from django.db import connection

    empty("accounts_customer", "sales_product", "users_changeset", "sales_rollupmark", *TABLES)
    command = [sys.executable, __file__, str(path), "--child"]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    rows = {}
    with connection.cursor() as cursor:
        for name in TABLES:
            rows[name] = io.BytesIO()
            cursor.copy_expert(f"COPY (SELECT * FROM {name} ORDER BY id) TO STDOUT", rows[name])
            rows[name].seek(0)
        cursor.execute("SELECT count(*) FROM sales_orderline")
        figures["kept"] = cursor.fetchone()[0]
    empty(*TABLES)
    started = time.perf_counter()
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        for name in TABLES:
            cursor.copy_expert(f"COPY {name} FROM STDIN", rows[name])
    connection.commit()
    connection.set_autocommit(True)
    figures["copy_seconds"] = time.perf_counter() - started
    return figures


def import_once(path: Path) -> dict[str, float]:
    """One import, with its time and the most memory it had."""
    from jobs.imports import doing
    from jobs.imports.work import NoKeeper
    from sales.imports.orders import KIND

    started = time.perf_counter()
    proposal = doing.propose(KIND, path)
    outcome, _work = doing.bring_in(
        KIND,
        path,
        columns=proposal.columns,
        options=proposal.options,
        by=None,
        keeper=NoKeeper(),
        dry_run=False,
        errors_path=Path(tempfile.gettempdir()) / f"rejected-{os.getpid()}.csv",
    )
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"lines": outcome.rows, "rejected": outcome.rejected, "seconds": seconds, "peak_mib": peak}


def empty(*tables: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        cursor.execute("CHECKPOINT")


def table(figures: dict[str, float]) -> str:
    """The figures in words."""
    imported = figures["lines"] / figures["seconds"]
    kept = figures["kept"] / figures["seconds"]
    raw = figures["kept"] / figures["copy_seconds"]
    return "\n".join(
        [
            f"file            {figures['lines']:>12,.0f} lines, {figures['rejected']:,.0f} of them rejected",
            f"import          {imported:>12,.0f} lines/s, {kept:,.0f} of them kept, {figures['seconds']:.1f} s",
            f"raw COPY        {raw:>12,.0f} lines/s, {figures['copy_seconds']:.1f} s",
            f"import / COPY   {kept / raw:>12.2f} (of lines kept; must be 0.5, goal 0.67)",
            f"peak memory     {figures['peak_mib']:>12,.0f} MiB (must be 512)",
        ]
    )


if __name__ == "__main__":
    main()
