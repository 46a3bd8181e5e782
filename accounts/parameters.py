"""What can be set about customers."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.core import duplicates
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


# ── Duplicates ──────────────────────────────────────────────────────────────

RULE = "tax or name or (name >= 0.85 and (phone or domain)) or (phone and domain)"


def _fault(error: duplicates.RuleError) -> str:
    """What is wrong with a rule, in words."""
    words = {
        "too long": _("is too long"),
        "unreadable": _("“%(text)s” can't be read"),
        "not joined": _("“and” or “or” is missing before “%(text)s”"),
        "not closed": _("a bracket is not closed"),
        "no condition": _("tax, name, phone or domain should stand where “%(text)s” does"),
        "no share": _("“name >=” takes a number from 0.7 to 1"),
    }
    return str(words[error.reason]) % {"text": error.text}


@dataclass(frozen=True)
class DuplicateRules:
    """When two customers are shown as possible duplicates, and how sure each piece of evidence makes us."""

    rule: str = parameter(
        RULE,
        _("Rule"),
        help=_(
            "Conditions joined by “and”, “or” and brackets: tax, phone, domain (the same), name (the same without its "
            "company form), name >= 0.9 (alike to 90 %)."
        ),
    )
    tax_percent: int = parameter(95, _("Same tax number"), low=0, high=100, unit="%")
    name_percent: int = parameter(60, _("Same name"), low=0, high=100, unit="%")
    phone_percent: int = parameter(50, _("Same phone"), low=0, high=100, unit="%")
    domain_percent: int = parameter(35, _("Same domain"), low=0, high=100, unit="%")
    other_tax_percent: int = parameter(
        50,
        _("Different tax numbers"),
        help=_("What is left of the score when both have a tax number and they differ."),
        low=0,
        high=100,
        unit="%",
    )
    least_score: int = parameter(30, _("Lowest score shown"), low=0, high=100)
    most_sharing: int = parameter(
        50,
        _("Evidence ends at"),
        help=_("A phone, domain or name that more customers share says nothing about any two of them."),
        low=2,
        high=500,
        unit=_("customers"),
    )

    def __post_init__(self) -> None:
        try:
            duplicates.parse(self.rule)
        except duplicates.RuleError as error:
            raise ValueError(f"rule: {_fault(error)}") from None

    @property
    def weights(self) -> duplicates.Weights:
        """The weights as shares."""
        return duplicates.Weights(
            tax=self.tax_percent / 100,
            name=self.name_percent / 100,
            phone=self.phone_percent / 100,
            domain=self.domain_percent / 100,
            taxes_differ=self.other_tax_percent / 100,
        )


DUPLICATES = ParameterKind("accounts.duplicates", _("Duplicates"), DuplicateRules)
