"""What a tier run reads: who counts, and what they bought, as aligned arrays."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.db.models import QuerySet
from numpy.typing import NDArray

from crm.lib import bulk, dates
from sales.queries import totals
from segmentation.constants import WHYS
from segmentation.core.hysteresis import State
from segmentation.models import Override

Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]
Codes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Population:
    """The customers that count in grading, in order of their code; department and owner 0 where unset."""

    customer_id: Ints
    department_id: Ints
    owner_id: Ints
    _by_id: Ints

    def __len__(self) -> int:
        return len(self.customer_id)

    def places(self, customer_ids: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """Where customers stand in the population, and which of them are in it at all."""
        if not len(self):
            return np.zeros(len(customer_ids), dtype=np.int64), np.zeros(len(customer_ids), dtype=np.bool_)
        ascending = self.customer_id[self._by_id]
        found = np.minimum(np.searchsorted(ascending, customer_ids), len(self) - 1)
        return self._by_id[found], ascending[found] == customer_ids

    def align(self, customer_ids: Ints, values: NDArray[np.generic], missing: object) -> NDArray[np.generic]:
        """Values of some customers as an array over the population."""
        place, known = self.places(customer_ids)
        aligned = np.full(len(self), missing, dtype=values.dtype)
        aligned[place[known]] = values[known]
        return aligned


def population() -> Population:
    """Everyone who counts in grading, whoever asks: a run judges the whole company."""
    columns = bulk.fetch(
        "SELECT id AS customer_id, coalesce(department_id, 0)::bigint AS department_id,"
        " coalesce(owner_id, 0)::bigint AS owner_id"
        ' FROM accounts_customer WHERE counts_in_grading ORDER BY code COLLATE "C"'
    )
    return Population(**columns, _by_id=np.argsort(columns["customer_id"]))


@dataclass(frozen=True, eq=False)
class Months:
    """Net sales or margin by customer and month; row i belongs to the population's customer i.

    `running[i, k]` is the sum of the first k months, so that any window of months is one subtraction.
    """

    first_month: int
    running: Ints

    def window(self, end: dt.date, months: int) -> Ints:
        """Sums over the `months` calendar months that end with the month of `end`."""
        width = self.running.shape[1] - 1
        through = totals.month_number(end) - self.first_month + 1
        last, first = (min(max(through - back, 0), width) for back in (0, months))
        return self.running[:, last] - self.running[:, first]


def months(people: Population, first: dt.date, last: dt.date, *, basis: str) -> Months:
    """Monthly figures from the month of `first` to the month of `last`."""
    read = totals.month_totals(dates.month_start(first), dates.month_end(last))
    start, width = totals.month_number(first), totals.month_number(last) - totals.month_number(first) + 1
    running = np.zeros((len(people), width + 1), dtype=np.int64)
    place, known = people.places(read.customer_id)
    value = _value(read, basis)
    running[place[known], (read.month - start + 1)[known]] = value[known]
    np.cumsum(running, axis=1, out=running)
    return Months(first_month=start, running=running)


@dataclass(frozen=True, eq=False)
class DayFigures:
    """One window's figures over the population."""

    value: Ints
    sales: Ints
    prior: Ints
    orders: Ints
    uncosted: Ints
    first_on: Days
    last_on: Days


def day_figures(people: Population, as_of: dt.date, *, window_months: int, basis: str) -> DayFigures:
    """Figures of the window that ends on `as_of`, with the same window a year before."""
    first, last = dates.window(as_of, window_months)
    prior = dates.window(dates.add_months(as_of, -12), window_months)
    read = totals.window_totals((first, last), prior)

    def over_people(values: NDArray[np.generic], missing: object = 0) -> NDArray[np.generic]:
        return people.align(read.customer_id, values, missing)

    sales = over_people(read.net_minor)
    return DayFigures(
        value=over_people(_value(read, basis)),  # type: ignore[arg-type]
        sales=sales,  # type: ignore[arg-type]
        prior=over_people(read.prior_minor),  # type: ignore[arg-type]
        orders=over_people(read.orders),  # type: ignore[arg-type]
        uncosted=over_people(read.uncosted_lines),  # type: ignore[arg-type]
        first_on=over_people(read.first_on, np.datetime64("NaT")),  # type: ignore[arg-type]
        last_on=over_people(read.last_on, np.datetime64("NaT")),  # type: ignore[arg-type]
    )


def _value(read: totals.MonthTotals | totals.WindowTotals, basis: str) -> Ints:
    """Net sales, or the margin of the lines whose cost is known."""
    return read.net_minor - read.uncosted_minor - read.cost_minor if basis == "margin" else read.net_minor


def grades_on(people: Population, day: dt.date) -> Codes:
    """The tier in force on a day by history, as core codes (255: none, or no sales in the window)."""
    columns = bulk.fetch(
        "SELECT customer_id::bigint AS customer_id, ascii(grade)::bigint AS grade FROM segmentation_tierhistory"
        " WHERE NOT idle AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s)",
        [day, day],
    )
    codes = (columns["grade"] - ord("A")).astype(np.uint8)
    return people.align(columns["customer_id"], codes, 255)  # type: ignore[return-value]


def stored_state(people: Population) -> tuple[State, Codes]:
    """What the last month end left in the standings: tiers with their counts, and why."""
    columns = bulk.fetch(
        "SELECT customer_id::bigint AS customer_id, ascii(stable)::bigint AS stable, pending_a::bigint AS pending_a,"
        " pending_b::bigint AS pending_b, (coalesce(array_position(%s::text[], why::text), 1) - 1)::bigint AS why"
        " FROM segmentation_standing",
        [[str(why) for why in WHYS]],
    )
    letters = columns["stable"]
    tier = np.where(letters == 0, 255, letters - ord("A")).astype(np.uint8)
    ids = columns["customer_id"]

    def codes(name: str) -> Codes:
        return people.align(ids, columns[name].astype(np.uint8), 0)  # type: ignore[return-value]

    state = State(people.align(ids, tier, 255), codes("pending_a"), codes("pending_b"))  # type: ignore[arg-type]
    return state, codes("why")


def overrides_on(people: Population, day: dt.date) -> tuple[Ints, Codes]:
    """Where in the population manual tiers hold on a day, and which."""
    columns = bulk.fetch(
        "SELECT customer_id::bigint AS customer_id, ascii(grade)::bigint AS grade FROM segmentation_override"
        " WHERE (created_at AT TIME ZONE %s)::date <= %s AND until >= %s AND (ended_on IS NULL OR ended_on > %s)",
        [settings.COMPANY_TIME_ZONE, day, day, day],
    )
    place, known = people.places(columns["customer_id"])
    return place[known], (columns["grade"][known] - ord("A")).astype(np.uint8)


def ever_overridden() -> QuerySet[Override, int]:
    """The customers whose tier a person has ever set."""
    return Override.objects.values_list("customer_id", flat=True)
