"""How this app's messages are worded, when they are read."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.constants import TeamRole
from jobs.messages import MessageKind, message_kinds, templates

KINDS = (
    # Translators: 客户团队
    MessageKind("team", gettext_lazy("Teams that I join")),
    # Translators: 查阅权限
    MessageKind("access", gettext_lazy("Access of mine that ends")),
)


def team_joined(values: dict[str, Any]) -> str:
    """Somebody was put into a team."""
    role = TeamRole(values["role"]).label
    return _("You are in the team of %(customer)s now: %(role)s") % {"customer": values["customer"], "role": role}


def access_withdrawn(values: dict[str, Any]) -> str:
    """A grant of access was ended before its time."""
    return _("%(by)s has ended your access to %(customer)s") % values


def register() -> None:
    """Fill the registry of message templates."""
    templates.add("team.joined", team_joined)
    templates.add("access.withdrawn", access_withdrawn)
    for kind in KINDS:
        message_kinds.add(kind.code, kind)
