"""The permission table, asked for calls of the API."""

from typing import TYPE_CHECKING

from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from users.access import Caller, rules
from users.models import User

if TYPE_CHECKING:  # the framework reads its settings, and so this file, while its views are being made
    from rest_framework.views import APIView

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class InTable(BasePermission):
    """Let through what the permission table allows; whose rows a caller gets is the scope's matter."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the caller may read or write at this address."""
        match = request.resolver_match
        rule = rules.find(match.view_name) if match else None
        if rule is None:
            return False
        need = rule.read if request.method in _READS else rule.write
        if need is Caller.ANYONE:
            return True
        if not isinstance(request.user, User):
            raise exceptions.NotAuthenticated
        if need is None:
            raise exceptions.MethodNotAllowed(str(request.method))
        return request.user.is_active if need is Caller.SIGNED_IN else request.user.may(need)
