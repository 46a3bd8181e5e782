"""Who calls: a program by its key, or a person who is signed in."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from users.constants import UserKind
from users.middleware import waits_for_second_factor
from users.models import ApiKey, User
from users.queries import keys
from users.services import keys as services

_SCHEME = "bearer"


class KeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer ks_…`. The key is looked up anew for each call: a withdrawn one is out at once."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """The program and its key; None for a call without the header."""
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        key = keys.by_token(token.strip()) if scheme.lower() == _SCHEME else None
        if key is None:
            raise exceptions.AuthenticationFailed(_("This key is unknown, withdrawn or expired."))
        services.note_use(key=key)
        return key.principal(), key

    def authenticate_header(self, request: Request) -> str:
        """What a caller without a key is asked for."""
        return 'Bearer realm="Keystone API"'


class SessionAuthentication(authentication.SessionAuthentication):
    """A person with a session, as on the pages; their writes carry the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """The signed-in person; None for anybody else."""
        user = getattr(request._request, "user", AnonymousUser())
        if isinstance(user, User) and user.kind != UserKind.PERSON:
            return None
        if isinstance(user, User) and waits_for_second_factor(request._request, user):
            raise exceptions.PermissionDenied(_("Set up a second factor first: your role asks for one."))
        return super().authenticate(request)
