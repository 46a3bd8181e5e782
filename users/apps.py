from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        from users import access

        access.register(access.LIBRARY)
        post_migrate.connect(make_groups, sender=self)


def make_groups(**_: Any) -> None:
    """Keep one Django group for each role of the role table."""
    from django.contrib.auth.models import Group

    from users.roles import ROLES

    for code in ROLES:
        Group.objects.get_or_create(name=code)
