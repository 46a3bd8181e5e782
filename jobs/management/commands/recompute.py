"""`manage.py recompute segmentation --as-of 2026-10-31`: compute a chapter now, in this process."""

import argparse
import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs import runs
from jobs.constants import RunState
from jobs.messages import failure_of
from jobs.registry import recomputations
from jobs.services.runs import run_now


class Command(BaseCommand):
    """Ask for a chapter's run, execute it here, print its figures."""

    help = "Compute a chapter as of a day and print its figures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("chapter", choices=recomputations.keys())
        parser.add_argument("--as-of", type=_day, help="last day counted, YYYY-MM-DD; by default yesterday")
        parser.add_argument("--window-months", type=_months, help="another window than the scheme's")
        parser.add_argument("--replay", action="store_true", help="evaluate all month ends anew")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        chapter = recomputations.get(options["chapter"])
        params = {key: options[key] for key in ("window_months", "replay") if options[key]}
        run = run_now(runs.request(chapter.kind, as_of=options["as_of"], params=params))
        if run.state != RunState.DONE:
            raise CommandError(failure_of(run))
        figures = {name: run.result.get(name) for name in chapter.figures} | {"run": run.pk}
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name:<14} {value if value is not None else 'not computable'}")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-10-31") from None


def _months(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 120:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of months from 1 to 120")
    return int(text)
