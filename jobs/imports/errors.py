"""What can be wrong with a file as a whole. The messages are for the person who brought it."""

from jobs.errors import RunFailed


class FileRefused(RunFailed):
    """The file can't be imported at all: not text, broken off, too large, no header."""


class MappingRefused(RunFailed):
    """The columns of the file don't give what the import needs."""
