"""System checks of roles and of sign-in."""

from typing import Any

import pytest

from users import checks
from users.roles import ROLES, Permission


def ids(found: list[Any]) -> list[str]:
    return [one.id for one in found]


def test_the_project_as_it_is_passes(settings: Any) -> None:
    assert checks.roles_are_consistent() == []
    assert checks.sign_in_is_strict() == []


def test_a_permission_that_no_role_has_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {
        code: type(role)(role.code, role.label, role.reach, role.permissions - {Permission.TIER_OVERRIDE})
        for code, role in ROLES.items()
    }
    monkeypatch.setattr(checks, "ROLES", without)
    assert ids(checks.roles_are_consistent()) == ["users.E001"]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"], "users.E010"),
        ("ACCOUNT_RATE_LIMITS", {"login_failed": "100/15m/ip"}, "users.E011"),
        ("ACCOUNT_RATE_LIMITS", {"login_failed": "11/15m/key"}, "users.E011"),
        ("ACCOUNT_RATE_LIMITS", {"login_failed": "10/1m/key"}, "users.E011"),
        ("SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies", "users.E012"),
        ("LANGUAGES", [("en", "English")], "users.E013"),
    ],
)
def test_a_weak_sign_in_is_found(settings: Any, name: str, value: Any, found: str) -> None:
    setattr(settings, name, value)
    assert ids(checks.sign_in_is_strict()) == [found]


def test_in_production_a_cache_of_one_process_and_a_proxy_uncounted_are_found(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    assert ids(checks.sign_in_is_strict_in_production()) == ["users.E014", "users.W001"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x"}}
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert checks.sign_in_is_strict_in_production() == []
