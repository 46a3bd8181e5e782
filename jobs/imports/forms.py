"""Forms of the import pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs.imports import mapping
from jobs.imports.errors import MappingRefused
from jobs.imports.registry import ImportKind, Option, import_kinds
from jobs.models import Import
from users.models import User


class UploadForm(forms.Form):
    """What is brought in, and the file."""

    kind = forms.ChoiceField(label=_("What does the file hold?"))
    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.txt,.tsv,.gz"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )
    encoding = forms.ChoiceField(
        label=_("Encoding"),
        required=False,
        choices=[
            (code, _("As the file shows") if code == "auto" else code) for code, _label in mapping.ENCODING.choices
        ],
        help_text=_("Only if names look wrong in the preview."),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.code, kind.label) for kind in import_kinds if kind.allows(user)]
        self.fields["kind"] = forms.ChoiceField(label=self.fields["kind"].label, choices=kinds)
        self.order_fields(["kind", "file", "encoding"])


class MappingForm(forms.Form):
    """Which column says what, and the choices about reading the file."""

    def __init__(self, row: Import, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        self.kind: ImportKind = import_kinds.get(row.kind)
        headers = [("", "–"), *((header, header) for header in mapping.own_columns(row.headers) if header)]
        for field in self.kind.fields:
            self.fields[f"column-{field.code}"] = forms.ChoiceField(
                label=str(field.label),
                required=False,
                choices=headers,
                initial=row.mapping.get(field.code, ""),
                help_text=str(field.help),
            )
        for option in self.kind.options:
            self.fields[f"option-{option.code}"] = _option_field(option, row.options.get(option.code, option.default))

    def columns(self) -> list[tuple[forms.BoundField, bool]]:
        """The fields of columns, and whether some file must have each."""
        needed = {code for group in self.kind.needed for alternative in group for code in alternative}
        return [(self[f"column-{field.code}"], field.code in needed) for field in self.kind.fields]

    def options(self) -> list[forms.BoundField]:
        """The fields of options."""
        return [self[f"option-{option.code}"] for option in self.kind.options]

    def clean(self) -> dict[str, Any]:
        """Check the mapping against the file's columns."""
        cleaned: dict[str, Any] = super().clean() or {}
        columns = {field.code: cleaned.get(f"column-{field.code}", "") for field in self.kind.fields}
        options = {option.code: cleaned.get(f"option-{option.code}") for option in self.kind.options}
        try:
            places = mapping.checked(self.kind, columns, self.row.headers)
            if not self.errors:
                settled = mapping.settled(self.kind, options | {"encoding": self.row.options["encoding"]})
                self.kind.check(places, settled)
                cleaned |= {"columns": columns, "options": settled}
        except MappingRefused as refusal:
            self.add_error(None, str(refusal))
        return cleaned


def _option_field(option: Option, value: Any) -> forms.Field:
    label, help_text = str(option.label), str(option.help)
    if isinstance(option.default, bool):
        return forms.BooleanField(label=label, help_text=help_text, required=False, initial=value)
    if option.choices:
        return forms.ChoiceField(label=label, help_text=help_text, choices=option.choices, initial=value)
    return forms.CharField(
        label=label, help_text=help_text, required=False, initial=value, max_length=option.max_length
    )
