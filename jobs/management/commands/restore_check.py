"""Restore a backup for trial."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.backups.errors import BackupFailed
from jobs.services import backups


class Command(BaseCommand):
    """`manage.py restore_check [NAME]`"""

    help = "Restores a backup, the latest unless named, into a scratch database, compares everything and drops it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which backup."""
        parser.add_argument("name", nargs="?", default="")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Say what came of it; a backup that doesn't restore is an error."""
        try:
            row = backups.check(name=options["name"])
        except BackupFailed as failed:
            raise CommandError(str(failed)) from failed
        if not row.is_good:
            backups.warn_of(row)
            raise CommandError(f"{row.name} can't be restored: {row.fault}")
        self.stdout.write(f"{row.name}: restored, {row.rows} rows and {row.files} files are the same")
