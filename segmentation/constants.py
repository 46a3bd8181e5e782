"""Choices stored in this app's tables, and how they stand in the core's arrays."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# The section of a customer's archive that this chapter fills.
TIER_SECTION = "tiers"


class Grade(TextChoices):
    """Tiers 等级 by contribution, from best to worst."""

    A = "A", _("A")
    B = "B", _("B")
    C = "C", _("C")


class Flag(TextChoices):
    """What stands beside a computed tier, or why there is none."""

    SALES = "", _("Sales in the window")
    NO_SALES = "no_sales", _("No sales in the window")
    NET_RETURNS = "net_returns", _("More returned than bought")
    NOT_COUNTED = "not_counted", _("Doesn't count in grading")
    NOT_YET = "not_yet", _("Not computed yet")


class Why(TextChoices):
    """What the last month end did to a customer's tier."""

    UNCLASSIFIED = "unclassified", _("No month-end evaluation with sales yet")
    FIRST = "first", _("First evaluation")
    AGREES = "agrees", _("Stays")
    UP = "up", _("Moved up")
    DOWN = "down", _("Moved down")
    BUFFER = "buffer", _("Past the line, but within the buffer")
    PENDING = "pending", _("Past the buffer, but not often enough yet")
    NEW = "new", _("New customers aren't moved down")


class Purpose(TextChoices):
    """What a tier run was for."""

    MONTH_END = "month_end", _("Month end")
    DAY = "day", _("Day")
    AS_OF = "as_of", _("Past day")
    RESTATEMENT = "restatement", _("Restatement")


class Cause(TextChoices):
    """Why the tier in force changed."""

    FIRST = "first", _("First tier")
    EVALUATION = "evaluation", _("Month-end evaluation")
    DAY = "day", _("Day's figures, before the first month end")
    OVERRIDE = "override", _("Set by a person")
    OVERRIDE_END = "override_end", _("Manual tier ended")
    REPLAY = "replay", _("History computed again")


GRADES = [Grade.A, Grade.B, Grade.C]
WHYS = list(Why)
