"""Reading second factors: who has one, who must."""

from allauth.mfa.models import Authenticator

from crm.lib import dates
from users.models import User
from users.queries import parameters
from users.sign_in import SIGN_IN

_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_one(user: User, *, beside: int | None = None) -> bool:
    """Whether a user has a second factor; `beside` leaves one out. Recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=user, type__in=_FACTORS).exclude(pk=beside).exists())


def must_have_one(user: User) -> bool:
    """Whether one of the user's roles asks for a second factor."""
    must: frozenset[str] = parameters.in_force(SIGN_IN.code, on=dates.today()).values.roles
    return any(role.code in must for role in user.roles)
