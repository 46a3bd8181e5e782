"""Asking the archive, and asking for access."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.sections import IDENTITY, sections


class LookupForm(forms.Form):
    """What is looked for: whole, not a part."""

    q = forms.CharField(label=_("Code, tax number, phone number or full name"), max_length=200)


class RequestForm(forms.Form):
    """Which sections, whether to print, and what for."""

    sections = forms.MultipleChoiceField(
        label=_("Sections you need"), widget=forms.CheckboxSelectMultiple(), initial=[IDENTITY]
    )
    may_print = forms.BooleanField(label=_("I need to print them"), required=False)
    reason = forms.CharField(
        label=_("What for"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The department's manager reads this and decides."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sections"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(one.code, one.label) for one in sections]

    def show(self, error: ValidationError) -> None:
        """Show what the service refused under the fields it names."""
        found = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
        for name, messages in found.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, message)
