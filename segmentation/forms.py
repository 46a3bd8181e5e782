"""Forms of this chapter."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.lib import dates
from sales.queries import totals
from segmentation.constants import Grade


class OverrideForm(forms.Form):
    """A manual tier: which, until when, why."""

    grade = forms.ChoiceField(label=_("Tier"), choices=Grade.choices)
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class RecomputeForm(forms.Form):
    """A recomputation: as of which day, with which window, and whether history is computed anew."""

    as_of = forms.DateField(
        label=_("As of"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("The last day counted. A day before the present figures is kept beside them."),
    )
    window_months = forms.IntegerField(
        label=_("Window"),
        required=False,
        min_value=1,
        max_value=120,
        help_text=_("Calendar months; empty for the scheme's. Another window is kept beside the present figures."),
    )
    replay = forms.BooleanField(
        label=_("Evaluate all month ends anew"),
        required=False,
        help_text=_("After importing older orders: replaces the tier history. Manual tiers stay."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        today = dates.today()
        kwargs.setdefault("initial", {"as_of": min(today - dt.timedelta(days=1), totals.reading_day(today))})
        super().__init__(*args, **kwargs)

    def clean_as_of(self) -> dt.date:
        """A day that has begun."""
        as_of: dt.date = self.cleaned_data["as_of"]
        if as_of > dates.today():
            raise forms.ValidationError(_("Choose a day that isn't in the future."))
        return as_of
