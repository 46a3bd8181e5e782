from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        from users import access, checks, registry
        from users.registry import SettingsPage
        from users.roles import Permission

        access.register(access.LIBRARY)
        access.register(access.TABLE)
        registry.change_permissions.add("users.user", Permission.USER_VIEW)
        registry.change_permissions.add("users.department", Permission.USER_VIEW)
        registry.change_permissions.add("users.parameterset", Permission.PARAMETER_VIEW)
        for page in (
            SettingsPage("users:profile", _("Profile"), _("Your name, language, look and password."), "user"),
            SettingsPage("users:user_list", _("Users"), _("Who may sign in, and what they may do."), "users"),
            SettingsPage("users:department_list", _("Departments"), _("The tree that reach follows."), "sitemap"),
            SettingsPage(
                "users:parameter_list", _("Parameters"), _("Lines, windows and weights, by version."), "adjustments"
            ),
            SettingsPage("users:change_list", _("Change log"), _("Who changed what, from what to what."), "history"),
        ):
            registry.settings_pages.add(page.url_name, page)
        checks.register_all()
        post_migrate.connect(make_groups, sender=self)


def make_groups(**_kwargs: Any) -> None:
    """Keep one Django group for each role of the role table."""
    from django.contrib.auth.models import Group

    from users.roles import ROLES

    for code in ROLES:
        Group.objects.get_or_create(name=code)
