from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        from allauth.mfa import signals

        from users import access, checks, mfa, registry
        from users.approvals import approval_kinds
        from users.parameters import kinds
        from users.registry import SettingsPage
        from users.roles import Permission
        from users.services import parameter_approvals
        from users.sign_in import SIGN_IN

        access.register(access.LIBRARY)
        access.register(access.TABLE)
        registry.change_permissions.add("users.user", Permission.USER_VIEW)
        registry.change_permissions.add("users.apikey", Permission.KEY_EDIT)
        registry.change_permissions.add("users.department", Permission.USER_VIEW)
        registry.change_permissions.add("users.parameterset", Permission.PARAMETER_VIEW)
        registry.record_urls.add("users.user", _user_url)
        registry.record_urls.add("users.apikey", _key_url)
        registry.record_urls.add("users.department", lambda pk, _row: reverse("users:department_edit", args=[pk]))
        registry.record_urls.add("users.parameterset", _version_url)
        registry.record_urls.add("users.approval", lambda pk, _row: reverse("users:approval_detail", args=[pk]))
        for page in (
            SettingsPage("users:profile", _("Profile"), _("Your name, language, look and password."), "user"),
            SettingsPage("mfa_index", _("Second factor"), _("App, passkeys, recovery codes."), "shield-lock"),
            SettingsPage("users:session_list", _("Sessions"), _("Where you are signed in."), "devices"),
            SettingsPage("users:user_list", _("Users"), _("Who may sign in, and what they may do."), "users"),
            SettingsPage("users:role_list", _("Roles"), _("What each role may do, and for whom."), "shield-check"),
            SettingsPage("users:department_list", _("Departments"), _("The tree that reach follows."), "sitemap"),
            SettingsPage(
                "users:program_list", _("Programs and keys"), _("What calls the API, and what it may do."), "key"
            ),
            SettingsPage(
                "users:parameter_list", _("Parameters"), _("Lines, windows and weights, by version."), "adjustments"
            ),
            SettingsPage("users:change_list", _("Change log"), _("Who changed what, from what to what."), "history"),
        ):
            registry.settings_pages.add(page.url_name, page)
        approval_kinds.add(parameter_approvals.KIND, parameter_approvals.APPROVAL)
        checks.register_all()
        kinds.add(SIGN_IN.code, SIGN_IN)
        for signal, happened in (
            (signals.authenticator_added, "added"),
            (signals.authenticator_removed, "removed"),
            (signals.authenticator_reset, "renewed"),
        ):
            signal.connect(mfa.log(happened), weak=False, dispatch_uid=f"users.{happened}")
        post_migrate.connect(make_groups, sender=self)


def _version_url(_pk: int, row: dict[str, Any]) -> str:
    known = [row.get(name) for name in ("kind", "name", "version")]
    return reverse("users:parameter_version", args=known) if all(known) else ""


def _user_url(pk: int, row: dict[str, Any]) -> str:
    page = "users:program_detail" if row.get("kind") == "program" else "users:user_edit"
    return reverse(page, args=[pk])


def _key_url(_pk: int, row: dict[str, Any]) -> str:
    return reverse("users:program_detail", args=[row["user_id"]]) if row.get("user_id") else ""


def make_groups(**_kwargs: Any) -> None:
    """Keep one Django group for each role of the role table."""
    from django.contrib.auth.models import Group

    from users.roles import ROLES

    for code in ROLES:
        Group.objects.get_or_create(name=code)
