"""Forms of the sign-in library, worded as the rest."""

from typing import Any

from allauth.account import forms as library
from django.utils.translation import gettext_lazy as _


class SignInForm(library.LoginForm):  # type: ignore[misc]
    """User name or e-mail address, and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or e-mail address")
        self.fields["login"].widget.attrs = {"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        self.fields["password"].widget.attrs = {"autocomplete": "current-password"}
        self.fields["password"].help_text = _("Forgotten? An administrator gives you a new one.")
        self.fields["remember"].label = _("Keep me signed in on this device")


class PasswordForm(library.ChangePasswordForm):  # type: ignore[misc]
    """The present password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "oldpassword": (_("Present password"), "current-password"),
            "password1": (_("New password"), "new-password"),
            "password2": (_("New password again"), "new-password"),
        }
        for name, (label, autocomplete) in labels.items():
            self.fields[name].label = label
            self.fields[name].widget.attrs = {"autocomplete": autocomplete}
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].help_text = _("Ten characters or more, not a common one, not your name.")
