"""Reading parameters: what is in force on a day, and how it came to be."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crm.lib import display
from users.models import ParameterSet
from users.parameters import Parameter, ParameterKind, fields_of, from_payload, kinds, plain_values

MAIN = "main"


@dataclass(frozen=True)
class InForce:
    """The parameters of a kind on a day: the values, and which version they are (0: the defaults)."""

    kind: str
    name: str
    version: int
    values: Any


@dataclass(frozen=True)
class Line:
    """One parameter in words, beside what it was in another version."""

    label: str | Promise
    help: str | Promise
    value: str
    before: str
    changed: bool


def version_in_force(kind: str, *, on: dt.date, name: str = MAIN) -> ParameterSet | None:
    """The stored version in force on a day, or None while the defaults are."""
    return (
        ParameterSet.objects.filter(kind=kind, name=name, valid_from__lte=on)
        .order_by("-valid_from", "-version")
        .select_related("by")
        .first()
    )


def in_force(kind: str, *, on: dt.date, name: str = MAIN) -> InForce:
    """The version in force on a day, or the defaults if none has been saved."""
    row = version_in_force(kind, on=on, name=name)
    if row is None:
        return InForce(kind, name, 0, kinds.get(kind).payload())
    return InForce(kind, name, row.version, from_payload(kinds.get(kind), row.payload))


def latest_version(kind: str, *, name: str = MAIN) -> int:
    """The number of the last version saved; 0 if none was."""
    last = ParameterSet.objects.filter(kind=kind, name=name).order_by("-version").first()
    return last.version if last else 0


def versions(kind: str, *, name: str = MAIN) -> list[ParameterSet]:
    """Every version, the newest first."""
    return list(ParameterSet.objects.filter(kind=kind, name=name).order_by("-version").select_related("by"))


def names_of(kind: str) -> list[str]:
    """The schemes of a kind: the main one, then those that were saved."""
    saved = ParameterSet.objects.filter(kind=kind).order_by("name").values_list("name", flat=True).distinct()
    return [MAIN, *(name for name in saved if name != MAIN)]


def superseded_on(kind: str, valid_from: dt.date, *, name: str = MAIN) -> dt.date | None:
    """The next day on which a stored version follows one valid from the given day."""
    later = ParameterSet.objects.filter(kind=kind, name=name, valid_from__gt=valid_from).order_by("valid_from").first()
    return later.valid_from if later else None


def values_of(row: ParameterSet | None, kind: ParameterKind) -> dict[str, Any]:
    """The values of a version, or the defaults, by field; unchecked, so that old versions can be shown."""
    return plain_values(kind, row.payload if row else {})


def lines(kind: ParameterKind, values: dict[str, Any], before: dict[str, Any] | None = None) -> list[Line]:
    """Every parameter of a kind in words, and whether it differs from `before`."""
    found = []
    for field in fields_of(kind):
        now = values[field.name]
        was = before[field.name] if before is not None else now
        found.append(Line(field.label, field.help, in_words(field, now), in_words(field, was), now != was))
    return found


def in_words(field: Parameter, value: Any) -> str:
    """A parameter's value as a reader wants it: the choice's label, the number with its unit."""
    if value is None:
        return _("not set")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.choices:
        return str(dict(field.choices).get(value, value))
    text = str(value).replace("-", display.MINUS) if not isinstance(value, str) else value
    return f"{text} {field.unit}" if field.unit else text
