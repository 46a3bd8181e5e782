"""Forms of runs, schedules and webhooks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs.constants import RunState
from jobs.models import Schedule
from jobs.registry import run_kinds


class Filter(forms.Form):
    """What a list is narrowed to; anything else in the address counts as not said."""

    def chosen(self) -> dict[str, Any]:
        """The valid choices."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or None for name in self.fields}


class RunFilter(Filter):
    """What the list of runs is narrowed to."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("Any state")), *RunState.choices])
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    after = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(((kind.code, str(kind.label)) for kind in run_kinds), key=lambda pair: pair[1])
        choices = [("", _("Any kind")), *kinds]
        self.fields["kind"] = forms.ChoiceField(label=_("Kind"), required=False, choices=choices)


class MessageFilter(Filter):
    """From where the list of messages goes on."""

    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class ScheduleForm(forms.ModelForm[Schedule]):
    """When a kind of run is due."""

    class Meta:
        model = Schedule
        fields = ["at", "every_minutes", "is_active"]
        widgets = {
            "at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "every_minutes": forms.NumberInput(attrs={"inputmode": "numeric", "min": 1, "max": 1440}),
        }
        labels = {"at": _("Daily at"), "every_minutes": _("Or every"), "is_active": _("Active")}
        help_texts = {
            "at": _("In the company's time zone."),
            "every_minutes": _("Leave one of the two empty."),
            "is_active": _("A schedule that isn't active starts nothing. What it started before goes on."),
        }

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one of the two ways."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        at, every = cleaned.get("at"), cleaned.get("every_minutes")
        if self.errors:
            return cleaned
        if at is None and every is None:
            self.add_error("at", _("Say a time of day, or every how many minutes."))
        elif at is not None and every is not None:
            self.add_error("every_minutes", _("Say a time of day or an interval, not both."))
        elif every is not None and not 1 <= every <= 1_440:
            self.add_error("every_minutes", _("From 1 to 1,440 minutes; once a day at the least."))
        return cleaned
