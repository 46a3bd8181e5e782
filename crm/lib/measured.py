"""A figure, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Measured:
    """A value, or `None` with the reason, one of its chapter's; never both, never neither."""

    value: float | None
    reason: StrEnum | None = None

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise ValueError("a measured figure has either a value or a reason")

    @classmethod
    def missing(cls, reason: StrEnum) -> Measured:
        """The figure that cannot be computed."""
        return cls(None, reason)
