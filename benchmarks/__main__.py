"""`make bench`: all measurements, or those named. `make bench ARGS="pages --customers 100000"`."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("what", nargs="*", default=["core", "import", "api", "volume"])
    arguments.add_argument("--customers", type=int, nargs="*", default=[1_000, 1_000_000])
    chosen = arguments.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    os.environ.setdefault("DEBUG", "true")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from benchmarks import bench_core, bench_volume

    if "core" in chosen.what:
        bench_core.main()
    if "import" in chosen.what:
        subprocess.run([sys.executable, str(ROOT / "benchmarks" / "bench_import.py")], check=True, cwd=ROOT)
    if "api" in chosen.what:
        subprocess.run([sys.executable, str(ROOT / "benchmarks" / "bench_api.py")], check=True, cwd=ROOT)
    if "volume" in chosen.what:
        bench_volume.main(chosen.customers)


if __name__ == "__main__":
    main()
