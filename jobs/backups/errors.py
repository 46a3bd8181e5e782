"""What can go wrong with backups."""


class BackupFailed(Exception):
    """The copy could not be made or not be restored; the message says why and holds no secrets."""
