"""What is filled in for many customers at once."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.constants import LifeCycle
from accounts.forms.customers import departments_in_reach
from users.models import Department, User
from users.roles import Permission


class HandoverForm(forms.Form):
    """To whom customers go."""

    owner = forms.IntegerField(label=_("New owner"), required=False, widget=forms.HiddenInput())
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.none(),
        required=False,
        help_text=_("Empty: the new owner's. With a department and no owner, nobody owns them yet."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User) -> None:
        super().__init__(data)
        field = self.fields["department"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = departments_in_reach(user, Permission.CUSTOMER_REASSIGN)


class StageForm(forms.Form):
    """The stage customers move to, and why."""

    to = forms.ChoiceField(label=_("Stage"), choices=LifeCycle.choices)
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=300, help_text=_("Needed for lost and given up.")
    )
