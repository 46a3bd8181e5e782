"""How second factors behave here: secrets encrypted, codes good once, none removed that a role asks for."""

import base64
import hashlib
import time
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as library
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from users.models import User
from users.queries import second_factor
from users.services import second_factor as services

# Longer than a code is good for, clock tolerance included.
REMEMBERED_SECONDS = 300


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors of Keystone."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code isn't right, or was used before. Wait for the next one."),
        "cannot_delete_authenticator": _("Your role asks for a second factor. Add another one, then remove this."),
    }

    def encrypt(self, text: str) -> str:
        """Secrets are stored encrypted with a key made from SECRET_KEY."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The counterpart; keys of SECRET_KEY_FALLBACKS open what was stored under them."""
        return _box().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last one stays where a role asks for one."""
        user: User = authenticator.user
        return second_factor.has_one(user, beside=authenticator.pk) or not second_factor.must_have_one(user)

    def generate_authenticator_name(self, user: User, type: Any) -> str:  # noqa: A002 - the library's name
        """The first name of a new key."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return str(_("Key %(number)s") % {"number": count + 1})

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Keys are bound to the host name; people see what it is called."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Keystone 要客"}


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_stretched(key))) for key in keys])


def _stretched(key: str) -> bytes:
    # The key is long and random by itself; this only separates its use here from all others.
    return hashlib.sha256(b"keystone.second-factor:" + key.encode()).digest()


class CodeForm(library.AuthenticateForm):  # type: ignore[misc]
    """The code of an authenticator app, or a recovery code; each good once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self)

    def clean_code(self) -> str:
        """Refuse a code that was used before, by whatever process, whether or not the cache remembers."""
        code: str = super().clean_code()
        use_once(self.authenticator, code)
        return code


class ConfirmForm(library.ReauthenticateForm):  # type: ignore[misc]
    """The same, to confirm who it is before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self)

    def clean_code(self) -> str:
        """As at sign-in."""
        code: str = super().clean_code()
        use_once(self.authenticator, code)
        return code


def _dress(form: Any) -> None:
    # Translators: 验证码
    form.fields["code"].label = pgettext_lazy("of an app", "Code")
    form.fields["code"].widget.attrs = {"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
    form.fields["code"].help_text = _("Six digits of your app, or one of your recovery codes.")


@transaction.atomic
def use_once(authenticator: Authenticator, code: str) -> None:
    """Remember a code of an app as used. Raises the form's error if it was used before.

    Recovery codes are struck off by the library itself.
    """
    if authenticator.type != Authenticator.Type.TOTP:
        return
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    now = time.time()
    used = {digest: at for digest, at in row.data.get("used", {}).items() if at > now - REMEMBERED_SECONDS}
    digest = hashlib.sha256(f"{row.pk}:{''.join(code.split())}".encode()).hexdigest()[:16]
    if digest in used:
        raise MFAAdapter().validation_error("incorrect_code")
    row.data["used"] = used | {digest: now}
    row.save(update_fields=["data"])
    authenticator.data = row.data


def log(happened: str) -> Any:
    """A receiver of the library's signals that logs what a person did with a second factor of theirs."""

    def receive(*, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
        services.log_own(user=user, happened=happened, kind=authenticator.type)

    return receive
