"""The filters of the log of reads, and the mark of protection."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.constants import Door
from accounts.queries.reads import Filters


class ReadFilterForm(forms.Form):
    """Who, which customer, through which door, when."""

    who = forms.CharField(label=_("Who"), required=False, max_length=100, widget=forms.TextInput({"size": 12}))
    customer = forms.CharField(
        label=_("Customer"), required=False, max_length=100, widget=forms.TextInput({"size": 14})
    )
    door = forms.ChoiceField(label=_("Door"), required=False, choices=[("", _("every door")), *Door.choices])
    first = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "in"

    def filters(self) -> Filters:
        """What the query takes; a field that makes no sense filters nothing, and says so."""
        said = self.cleaned_data if self.is_valid() or hasattr(self, "cleaned_data") else {}
        return Filters(
            who=said.get("who", ""),
            customer=said.get("customer", ""),
            door=said.get("door", ""),
            first=said.get("first"),
            last=said.get("last"),
        )


class ProtectionForm(forms.Form):
    """Why a customer is protected."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
