"""A proposed change: the form of the customer or contact, with where one has it from; and its settling."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.constants import Confidence, FactSource
from accounts.models import Fact
from accounts.services.facts import Evidence
from crm.lib import dates


def _day() -> forms.DateInput:
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class EvidenceForm(forms.Form):
    """Where somebody has it from."""

    source = forms.ChoiceField(label=_("Source"), choices=FactSource.choices, initial=FactSource.SALES)
    confidence = forms.TypedChoiceField(
        label=_("How sure are you?"), choices=Confidence.choices, coerce=int, initial=Confidence.LIKELY
    )
    known_on = forms.DateField(label=_("Known on"), initial=dates.today, widget=_day())
    expires_on = forms.DateField(
        label=_("Holds until"), required=False, widget=_day(), help_text=_("Empty: until somebody knows better.")
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        required=False,
        max_length=300,
        help_text=_("What you saw or heard: whoever decides will ask."),
    )

    def said(self) -> Evidence:
        """What the service takes."""
        values = dict(self.cleaned_data)
        return Evidence(note=values.pop("evidence"), **values)


class SettleForm(forms.Form):
    """Accept or refuse, fact by fact: `fact-<id>` is "accept", "refuse" or empty."""

    answer = forms.CharField(
        label=_("Answer"), required=False, max_length=300, help_text=_("Goes to those who proposed.")
    )


def chosen(post: QueryDict, facts: list[Fact]) -> tuple[list[int], list[int]]:
    """The ids of the accepted and of the refused ones among the facts shown."""
    picks: Mapping[int, Any] = {fact.pk: post.get(f"fact-{fact.pk}", "") for fact in facts}
    accept = [pk for pk, pick in picks.items() if pick == "accept"]
    return accept, [pk for pk, pick in picks.items() if pick == "refuse"]
