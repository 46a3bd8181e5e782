"""Parameters of this floor."""

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from users.parameters import ParameterKind, parameter


@dataclass(frozen=True)
class MessageParameters:
    """How long messages are kept."""

    read_days: int = parameter(90, _("Read notices are kept"), low=1, high=3650, unit=_("days"))
    unread_days: int = parameter(365, _("Unread notices are kept"), low=30, high=3650, unit=_("days"))

    def __post_init__(self) -> None:
        if self.unread_days < self.read_days:
            raise ValueError("unread_days: " + gettext("Unread notices are kept at least as long as read ones."))


# Translators: 通知
MESSAGES = ParameterKind("jobs.messages", _("Notices"), MessageParameters, _("How long the bell's notices are kept."))
