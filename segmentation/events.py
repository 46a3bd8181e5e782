"""What other systems are told of tiers."""

from django.utils.translation import gettext_lazy as _

from jobs.registry import EventKind
from users.roles import Permission

KINDS = (
    EventKind(
        "tier.changed",
        _("Tier changed"),
        _("A customer's tier in force moved, by a month end or by a person; an empty “from” means it had none."),
        Permission.TIER_VIEW,
        {"customer_id": 1042, "from": "B", "to": "A", "cause": "evaluation"},
    ),
    EventKind(
        "tier.recomputed",
        _("Tiers computed anew"),
        _("All tiers were set for the first time or replayed; one event instead of one for each customer."),
        Permission.TIER_VIEW,
        {"changes": 1873},
    ),
)
