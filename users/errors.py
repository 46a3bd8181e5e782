"""What a service of this app refuses, in words for the person who asked."""

from collections.abc import Mapping, Sequence
from typing import Any


class Invalid(ValueError):
    """Values that can't be saved: what is wrong, by field ("" for the whole)."""

    def __init__(self, faults: Mapping[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" if name else str(reason) for name, reason in faults.items()))
        self.faults = dict(faults)


class Conflict(Exception):
    """Somebody saved the same record meanwhile; nothing was overwritten."""

    def __init__(self, version: int) -> None:
        super().__init__(f"version {version} was saved meanwhile")
        self.version = version


class AlreadyUndone(Exception):
    """The change was taken back before; the message says when and by whom."""


class UndoRefused(Exception):
    """The change can't be taken back; `reasons` name what stands against it."""

    def __init__(self, reasons: Sequence[Any]) -> None:
        super().__init__("; ".join(str(reason.text) for reason in reasons))
        self.reasons = list(reasons)
