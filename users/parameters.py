"""Kinds of parameters: a frozen dataclass each, registered by the chapter that uses it.

The dataclass is the form, the validation and the documentation: `parameter()` gives each field its
label, range and unit, and `__post_init__` raises `ValueError("field: reason")` for cross-checks.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise

from crm.lib.registry import Registry

Text = str | Promise


@dataclass(frozen=True)
class ParameterKind:
    """One kind of parameters, e.g. the rules of ABC tiers."""

    code: str
    label: Text
    payload: type[Any]
    help: Text = ""


kinds: Registry[ParameterKind] = Registry("parameter kinds")


def parameter(
    default: Any,
    label: Text,
    *,
    help: Text = "",
    low: int | Decimal | None = None,
    high: int | Decimal | None = None,
    unit: Text = "",
    choices: Sequence[tuple[str, Text]] = (),
) -> Any:
    """A dataclass field with what its form needs. Types: bool, int, Decimal, str (with choices)."""
    metadata = {"label": label, "help": help, "low": low, "high": high, "unit": unit, "choices": tuple(choices)}
    return dataclasses.field(default=default, metadata=metadata)


def to_payload(value: Any) -> dict[str, Any]:
    """A parameter dataclass as JSON values; decimals as text."""
    return {k: str(v) if isinstance(v, Decimal) else v for k, v in dataclasses.asdict(value).items()}


def from_payload(kind: ParameterKind, payload: dict[str, Any]) -> Any:
    """The dataclass of a stored payload. Fields added since it was stored take their default."""
    values = {}
    for field in dataclasses.fields(kind.payload):
        if field.name in payload:
            stored = payload[field.name]
            values[field.name] = Decimal(stored) if field.type in (Decimal, "Decimal") else stored
    return kind.payload(**values)
