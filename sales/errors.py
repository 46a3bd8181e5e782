"""What can go wrong with orders, products and rates, named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class OrderInvalid(Exception):
    """An order breaks rules: messages by field, and by line (its place in the input, from 0) and field.

    The key "" stands for the whole order or the whole line. Nothing was written.
    """

    fields: dict[str, str] = field(default_factory=dict)
    lines: dict[int, dict[str, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields or self.lines)

    def __str__(self) -> str:
        header = [f"{name or 'order'}: {text}" for name, text in self.fields.items()]
        rows = [
            f"line {place + 1}, {name or 'line'}: {text}"
            for place, messages in sorted(self.lines.items())
            for name, text in messages.items()
        ]
        return "; ".join(header + rows)

    def add(self, name: str, text: str, *, line: int | None = None) -> None:
        """Note a broken rule; the first message of a field stays."""
        messages = self.fields if line is None else self.lines.setdefault(line, {})
        messages.setdefault(name, text)


class NumberTaken(OrderInvalid):
    """Another order of this source has the number, for ever."""


class CustomerUnknown(OrderInvalid):
    """The order's customer isn't there, or not in the caller's sight."""


class OrdersInvalid(Exception):
    """Orders of a batch that break rules, by their place in the batch. Nothing of the batch was written."""

    def __init__(self, errors: Mapping[int, OrderInvalid]) -> None:
        super().__init__("; ".join(f"order {place + 1}: {error}" for place, error in errors.items()))
        self.errors = dict(errors)


class OrderRefused(Exception):
    """An order check says no, in words for the person who asked. Nothing was written."""


class StepNotAllowed(Exception):
    """The order's state doesn't allow this act, in words for the person who asked. Nothing was written."""


class Stale(Exception):
    """The record was changed since it was opened; `version` is the one now stored. Nothing was written."""

    def __init__(self, version: int, row: Any) -> None:
        super().__init__(f"{row} is at version {version}")
        self.version = version
