"""`manage.py seed`: fill an empty database with the demo company."""

import argparse
import datetime as dt
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.lib import dates
from dashboards.demo import filling


class Command(BaseCommand):
    """Make the demo company: customers, two years of orders, tiers, and one login per role."""

    help = "Fill an empty database with the demo company; the same seed, size and day give the same company."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=_count, default=2_000, help="how many; 60 at least")
        parser.add_argument("--seed", type=int, default=1, help="another number draws another company")
        parser.add_argument("--as-of", type=_day, help="last day with orders, YYYY-MM-DD; by default yesterday")
        parser.add_argument("--if-empty", action="store_true", help="do nothing if something is there already")
        parser.add_argument(
            "--force-demo", action="store_true", help="with DEBUG off too: logins whose password everybody knows"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not filling.is_empty():
            if options["if_empty"]:
                self.stdout.write("The database isn't empty; nothing was changed.")
                return
            raise CommandError("The database isn't empty. `manage.py flush` empties it; all that is in it is lost.")
        if not (settings.DEBUG or options["force_demo"]):
            raise CommandError(
                "This makes logins with a password that everybody knows, which isn't done with DEBUG off."
                " If nobody else reaches this server, say --force-demo."
            )
        as_of = options["as_of"] or dates.today() - dt.timedelta(days=1)
        filling.fill(customers=options["customers"], seed=options["seed"], as_of=as_of, tell=self._tell)

    def _tell(self, step: str, seconds: float) -> None:
        self.stdout.write(f"{step:<26} {seconds:5.1f} s")


def _day(text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-10-31") from None
    if day > dates.today():
        raise argparse.ArgumentTypeError("orders of the future can't be known yet")
    return day


def _count(text: str) -> int:
    if not text.isdigit() or not 60 <= int(text) <= 50_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 60 to 50,000")
    return int(text)
