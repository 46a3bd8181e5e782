"""Copy database and files into a new folder."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.backups.errors import BackupFailed
from jobs.services import backups


class Command(BaseCommand):
    """`manage.py backup`"""

    help = "Copies the database and the files people brought into a new folder of BACKUP_ROOT; removes old copies."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Take one and say where it lies."""
        try:
            row = backups.take()
        except BackupFailed as failed:
            raise CommandError(str(failed)) from failed
        self.stdout.write(f"{backups.root() / row.name}: {row.rows} rows, {row.files} files, {row.size} bytes")
