"""How people want to be told."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs.constants import Way
from jobs.messages import OTHER, MessageKind, message_kinds
from jobs.models import MessageSettings
from jobs.services.messages import way_of

PREFIX = "way-"


def shown_kinds() -> list[MessageKind]:
    """The kinds people decide on, by what they are called; the rest last."""
    return [*sorted(message_kinds, key=lambda kind: str(kind.label)), OTHER]


class NoticeForm(forms.Form):
    """A way for each kind of notice, and the hour of the daily e-mail."""

    digest_at = forms.TimeField(
        label=_("Daily e-mail at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("In the company's time zone. One e-mail with what you haven't read in the bell."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, chosen: MessageSettings) -> None:
        super().__init__(data, initial={"digest_at": chosen.digest_at})
        for kind in shown_kinds():
            ways = [(way.value, way.label) for way in Way if not (kind.mandatory and way == Way.OFF)]
            self.fields[PREFIX + kind.code] = forms.ChoiceField(
                label=str(kind.label), choices=ways, initial=way_of(chosen, kind).value
            )

    def rows(self) -> list[tuple[MessageKind, forms.BoundField]]:
        """Each kind with its field."""
        return [(kind, self[PREFIX + kind.code]) for kind in shown_kinds()]

    def ways(self) -> dict[str, str]:
        """The chosen way of each kind."""
        return {kind.code: self.cleaned_data[PREFIX + kind.code] for kind in shown_kinds()}
