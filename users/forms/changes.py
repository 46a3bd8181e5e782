"""The filters of the change log."""

from typing import Any

from django import forms
from django.apps import apps
from django.utils.translation import gettext_lazy as _

from users.constants import Cause
from users.queries.changes import Filters


def _models() -> list[tuple[str, str]]:
    """Every model of our own apps, by what people call it."""
    found = {
        model._meta.label_lower: str(model._meta.verbose_name)
        for model in apps.get_models()
        if not model.__module__.startswith(("django.", "allauth."))
    }
    return [("", str(_("everything"))), *sorted(found.items(), key=lambda one: one[1])]


class ChangeFilterForm(forms.Form):
    """Who, through which door, when, what."""

    who = forms.CharField(label=_("Who"), required=False, max_length=100, widget=forms.TextInput({"size": 12}))
    door = forms.ChoiceField(label=_("Door"), required=False, choices=[("", _("every door")), *Cause.choices])
    model = forms.ChoiceField(label=_("What"), required=False, choices=_models)
    customer = forms.IntegerField(
        label=_("Customer id"),
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        widget=forms.TextInput({"size": 8, "inputmode": "numeric"}),
    )
    first = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    text = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"size": 12}),
        help_text=_("In what was changed, exactly as it is written; without a first day, of the last 90 days."),
    )
    request = forms.CharField(label=_("Request"), required=False, max_length=40, widget=forms.TextInput({"size": 12}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "in"

    def filters(self) -> Filters:
        """What the query takes; a field that makes no sense filters nothing, and says so."""
        said = self.cleaned_data if self.is_valid() or hasattr(self, "cleaned_data") else {}
        return Filters(
            who=said.get("who", ""),
            cause=said.get("door", ""),
            model=said.get("model", ""),
            customer_id=said.get("customer"),
            first=said.get("first"),
            last=said.get("last"),
            text=said.get("text", ""),
            request=said.get("request", ""),
        )
