"""Forms of webhooks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs.constants import DeliveryState
from jobs.forms.runs import Filter
from jobs.registry import event_kinds
from jobs.services.webhooks import Wanted


class WebhookForm(forms.Form):
    """Where events go and which."""

    target = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Begins with https://. Machines of this network are refused."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(label=_("What for"), max_length=200, required=False)
    is_active = forms.BooleanField(
        label=_("Active"),
        required=False,
        initial=True,
        help_text=_("While it isn't active nothing is sent, and new events aren't kept for it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.code, f"{kind.label} ({kind.code})") for kind in event_kinds]
        self.fields["kinds"] = forms.MultipleChoiceField(
            label=_("Events"), widget=forms.CheckboxSelectMultiple, choices=choices
        )

    def wanted(self) -> Wanted:
        """What the service takes."""
        return Wanted(**self.cleaned_data)


class ReplayForm(forms.Form):
    """From when on events are sent again."""

    since = forms.DateTimeField(
        label=_("Since"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=_("In the company's time zone. Receivers know doubles by their id."),
    )


class DeliveryFilter(Filter):
    """What the log of a webhook is narrowed to."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("Any state")), *DeliveryState.choices])
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
