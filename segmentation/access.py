"""The permission table of this app."""

from users.access import Rule
from users.roles import Permission

TABLE: dict[str, Rule] = {
    "segmentation:tier_list": Rule(Permission.TIER_VIEW),
    "segmentation:mover_list": Rule(Permission.TIER_VIEW),
    "segmentation:pending_list": Rule(Permission.TIER_VIEW),
    "segmentation:run_detail": Rule(Permission.TIER_VIEW),
    "segmentation:history": Rule(Permission.TIER_VIEW),
    "segmentation:recompute": Rule(Permission.TIER_RECOMPUTE, Permission.TIER_RECOMPUTE),
    "segmentation:override": Rule(Permission.TIER_OVERRIDE, Permission.TIER_OVERRIDE),
    "segmentation:override_end": Rule(Permission.TIER_OVERRIDE, Permission.TIER_OVERRIDE),
    "api:tiers": Rule(Permission.TIER_VIEW),
    "api:tier_history": Rule(Permission.TIER_VIEW),
}
