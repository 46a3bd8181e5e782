"""The tier scheme: the parameters of ABC tiers 等级方案."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from segmentation.core.rules import Buffer, Rules
from users.parameters import ParameterKind, parameter

KIND: Final = "segmentation.tiers"


@dataclass(frozen=True)
class TierScheme:
    """Base measure, window, lines, buffer. Raises ValueError("field: reason") when they don't fit."""

    basis: str = parameter(
        "revenue",
        _("Base measure"),
        choices=[("revenue", _("Net sales")), ("margin", _("Margin (net sales less cost)"))],
        help=_("What a customer is ranked by."),
    )
    window_months: int = parameter(
        12, _("Window"), low=1, high=60, unit=_("months"), help=_("Calendar months that end on the as-of date.")
    )
    method: str = parameter(
        "share",
        _("Cut by"),
        choices=[("share", _("Cumulative share of sales")), ("count", _("Number of customers"))],
    )
    share_a: Decimal = parameter(Decimal("0.80"), _("A ends at a share of"), low=Decimal("0.01"), high=Decimal("0.99"))
    share_b: Decimal = parameter(Decimal("0.95"), _("B ends at a share of"), low=Decimal("0.01"), high=Decimal("0.99"))
    count_a: Decimal = parameter(
        Decimal("0.20"), _("A is this part of the customers"), low=Decimal("0.01"), high=Decimal("0.99")
    )
    count_b: Decimal = parameter(
        Decimal("0.50"), _("A and B are this part of the customers"), low=Decimal("0.01"), high=Decimal("0.99")
    )
    convention: str = parameter(
        "before",
        _("Customer on the line"),
        choices=[
            ("before", _("Belongs to the higher tier (share of those above it)")),
            ("inclusive", _("Belongs to the lower tier (share including itself)")),
        ],
    )
    beta_a: Decimal = parameter(
        Decimal("0.05"), _("Buffer at the A line"), low=Decimal(0), high=Decimal("0.5"), help=_("In share points.")
    )
    beta_b: Decimal = parameter(
        Decimal("0.02"), _("Buffer at the B line"), low=Decimal(0), high=Decimal("0.5"), help=_("In share points.")
    )
    downgrade_after: int = parameter(2, _("Moves down after"), low=1, high=24, unit=_("month ends"))
    upgrade_after: int = parameter(1, _("Moves up after"), low=1, high=24, unit=_("month ends"))
    new_days: int = parameter(
        90,
        _("New for"),
        low=0,
        high=730,
        unit=_("days"),
        help=_("After the first order; a new customer isn't moved down."),
    )
    dependence_warning: Decimal = parameter(
        Decimal("0.20"), _("Warn when one customer holds"), low=Decimal("0.01"), high=Decimal(1)
    )

    def __post_init__(self) -> None:
        self.buffer().check(self.rules())

    def rules(self) -> Rules:
        """The lines, for the core."""
        return Rules(
            method=self.method,  # type: ignore[arg-type]
            share_a=self.share_a,
            share_b=self.share_b,
            count_a=self.count_a,
            count_b=self.count_b,
            convention=self.convention,  # type: ignore[arg-type]
        )

    def buffer(self) -> Buffer:
        """The hysteresis, for the core."""
        return Buffer(
            beta_a=self.beta_a,
            beta_b=self.beta_b,
            downgrade_after=self.downgrade_after,
            upgrade_after=self.upgrade_after,
        )


PARAMETERS = ParameterKind(
    code=KIND,
    # Translators: 等级方案
    label=_("Tier scheme"),
    payload=TierScheme,
    help=_("How customers are parted into A, B and C, and how steady a tier is."),
)
