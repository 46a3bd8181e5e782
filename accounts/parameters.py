"""What can be set about customers."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from users.parameters import ParameterKind, parameter


@dataclass(frozen=True)
class AccessRules:
    """How long a grant of access lasts, and how often one may ask whether a customer is on record."""

    grant_days: int = parameter(
        3,
        _("A grant ends after"),
        help=_("Counted from the approval, to the minute."),
        low=1,
        high=90,
        unit=_("days"),
    )
    lookups_per_hour: int = parameter(
        20,
        # Translators: 档案核对
        _("Archive lookups of one person"),
        help=_("Exact codes, tax numbers, phone numbers and full names that somebody may try in an hour."),
        low=1,
        high=1_000,
        unit=_("per hour"),
    )


ACCESS = ParameterKind("accounts.access", _("Access to customers"), AccessRules)
