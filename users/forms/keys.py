"""Programs and keys, as an administrator fills them in."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import dates
from users.constants import KeyReach
from users.forms.departments import DepartmentField
from users.models import Department, User
from users.models.keys import DEFAULT_RATE
from users.queries import departments
from users.roles import NOT_FOR_KEYS, Permission
from users.services.keys import HIGHEST_RATE, KeyTerms

_DEFAULT_LIFE = dt.timedelta(days=365)


class KeyForm(forms.Form):
    """What a key is for, may do, reaches, and until when."""

    label = forms.CharField(label=_("Used for"), max_length=80, help_text=_("Such as: orders from the web shop."))
    expires_on = forms.DateField(
        label=_("Good until"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("A year at most; before that, rotate it."),
    )
    rate_per_minute = forms.IntegerField(
        label=_("Calls a minute"), min_value=1, max_value=HIGHEST_RATE, initial=DEFAULT_RATE
    )
    reach = forms.ChoiceField(label=_("Whose customers"), choices=KeyReach.choices, widget=forms.RadioSelect)
    departments = forms.ModelMultipleChoiceField(
        label=_("Departments"),
        queryset=Department.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With all departments below them."),
    )
    scopes = forms.MultipleChoiceField(label=_("May"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = [one for one in Permission if one not in NOT_FOR_KEYS and by.may(one)]
        self.fields["scopes"].choices = [(one.value, one.value) for one in given]  # type: ignore[attr-defined]
        tree = [(node.department.pk, f"{node.indent}{node.department.name}") for node in departments.tree()]
        self.fields["departments"].choices = tree  # type: ignore[attr-defined]
        self.fields["expires_on"].initial = dates.today() + _DEFAULT_LIFE

    def terms(self) -> KeyTerms:
        """What the service takes; the key is good to the end of the day."""
        said = self.cleaned_data
        return KeyTerms(
            label=said["label"],
            scopes=said["scopes"],
            expires_at=dates.start_of_day(said["expires_on"] + dt.timedelta(days=1)),
            reach=said["reach"],
            departments=list(said["departments"]),
            rate_per_minute=said["rate_per_minute"],
        )


class ProgramForm(KeyForm):
    """A program with its first key."""

    name = forms.CharField(
        label=pgettext_lazy("of a program", "Name"),
        max_length=120,
        help_text=_("Stands in the change log as the author."),
    )
    department = DepartmentField(
        label=_("Department"), required=False, help_text=_("Customers that the program creates belong to it.")
    )


class RotateForm(forms.Form):
    """How long the old key stays good beside the new one."""

    overlap_hours = forms.IntegerField(
        label=_("The old key stays good for, hours"),
        min_value=0,
        max_value=30 * 24,
        initial=24,
        help_text=_("Long enough to put the new key in everywhere; 0 ends the old one now."),
    )
