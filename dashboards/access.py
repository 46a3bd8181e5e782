"""The permission table of this app."""

from users.access import Rule
from users.roles import Permission

TABLE: dict[str, Rule] = {
    "dashboards:tiers": Rule(Permission.TIER_DASHBOARD),
    "dashboards:my_accounts": Rule(Permission.CUSTOMER_VIEW),
}
