"""The permission table: what each URL asks of its caller. A URL that is not in it is closed.

Every app lists its URLs in its `access.py` and adds them here in `AppConfig.ready()`. The middleware
refuses what the table doesn't allow before the view runs; whose rows a caller gets is the scope's matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm.lib.registry import Registry
from users.roles import Permission


class Caller(StrEnum):
    """Who may call a URL that asks for no permission."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"


@dataclass(frozen=True)
class Rule:
    """What reading (GET, HEAD) and writing (the rest) ask. `write=None`: the URL doesn't write."""

    read: Permission | Caller
    write: Permission | Caller | None = None


rules: Registry[Rule] = Registry("permission table")

OPEN = Rule(Caller.ANYONE, Caller.ANYONE)
SIGNED_IN = Rule(Caller.SIGNED_IN, Caller.SIGNED_IN)


def register(table: Mapping[str, Rule]) -> None:
    """Add an app's URLs, by full name such as `accounts:customer_list`."""
    for name, rule in table.items():
        rules.add(name, rule)


# Pages of the sign-in library and of Django, the first page, and what watching machines ask.
LIBRARY: dict[str, Rule] = {
    "account_login": OPEN,
    "account_logout": OPEN,
    "account_inactive": Rule(Caller.ANYONE),
    "account_change_password": SIGNED_IN,
    "account_reauthenticate": SIGNED_IN,
    # Half signed in: the library asks for the password first.
    "mfa_authenticate": OPEN,
    "mfa_login_webauthn": OPEN,
    "mfa_index": Rule(Caller.SIGNED_IN),
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_list_webauthn": Rule(Caller.SIGNED_IN),
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_view_recovery_codes": Rule(Caller.SIGNED_IN),
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": Rule(Caller.SIGNED_IN),
    "openid_connect_login": OPEN,
    "openid_connect_callback": OPEN,
    "set_language": OPEN,
    "home": Rule(Caller.SIGNED_IN),
    "healthz": Rule(Caller.ANYONE),
    "readyz": Rule(Caller.ANYONE),
    # Guarded by its own token: those who read it have no account.
    "metrics": Rule(Caller.ANYONE),
}

_P = Permission

TABLE: dict[str, Rule] = {
    "users:profile": SIGNED_IN,
    "users:session_list": SIGNED_IN,
    "users:session_end": SIGNED_IN,
    "users:second_factor_reset": Rule(_P.USER_EDIT, _P.USER_EDIT),
    "users:theme": SIGNED_IN,
    "users:language": SIGNED_IN,
    "users:approval_list": Rule(Caller.SIGNED_IN),
    "users:approval_detail": Rule(Caller.SIGNED_IN),
    "users:approval_decide": SIGNED_IN,
    "users:approval_withdraw": SIGNED_IN,
    "users:approval_comment": SIGNED_IN,
    "users:approval_delegate": SIGNED_IN,
    "users:settings": Rule(Caller.SIGNED_IN),
    "users:role_list": Rule(Caller.SIGNED_IN),
    "users:user_list": Rule(_P.USER_VIEW),
    "users:user_create": Rule(_P.USER_EDIT, _P.USER_EDIT),
    "users:user_edit": Rule(_P.USER_VIEW, _P.USER_EDIT),
    "users:user_password": Rule(_P.USER_EDIT, _P.USER_EDIT),
    "users:department_list": Rule(_P.USER_VIEW),
    "users:department_create": Rule(_P.USER_EDIT, _P.USER_EDIT),
    "users:department_edit": Rule(_P.USER_VIEW, _P.USER_EDIT),
    "api:schema": Rule(Caller.ANYONE),
    "api:docs": OPEN,
    "api:me": Rule(Caller.SIGNED_IN),
    "api:users": Rule(_P.USER_VIEW),
    "api:user": Rule(_P.USER_VIEW),
    "api:departments": Rule(_P.USER_VIEW),
    "api:department": Rule(_P.USER_VIEW),
    "users:program_list": Rule(_P.KEY_EDIT),
    "users:program_create": Rule(_P.KEY_EDIT, _P.KEY_EDIT),
    "users:program_detail": Rule(_P.KEY_EDIT),
    "users:key_create": Rule(_P.KEY_EDIT, _P.KEY_EDIT),
    "users:key_rotate": Rule(_P.KEY_EDIT, _P.KEY_EDIT),
    "users:key_withdraw": Rule(_P.KEY_EDIT, _P.KEY_EDIT),
    "users:change_list": Rule(_P.CHANGE_VIEW),
    "users:parameter_list": Rule(_P.PARAMETER_VIEW),
    "users:parameter_detail": Rule(_P.PARAMETER_VIEW),
    "users:parameter_version": Rule(_P.PARAMETER_VIEW),
    "users:parameter_edit": Rule(_P.PARAMETER_EDIT, _P.PARAMETER_EDIT),
}
