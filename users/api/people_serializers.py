"""Users and departments, and the caller itself."""

from typing import Any

from rest_framework import serializers

from users.api.serializers import Id, StrictSerializer
from users.constants import KeyReach, UserKind
from users.models import User


class MeSerializer(StrictSerializer):
    """Who calls, and what they may do."""

    id = Id(read_only=True)
    name = serializers.CharField(read_only=True)
    kind = serializers.ChoiceField(UserKind.choices, read_only=True)
    permissions = serializers.SerializerMethodField()
    reach = serializers.ChoiceField(KeyReach.choices, read_only=True)
    key = serializers.SerializerMethodField()

    def get_permissions(self, user: User) -> list[str]:
        """The scopes of a key, or what a person's roles allow."""
        return sorted(user.permissions)

    def get_key(self, user: User) -> dict[str, Any] | None:
        """The key this call was made with."""
        key = user.key
        if key is None:
            return None
        return {"prefix": key.prefix, "expires_at": key.expires_at, "rate_per_minute": key.rate_per_minute}


class UserSerializer(StrictSerializer):
    """A person or program that may own customers or write."""

    id = Id(read_only=True)
    username = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    email = serializers.CharField(read_only=True)
    kind = serializers.ChoiceField(UserKind.choices, read_only=True)
    department_id = Id(read_only=True, allow_null=True)
    is_active = serializers.BooleanField(read_only=True)


class DepartmentSerializer(StrictSerializer):
    """A department and where it belongs."""

    id = Id(read_only=True)
    code = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    parent_id = Id(read_only=True, allow_null=True)
