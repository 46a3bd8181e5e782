"""Kinds of parameters: a frozen dataclass each, registered by the chapter that uses it.

The dataclass is the form, the validation and the documentation: `parameter()` gives each field its
label, range and unit, and `__post_init__` raises `ValueError("field: reason")` for cross-checks.
Values are bool, int, Decimal or str (with choices or free), each of them `| None` where it may be left out.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import NoneType
from typing import Any, get_args, get_type_hints

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crm.lib.registry import Registry

Text = str | Promise


@dataclass(frozen=True)
class ParameterKind:
    """One kind of parameters, e.g. the rules of ABC tiers. With `approval` a new version waits for another's yes."""

    code: str
    label: Text
    payload: type[Any]
    help: Text = ""
    approval: bool = False


kinds: Registry[ParameterKind] = Registry("parameter kinds")


@dataclass(frozen=True)
class Parameter:
    """One field of a kind, as forms, differences and checks need it."""

    name: str
    type: type[Any]
    optional: bool
    default: Any
    label: Text
    help: Text
    low: int | Decimal | None
    high: int | Decimal | None
    unit: Text
    choices: tuple[tuple[str, Text], ...]

    def fault(self, value: Any) -> str:
        """Why the value doesn't fit this field, in words; nothing if it does."""
        if value is None:
            return "" if self.optional else _("Fill this in.")
        if type(value) is not self.type:
            return _("Must be of another type.")
        if self.choices and value not in dict(self.choices):
            return _("Choose one of the list.")
        if self.low is not None and value < self.low:
            return _("Must be %(limit)s or more.") % {"limit": self.low}
        if self.high is not None and value > self.high:
            return _("Must be %(limit)s or less.") % {"limit": self.high}
        return ""


def parameter(
    default: Any,
    label: Text,
    *,
    help: Text = "",  # noqa: A002 - what a form field calls it too
    low: int | Decimal | None = None,
    high: int | Decimal | None = None,
    unit: Text = "",
    choices: Sequence[tuple[str, Text]] = (),
) -> Any:
    """A dataclass field with what its form needs. Types: bool, int, Decimal, str (with choices)."""
    metadata = {"label": label, "help": help, "low": low, "high": high, "unit": unit, "choices": tuple(choices)}
    return dataclasses.field(default=default, metadata=metadata)


def fields_of(kind: ParameterKind) -> list[Parameter]:
    """The fields of a kind, in the order they are declared."""
    hints = get_type_hints(kind.payload)
    found = []
    for field in dataclasses.fields(kind.payload):
        of = [one for one in get_args(hints[field.name]) if one is not NoneType] or [hints[field.name]]
        optional = NoneType in get_args(hints[field.name])
        found.append(Parameter(name=field.name, type=of[0], optional=optional, default=field.default, **field.metadata))
    return found


def build(kind: ParameterKind, values: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    """The dataclass of plain values, or None and what is wrong by field ("" for the whole)."""
    faults = {field.name: field.fault(values.get(field.name, field.default)) for field in fields_of(kind)}
    if wrong := {name: fault for name, fault in faults.items() if fault}:
        return None, wrong
    try:
        return kind.payload(**values), {}
    except ValueError as error:
        name, _colon, reason = str(error).partition(": ")
        return None, {name: reason} if name in faults and reason else {"": str(error)}


def to_payload(value: Any) -> dict[str, Any]:
    """A parameter dataclass as JSON values; decimals as text."""
    return {k: str(v) if isinstance(v, Decimal) else v for k, v in dataclasses.asdict(value).items()}


def plain_values(kind: ParameterKind, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Stored JSON as the values of a kind's fields, unchecked; fields added since it was stored take their default."""
    values = {}
    for field in fields_of(kind):
        stored = payload.get(field.name, field.default)
        values[field.name] = Decimal(stored) if field.type is Decimal and stored is not None else stored
    return values


def from_payload(kind: ParameterKind, payload: Mapping[str, Any]) -> Any:
    """The dataclass of a stored payload. Raises ValueError if it breaks a rule made since it was stored."""
    return kind.payload(**plain_values(kind, payload))
