"""Customer lists: found, filtered, sorted, paged and counted within the user's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from accounts.measures import Measure, MeasureKind, visible_measures
from accounts.models import Customer
from accounts.queries import filters, paging
from accounts.queries.filter_fields import NONE, fields_for, measure_lookup
from accounts.queries.filters import Filters
from users.models import User

PAGE_SIZE = 50
COUNT_CAP = 10_000

# Sorts by the customer's own columns: key of the address → columns, the id last.
_OWN_SORTS = {
    "name": ("sort_key", "id"),
    "code": ("code", "id"),
    "changed": ("updated_at", "id"),
    "created": ("created_at", "id"),
}


@dataclass(frozen=True)
class Page:
    """One page of a list. `position` rows stand before it; cursors are empty where there is no page."""

    rows: list[Customer]
    position: int
    previous: str
    next: str


def sorts(user: User) -> dict[str, Measure | None]:
    """What a user can sort by: keys of the customer's own columns, and of sortable measures."""
    keys: dict[str, Measure | None] = dict.fromkeys(_OWN_SORTS)
    return keys | {measure.code: measure for measure in visible_measures(user) if measure.sortable}


def default_sort(user: User) -> str:
    """The largest sum of money first; by name where no measure tells of money."""
    money = (key for key, measure in sorts(user).items() if measure and measure.kind is MeasureKind.MONEY)
    key = next(money, "")
    return f"-{key}" if key else "name"


def clean_sort(user: User, sort: str) -> str:
    """A sort as asked for, or the default if there is none such for this user."""
    return sort if sort.removeprefix("-") in sorts(user) else default_sort(user)


def matching(user: User, chosen: Filters, *, many: bool = False) -> QuerySet[Customer]:
    """All customers in the user's scope for which the filters hold, in no order."""
    return filters.apply(Customer.objects.visible_to(user), user, chosen, many=many).order_by()


def page(
    user: User,
    chosen: Filters,
    *,
    sort: str,
    after: str = "",
    before: str = "",
    size: int = PAGE_SIZE,
    few: bool | None = None,
) -> Page:
    """One page of the list, with what its columns name already fetched. A handful of queries, whatever the size.

    `few` says whether the list has no more rows than are counted, if that is known.
    """
    parts = phases(user, chosen, sort, few=few)
    found = paging.page(parts, order=sort, size=size, after=after, before=before)
    rows = (
        Customer.objects.visible_to(user)
        .filter(pk__in=found.ids)
        .select_related("owner", "department", "industry", "region", "parent")
        .defer("search_text", "search_grams", "note", "parent__search_text", "parent__search_grams", "parent__note")
    )
    by_id = {row.pk: row for row in rows}
    return Page([by_id[pk] for pk in found.ids if pk in by_id], found.position, found.previous, found.next)


def phases(user: User, chosen: Filters, sort: str, *, few: bool | None = None) -> list[paging.Phase]:
    """The parts of a sorted list. By a measure: customers with a value, those without, those without a standing.

    The first two start from the standing by an inner join, so that its index gives the order.
    """
    rows = matching(user, chosen, many=few is False)
    few = bool(few)
    key, falling = sort.removeprefix("-"), sort.startswith("-")
    measure = sorts(user)[key]
    if measure is None:
        return [paging.Phase(rows, _OWN_SORTS[key], falling, few=few)]
    lookup = measure_lookup(measure)
    relation, owner_id = measure.relation, f"{measure.relation}__{measure.key.attname}"
    valued, empty = Q(**{f"{lookup}__isnull": False}), Q(**{f"{lookup}__isnull": True})
    if measure.kind is MeasureKind.GRADE:
        valued &= ~Q(**{lookup: ""})
        empty |= Q(**{lookup: ""})
    padding = (measure.standing._meta.get_field(measure.column).db_type(connection) or "text",)
    standing = Q(**{f"{relation}__isnull": False})
    return [
        paging.Phase(
            rows.filter(valued), (lookup, owner_id), falling, few=few or _asks_for_none(user, chosen, measure)
        ),
        paging.Phase(rows.filter(standing).filter(empty), (owner_id,), falling, padding, few),
        paging.Phase(rows.filter(**{f"{relation}__isnull": True}), ("id",), falling, padding, few),
    ]


def _asks_for_none(user: User, chosen: Filters, sorted_by: Measure) -> bool:
    """Whether the filters want rows without a value in the standing that the list is sorted by: few have one then."""
    fields = fields_for(user)
    for condition in chosen.conditions:
        measure = fields[condition.code].measure
        if measure is not None and measure.model == sorted_by.model and NONE in condition.values:
            return True
    return False


def capped_count(user: User, chosen: Filters) -> int:
    """How many customers a list has, counted no further than `COUNT_CAP` + 1."""
    return matching(user, chosen)[: COUNT_CAP + 1].count()


def capped_counts(user: User, lists: Sequence[Filters]) -> list[int]:
    """Capped counts of several lists, in one statement."""
    parts: list[str] = []
    params: list[Any] = []
    for chosen in lists:
        try:
            sql, values = matching(user, chosen).values("pk")[: COUNT_CAP + 1].query.sql_with_params()
        except EmptyResultSet:
            sql, values = "SELECT 1 WHERE false", ()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS list)")  # noqa: S608 - the ORM's own statement
        params += values
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return list(cursor.fetchone() or ())


def exact_count(user: User, chosen: Filters) -> int:
    """How many customers a list has; at a million customers a second's work, so only when asked."""
    return matching(user, chosen).count()
