"""The form of a team member."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.constants import TeamRole
from accounts.models import TeamMember
from crm.lib import dates
from users.models import User


def _day() -> forms.DateInput:
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class MemberForm(forms.Form):
    """Part and days of a member; who it is, for a new one."""

    user = forms.IntegerField(label=_("Colleague"), widget=forms.HiddenInput())
    role = forms.ChoiceField(label=_("Part in the team"), choices=TeamRole.choices)
    starts_on = forms.DateField(label=_("First day"), widget=_day())
    ends_on = forms.DateField(
        label=_("Last day"), required=False, widget=_day(), help_text=_("Reading ends with this day.")
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, member: TeamMember | None = None) -> None:
        initial: dict[str, Any] = {"starts_on": dates.today(), "role": TeamRole.TECHNICAL}
        if member is not None:
            initial = {name: getattr(member, name) for name in ("role", "starts_on", "ends_on")}
        super().__init__(data, initial=initial)
        if member is not None:
            del self.fields["user"]
            return
        chosen = self["user"].value()
        user = User.objects.filter(pk=chosen).first() if str(chosen or "").isdecimal() else None
        self.fields["user"].widget.attrs["data-text"] = str(user or "")

    def show(self, error: ValidationError) -> None:
        """Show what the service refused under the fields it names."""
        for name, messages in error.message_dict.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, message)
