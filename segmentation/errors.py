"""What can be refused."""


class OverrideRefused(Exception):
    """A manual tier that can't be set: the field that is wrong, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
