"""The form of a kind of parameters, made from its dataclass."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.lib import dates
from users.parameters import Parameter, ParameterKind, build, fields_of


class ParametersForm(forms.Form):
    """Every parameter of a kind, the first day it holds, and why. `values` is the dataclass once valid."""

    valid_from = forms.DateField(
        label=_("Valid from"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The first day it holds."),
    )
    note = forms.CharField(label=_("Reason"), max_length=300, help_text=_("Why; it stands in the history."))
    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, kind: ParameterKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.values: Any = None
        self.parameters = [field.name for field in fields_of(kind)]
        for field in fields_of(kind):
            self.fields[f"p-{field.name}"] = _control(field)
        self.initial.setdefault("valid_from", dates.today())

    def clean(self) -> dict[str, Any]:
        """Check the values against each other once each is right by itself."""
        said = super().clean() or {}
        if not any(name.startswith("p-") for name in self.errors):
            self.values, faults = build(self.kind, {name: said[f"p-{name}"] for name in self.parameters})
            for name, reason in faults.items():
                self.add_error(f"p-{name}" if name else None, self._worded(reason))
        return said

    def _worded(self, reason: str) -> str:
        """A reason that names other fields, with what they are called on the page."""
        for field in fields_of(self.kind):
            reason = re.sub(rf"\b{field.name}\b", f"“{field.label}”", reason)
        return reason[:1].upper() + reason[1:]

    def rows(self) -> list[tuple[forms.BoundField, str]]:
        """The parameters' fields, each with its unit."""
        units = {field.name: str(field.unit) for field in fields_of(self.kind)}
        return [(self[f"p-{name}"], units[name]) for name in self.parameters]


def initial_of(values: dict[str, Any], *, base: int) -> dict[str, Any]:
    """A version's values as the form's initial ones; `base` is the last version the editor saw."""
    return {f"p-{name}": value for name, value in values.items()} | {"base": base}


def _control(field: Parameter) -> forms.Field:
    said: dict[str, Any] = {"label": field.label, "help_text": field.help, "required": not field.optional}
    if field.type is bool:
        return forms.BooleanField(**said | {"required": False})
    if field.choices:
        return forms.ChoiceField(choices=field.choices, **said)
    if field.type is str:
        return forms.CharField(max_length=200, **said)
    whole = field.type is int
    widget = forms.TextInput({"inputmode": "numeric" if whole else "decimal"})
    if whole:
        return forms.IntegerField(min_value=_whole(field.low), max_value=_whole(field.high), widget=widget, **said)
    return forms.DecimalField(
        min_value=field.low, max_value=field.high, max_digits=18, decimal_places=6, widget=widget, **said
    )


def _whole(limit: int | Decimal | None) -> int | None:
    return None if limit is None else int(limit)
