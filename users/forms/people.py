"""Users, as an administrator and as they themselves fill them in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from users.constants import Language, Theme
from users.forms.departments import DepartmentField
from users.forms.merge import OpenedField
from users.models import User
from users.queries import departments
from users.roles import ROLES
from users.services.people import Particulars

_NEW_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class UserForm(forms.Form):
    """What an administrator says of a user."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=120)
    username = forms.CharField(
        label=_("User name"), max_length=150, help_text=_("Signs in with it; letters, digits, dots.")
    )
    email = forms.EmailField(label=_("E-mail"), required=False, help_text=_("Signs in with it too."))
    department = DepartmentField(label=_("Department"), required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(role.code, role.label) for role in ROLES.values()],
        required=False,
        help_text=_("A user may have several; each adds to what they may do."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    is_active = forms.BooleanField(
        label=_("May sign in"), required=False, initial=True, help_text=_("Who may not any longer is out at once.")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    opened = OpenedField(required=False)

    # What is compared when two people edit the same user.
    COMPARED = ("name", "username", "email", "department", "roles", "language", "is_active")

    def particulars(self, values: dict[str, Any] | None = None) -> Particulars:
        """What the service takes; `values` are the merged ones after a conflict."""
        said = self.cleaned_data | (values or {})
        return Particulars(**{name: said[name] for name in self.COMPARED})

    @staticmethod
    def values_of(user: User) -> dict[str, Any]:
        """A stored user as this form's values."""
        return {
            "name": user.name,
            "username": user.username,
            "email": user.email,
            "department": user.department,
            "roles": [role.code for role in user.roles],
            "language": user.language,
            "is_active": user.is_active,
        }


class NewUserForm(UserForm):
    """The same, with the first password."""

    password = forms.CharField(
        label=_("First password"),
        widget=_NEW_PASSWORD,
        strip=False,
        help_text=_("Ten characters or more. Hand it over in person; the user changes it in the profile."),
    )


class NewPasswordForm(forms.Form):
    """A new password for somebody who lost theirs."""

    password = forms.CharField(
        label=_("New password"),
        widget=_NEW_PASSWORD,
        strip=False,
        help_text=_("Ten characters or more. Ends the sessions of this user."),
    )


class ProfileForm(forms.Form):
    """What people say of themselves."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), required=False, help_text=_("You can sign in with it too."))
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, widget=forms.RadioSelect)
    theme = forms.ChoiceField(label=_("Look"), choices=Theme.choices, widget=forms.RadioSelect)


class UserFilterForm(forms.Form):
    """The filters of the list of users."""

    q = forms.CharField(label=_("Name, user name or e-mail"), required=False, max_length=100)
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", _("every role")), *((r.code, r.label) for r in ROLES.values())]
    )
    department = DepartmentField(label=_("Department"), required=False, empty_label=_("every department"))
    active = forms.ChoiceField(
        label=_("May sign in"),
        required=False,
        choices=[("", _("all")), ("yes", _("may sign in")), ("no", _("may not"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "in"

    def arguments(self) -> dict[str, Any]:
        """What the query takes; a filter that makes no sense is none."""
        said = self.cleaned_data if self.is_valid() else {}
        department = said.get("department")
        return {
            "query": said.get("q", ""),
            "role": said.get("role", ""),
            "department_ids": departments.subtree_ids(department.pk) if department else (),
            "active": said.get("active", ""),
        }
