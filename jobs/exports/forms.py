"""The form of an export."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from jobs.constants import ExportFormat
from jobs.exports.registry import ListExport
from users.models import User


class Columns(forms.MultipleChoiceField):
    """Codes of columns. What isn't there, or not for this user, is left out when the file is made."""

    def valid_value(self, value: Any) -> bool:
        """Take any code."""
        return True


class ExportForm(forms.Form):
    """Which columns, as which kind of file, and why where somebody has to agree."""

    format = forms.ChoiceField(
        label=_("File"),
        choices=ExportFormat.choices,
        required=False,
        initial=ExportFormat.CSV,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("What for?"),
        required=False,
        max_length=300,
        help_text=_("Shown to whoever has to agree."),
    )

    def __init__(self, of: ListExport, user: User, params: QueryDict, *args: Any) -> None:
        super().__init__(*args)
        columns = of.columns(user)
        chosen = list(of.chosen(user, params)) or [column.code for column in columns if column.usual]
        self.fields["columns"] = Columns(
            label=_("Columns"),
            required=False,
            choices=[(column.code, column.label) for column in columns],
            initial=chosen,
            widget=forms.CheckboxSelectMultiple,
        )
