"""How this app's messages are worded, when they are read."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.constants import TeamRole
from jobs.messages import templates


def team_joined(values: dict[str, Any]) -> str:
    """Somebody was put into a team."""
    role = TeamRole(values["role"]).label
    return _("You are in the team of %(customer)s now: %(role)s") % {"customer": values["customer"], "role": role}


def register() -> None:
    """Fill the registry of message templates."""
    templates.add("team.joined", team_joined)
