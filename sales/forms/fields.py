"""Fields that forms of this chapter share."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?")


class AmountField(forms.DecimalField):
    """A number as people type it: full-width digits, thousands separators, spaces. What is kept is exact."""

    default_error_messages = {"invalid": _("Only a number, such as 1234.50.")}

    def __init__(self, *, size: int | None = None, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"} | ({"size": str(size)} if size else {})
        options.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(**options)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """The number, or a ValidationError."""
        if isinstance(value, str):
            value = "".join(unicodedata.normalize("NFKC", value).split())
            if _GROUPED.fullmatch(value):
                value = value.replace(",", "")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        """The number without zeros at its end."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class DayField(forms.DateField):
    """A day, picked from the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(input_formats=["%Y-%m-%d"], **options)
