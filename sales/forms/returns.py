"""The form for goods coming back: one number for each line of the order."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sales.errors import OrderInvalid
from sales.forms.fields import AmountField, DayField
from sales.models import OrderLine
from sales.services.returns import ReturnLine


class ReturnForm(forms.Form):
    """How many of each line come back, when, and why."""

    returned_on = DayField(label=gettext_lazy("Returned on"))
    note = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=300)
    token = forms.UUIDField(widget=forms.HiddenInput(), required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        lines: Sequence[OrderLine],
        left: Mapping[int, Decimal],
        initial: dict[str, Any],
    ) -> None:
        super().__init__(data, initial=initial)
        self.lines, self.left = lines, left
        for line in lines:
            if left[line.position] > 0:
                label = _("Line %(position)s comes back") % {"position": line.position}
                self.fields[f"line-{line.position}"] = AmountField(label=label, required=False, min_value=0, size=8)

    def clean(self) -> dict[str, Any]:
        """Something has to come back."""
        if not self.errors and not self.chosen():
            raise forms.ValidationError(_("Write how many come back, at least of one line."))
        return self.cleaned_data

    def chosen(self) -> list[ReturnLine]:
        """The lines of which some come back."""
        found = []
        for line in self.lines:
            quantity = self.cleaned_data.get(f"line-{line.position}")
            if quantity:
                found.append(ReturnLine(line.position, quantity))
        return found

    def rows(self) -> list[tuple[OrderLine, Decimal, BoundField | None]]:
        """Each line with what is left of it and its field; lines of which nothing is left have none."""
        found = []
        for line in self.lines:
            name = f"line-{line.position}"
            found.append((line, max(self.left[line.position], Decimal(0)), self[name] if name in self.fields else None))
        return found

    def show(self, error: OrderInvalid, chosen: Sequence[ReturnLine]) -> None:
        """Put what the service refused under the fields it names."""
        for text in error.fields.values():
            self.add_error(None, text)
        for place, messages in error.lines.items():
            for text in messages.values():
                self.add_error(f"line-{chosen[place].position}", text)
