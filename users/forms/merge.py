"""Two people edited the same record: what each changed, and what is left to choose.

A form keeps what the record was when it was opened in the hidden field `opened`. When it is sent,
each field is compared three ways; a field that both changed differently is chosen by `pick-<name>`.
"""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.lib import display


@dataclass(frozen=True)
class Clash:
    """A field that both changed, each differently. `pick` is "theirs", "mine" or not chosen yet."""

    name: str
    label: str
    before: str
    theirs: str
    mine: str
    pick: str


@dataclass(frozen=True)
class Merged:
    """A field that one of them changed, or both alike."""

    label: str
    before: str
    now: str
    by: str


@dataclass
class Merge:
    """What comes out, and when the form was opened: the values to save, what is to be chosen, what merged by itself."""

    opened_at: dt.datetime
    values: dict[str, Any] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)

    @property
    def settled(self) -> bool:
        """Whether nothing is left to choose."""
        return all(clash.pick for clash in self.clashes)


def opened(values: Mapping[str, Any]) -> str:
    """What the hidden field keeps of a record: its values, and when they were read."""
    return json.dumps({"at": timezone.now().isoformat(), "values": {name: _raw(one) for name, one in values.items()}})


def three_ways(form: forms.Form, now: Mapping[str, Any], *, names: Collection[str], who: str = "") -> Merge:
    """Compare what a valid form says with the record as it was opened and as `who` left it, `now`."""
    kept = json.loads(form.cleaned_data["opened"])
    before = kept["values"]
    found = Merge(dt.datetime.fromisoformat(kept["at"]))
    for name in names:
        mine, theirs, was = _raw(form.cleaned_data[name]), _raw(now[name]), before.get(name)
        control = form.fields[name]
        label, old = str(control.label), _words(control, was)
        found.values[name] = now[name] if mine == was else form.cleaned_data[name]
        if mine == was and theirs != was:
            found.merged.append(Merged(label, old, _words(control, theirs), who))
        elif mine != was and theirs in (was, mine):
            by = _("you") if theirs == was else _("both alike")
            found.merged.append(Merged(label, old, _words(control, mine), by))
        elif mine != was:
            pick = form.data.get(f"pick-{name}", "")
            pick = pick if pick in ("theirs", "mine") else ""
            found.clashes.append(Clash(name, label, old, _words(control, theirs), _words(control, mine), pick))
            found.values[name] = now[name] if pick == "theirs" else form.cleaned_data[name]
    return found


class OpenedField(forms.CharField):
    """The hidden field; what was tampered with counts as opened empty just now."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> str:
        """The text, if it is what `opened` wrote."""
        try:
            kept = json.loads(value or "")
            dt.datetime.fromisoformat(kept["at"])
            return str(value) if isinstance(kept["values"], dict) else opened({})
        except (ValueError, TypeError, KeyError):
            return opened({})


def _raw(value: Any) -> Any:
    """A value as JSON keeps it, equal for equal values whatever their type."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(str(one) for one in value)
    return str(value)


def _words(control: forms.Field, value: Any) -> str:
    """A kept value as its form field shows it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return display.listed([_words(control, one) for one in value], language=get_language() or "en")
    labels = {str(code): str(label).strip() for code, label in getattr(control, "choices", ()) or ()}
    return labels.get(str(value), "" if value is None else str(value))
