"""Forms of the sign-in library, worded as the rest."""

from typing import Any

from allauth.account import forms as library
from django.conf import settings
from django.urls import reverse
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

    @property
    def providers(self) -> list[tuple[str, str]]:
        """Identity providers that are set up: what each is called and where signing in with it begins."""
        apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
        return [(app["name"], reverse("openid_connect_login", args=[app["provider_id"]])) for app in apps]


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
