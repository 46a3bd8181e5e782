"""`manage.py rollup [--rebuild]`: bring the daily totals up to date, in this process."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sales.services import rollup


class Command(BaseCommand):
    """Catch up with the orders that changed, or compute all totals anew."""

    help = "Bring the daily totals of orders up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="compute everything anew beside the old totals")

    def handle(self, *args: Any, **options: Any) -> None:
        done = rollup.rebuild() if options["rebuild"] else rollup.catch_up()
        self.stdout.write(f"{done.marks:,} marks taken, {done.rows:,} rows written")
