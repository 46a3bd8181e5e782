"""What segmentation knows about a customer, for the measure catalogue."""

from django.utils.translation import gettext_lazy as _

from accounts.measures import Measure, MeasureKind
from segmentation.constants import Grade
from users.roles import Permission

MEASURES = [
    Measure(
        code="segmentation.tier",
        # Translators: 等级
        label=_("Tier"),
        kind=MeasureKind.GRADE,
        model="segmentation.Standing",
        column="grade",
        reason_column="flag",
        grades=[(grade.value, grade.label) for grade in Grade],
        permission=Permission.TIER_VIEW,
        sortable=True,
        mark="tier",
        description=_("A, B or C by contribution; the tier in force."),
    ),
    Measure(
        code="segmentation.computed_tier",
        label=_("Computed tier"),
        kind=MeasureKind.GRADE,
        model="segmentation.Standing",
        column="computed",
        reason_column="flag",
        grades=[(grade.value, grade.label) for grade in Grade],
        permission=Permission.TIER_VIEW,
        mark="tier",
        description=_("The day's tier, before the month-end buffer and manual tiers."),
    ),
    Measure(
        code="segmentation.sales",
        label=_("Sales in the window"),
        kind=MeasureKind.MONEY,
        model="segmentation.Standing",
        column="sales_minor",
        reason_column="flag",
        permission=Permission.TIER_VIEW,
        sortable=True,
        description=_("Net sales in the tier scheme's window, by default 12 months."),
    ),
    Measure(
        code="segmentation.prior_sales",
        label=_("Sales a year before"),
        kind=MeasureKind.MONEY,
        model="segmentation.Standing",
        column="prior_minor",
        reason_column="flag",
        permission=Permission.TIER_VIEW,
        description=_("Net sales in the same window a year before."),
    ),
    Measure(
        code="segmentation.last_order",
        label=_("Last order"),
        kind=MeasureKind.DATE,
        model="segmentation.Standing",
        column="last_on",
        permission=Permission.TIER_VIEW,
        sortable=True,
        description=_("The day of the last counted order."),
    ),
]
