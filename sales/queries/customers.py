"""What single customers bought, for their page and for lists. Reads the rollup, never order lines."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q, Sum

from crm.lib import dates
from sales.constants import COUNTING
from sales.models import CustomerDay, Order
from sales.queries import totals

MONTHS = 12


@dataclass(frozen=True)
class Figures:
    """What customers bought within a window, in base minor units, and in the same window a year before.

    `cost_minor` and the margin leave out the `uncosted_lines`, whose net is `uncosted_minor`. Orders without
    a rate are in nothing here; `without_rate` counts them.
    """

    first: dt.date
    last: dt.date
    net_minor: int
    prior_minor: int
    cost_minor: int
    uncosted_minor: int
    uncosted_lines: int
    orders: int
    first_on: dt.date | None
    last_on: dt.date | None
    without_rate: int

    @property
    def costed_minor(self) -> int:
        """Net sales of the lines whose cost is known."""
        return self.net_minor - self.uncosted_minor

    @property
    def margin_minor(self) -> int | None:
        """Net less cost of the lines whose cost is known; None if it is of none."""
        if not self.costed_minor and not self.cost_minor:
            return None
        return self.costed_minor - self.cost_minor

    @property
    def margin_share(self) -> float | None:
        """The margin as a share of the sales it comes from; None where those are zero or below."""
        return (
            self.margin_minor / self.costed_minor if self.margin_minor is not None and self.costed_minor > 0 else None
        )


def figures_of(customer_ids: Sequence[int], *, as_of: dt.date) -> Figures:
    """The figures of one customer, or of several together, over the twelve months that end on a day. Two queries."""
    first, last = dates.window(as_of, MONTHS)
    prior = (dates.add_months(first, -MONTHS), first - dt.timedelta(days=1))
    here, before = Q(day__range=(first, last)), Q(day__range=prior)
    row = CustomerDay.objects.filter(customer_id__in=customer_ids, day__lte=last).aggregate(
        revenue=Sum("revenue_minor", filter=here, default=0),
        returns=Sum("returns_minor", filter=here, default=0),
        prior_revenue=Sum("revenue_minor", filter=before, default=0),
        prior_returns=Sum("returns_minor", filter=before, default=0),
        cost=Sum("cost_minor", filter=here, default=0),
        uncosted=Sum("uncosted_minor", filter=here, default=0),
        uncosted_lines=Sum("uncosted_lines", filter=here, default=0),
        first_on=Min("day", filter=Q(orders__gt=0)),
        last_on=Max("day", filter=Q(orders__gt=0)),
        # Last: from here on "orders" means this sum.
        orders=Sum("orders", filter=here, default=0),
    )
    waiting = Order.objects.filter(customer_id__in=customer_ids, base_minor=None, state__in=COUNTING)
    return Figures(
        first=first,
        last=last,
        net_minor=int(row["revenue"] + row["returns"]),
        prior_minor=int(row["prior_revenue"] + row["prior_returns"]),
        cost_minor=int(row["cost"]),
        uncosted_minor=int(row["uncosted"]),
        uncosted_lines=int(row["uncosted_lines"]),
        orders=int(row["orders"]),
        first_on=row["first_on"],
        last_on=row["last_on"],
        without_rate=waiting.filter(ordered_on__range=(first, last)).aggregate(n=Count("pk"))["n"],
    )


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The first day of every month from that of `first` to that of `last`."""
    return [dates.month_start(day) for day in dates.month_ends(first, dates.month_end(last))]


def monthly_sums(customer_ids: Sequence[int], *, first: dt.date, last: dt.date) -> dict[int, list[int]]:
    """Net sales of each customer in each month from that of `first` to that of `last`, in base minor units.

    Every customer asked for is in the answer, with zero for months without orders. One query.
    """
    months = months_between(first, last)
    place = {month: index for index, month in enumerate(months)}
    sums = {customer_id: [0] * len(months) for customer_id in customer_ids}
    days = CustomerDay.objects.filter(
        customer_id__in=list(customer_ids), day__gte=months[0], day__lte=dates.month_end(months[-1])
    )
    for customer_id, day, revenue, returned in days.values_list("customer_id", "day", "revenue_minor", "returns_minor"):
        sums[customer_id][place[dates.month_start(day)]] += revenue + returned
    return sums


def last_twelve_months(customer_ids: Sequence[int]) -> dict[int, list[int]]:
    """Net sales of each customer in the twelve months that end with the last full one, oldest first."""
    last = dates.month_start(totals.reading_day(dates.today())) - dt.timedelta(days=1)
    return monthly_sums(customer_ids, first=dates.add_months(dates.month_start(last), 1 - MONTHS), last=last)
