"""System checks: the role table agrees with the permissions, and sign-in is as strict as promised."""

from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name

from users.access import Caller, rules
from users.constants import Language
from users.roles import ROLES, Permission

MOST_TRIES, SHORTEST_LOCK_SECONDS = 10, 15 * 60


def register_all() -> None:
    """Register the checks; called when all apps are loaded."""
    register(roles_are_consistent)
    register(sign_in_is_strict, Tags.security)
    register(sign_in_is_strict_in_production, Tags.security, deploy=True)


def roles_are_consistent(**_kwargs: Any) -> list[CheckMessage]:
    """Every permission belongs to a role, every rule asks for something a role has, somebody administers."""
    granted = frozenset().union(*(role.permissions for role in ROLES.values()))
    found: list[CheckMessage] = [
        Error(
            f"No role may {permission!s}.", hint="Give it to a role in users/roles.py, or delete it.", id="users.E001"
        )
        for permission in Permission
        if permission not in granted
    ]
    for name in rules.keys():  # noqa: SIM118 - a Registry iterates over its entries
        rule = rules.get(name)
        if any(need is not None and not isinstance(need, Caller | Permission) for need in (rule.read, rule.write)):
            found.append(Error(f"The rule of {name} asks for something unknown.", id="users.E002"))
    if Permission.USER_EDIT not in ROLES["administrator"].permissions:
        found.append(Error("Administrators may not edit users, so nobody could make one.", id="users.E003"))
    if any(code != role.code for code, role in ROLES.items()):
        found.append(Error("A role stands under a code that isn't its own.", id="users.E004"))
    return found


def sign_in_is_strict(**_kwargs: Any) -> list[CheckMessage]:
    """Argon2, a lock-out for each account, sessions on the server, the languages of the screens."""
    found: list[CheckMessage] = []
    if "Argon2" not in settings.PASSWORD_HASHERS[0]:
        found.append(Error("Passwords are not hashed with argon2.", id="users.E010"))
    rates = ratelimit.get_rates(app="allauth.account", action="login_failed")
    if not any(
        rate.per == "key" and rate.amount <= MOST_TRIES and rate.duration >= SHORTEST_LOCK_SECONDS for rate in rates
    ):
        hint = f"{MOST_TRIES} tries in {SHORTEST_LOCK_SECONDS // 60} minutes at most, for each key."
        found.append(Error("Wrong passwords don't lock an account.", hint=hint, id="users.E011"))
    if settings.SESSION_ENGINE == "django.contrib.sessions.backends.signed_cookies":
        found.append(Error("Sessions in cookies can't be ended by the server.", id="users.E012"))
    if set(Language.values) != {code for code, _name in settings.LANGUAGES}:
        found.append(Error("LANGUAGES and the languages a user may choose differ.", id="users.E013"))
    return found


def sign_in_is_strict_in_production(**_kwargs: Any) -> list[CheckMessage]:
    """What matters once there are several processes and a proxy."""
    found: list[CheckMessage] = []
    backend = settings.CACHES["default"]["BACKEND"]
    if backend.endswith(("LocMemCache", "DummyCache")):
        message = "Each process would count wrong passwords by itself."
        found.append(Error(message, hint="Use a cache that all of them share, such as Redis.", id="users.E014"))
    if settings.SECURE_PROXY_SSL_HEADER and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        message = "Behind a proxy everybody would share its address in the lock-out."
        found.append(Warning(message, hint="Set TRUSTED_PROXY_COUNT.", id="users.W001"))
    return found
