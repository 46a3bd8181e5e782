"""What can be set in this chapter."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from users.parameters import ParameterKind, parameter


@dataclass(frozen=True)
class LifeCycleRules:
    """When orders move a customer through its life cycle."""

    dormant_after_days: int = parameter(
        365,
        # Translators: 沉睡
        _("Dormant after days without an order"),
        help=_("An active customer whose last order is longer ago becomes dormant at night."),
        low=30,
        high=3_650,
        unit=_("days"),
    )


LIFE_CYCLE = ParameterKind("sales.life_cycle", _("Life cycle"), LifeCycleRules)
