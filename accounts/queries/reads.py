"""Reading the log of reads: who may see it, page by page, and as a file."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.models import ArchivePrint, Customer, ReadLog
from accounts.queries import rights
from accounts.scope import acting_scope
from crm.lib import dates
from users.models import User
from users.roles import Permission

PAGE = 50
COUNT_CAP = 1_000
# So many rows a file holds at most; the filters narrow it down.
MOST_EXPORTED = 50_000


@dataclass(frozen=True)
class Filters:
    """What the reader of the log asked for; empty values ask for nothing."""

    who: str = ""
    customer: str = ""
    door: str = ""
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True)
class Entry:
    """One read, with the customer if there still is one."""

    row: ReadLog
    customer: Customer | None


@dataclass(frozen=True)
class Page:
    """One page of the log: newest first, with the ids that begin the pages beside it."""

    entries: Sequence[Entry]
    previous: int | None
    next: int | None
    count: int


def visible_to(user: User) -> QuerySet[ReadLog]:
    """The reads a user may see: of the customers for which a role of theirs allows it."""
    return ReadLog.objects.filter(_of_customers(user))


def prints_visible_to(user: User) -> QuerySet[ArchivePrint]:
    """The prints a user may see, by the same rule."""
    return ArchivePrint.objects.filter(_of_customers(user))


def may_see_of(user: User, customer: Customer) -> bool:
    """Whether a user may see who read one customer."""
    return rights.may(user, Permission.READ_LOG_VIEW, customer)


def _of_customers(user: User) -> Q:
    scope = acting_scope(user, Permission.READ_LOG_VIEW)
    if scope.everything:
        return Q()
    return Q(customer_id__in=Customer.objects.filter(scope.condition()).order_by().values("pk"))


def page(user: User, filters: Filters, *, older_than: int | None = None, newer_than: int | None = None) -> Page:
    """One page of what the user may read of the log, by id and not by offset. Three queries."""
    found = filtered(user, filters)
    count = found.order_by()[: COUNT_CAP + 1].count()
    if newer_than is not None:
        rows = list(found.filter(id__gt=newer_than).order_by("id").select_related("user")[: PAGE + 1])
        more_new, more_old = len(rows) > PAGE, True
        rows = rows[:PAGE][::-1]
    else:
        older = found.filter(id__lt=older_than) if older_than is not None else found
        rows = list(older.order_by("-id").select_related("user")[: PAGE + 1])
        more_new, more_old = older_than is not None, len(rows) > PAGE
        rows = rows[:PAGE]
    return Page(
        entries=with_customers(rows),
        previous=rows[0].pk if rows and more_new else None,
        next=rows[-1].pk if rows and more_old else None,
        count=count,
    )


def filtered(user: User, filters: Filters) -> QuerySet[ReadLog]:
    """The reads in the user's sight for which the filters hold."""
    found = visible_to(user)
    if filters.who:
        names = Q(name__icontains=filters.who) | Q(username__iexact=filters.who)
        found = found.filter(user__in=User.objects.filter(names))
    if filters.customer:
        named = Customer.objects.matching(filters.customer).order_by().values("pk")
        found = found.filter(customer_id__in=named)
    if filters.door:
        found = found.filter(door=filters.door)
    if filters.first:
        found = found.filter(at__gte=dates.start_of_day(filters.first))
    if filters.last:
        found = found.filter(at__lt=dates.start_of_day(filters.last + dt.timedelta(days=1)))
    return found


def with_customers(rows: Iterable[ReadLog]) -> list[Entry]:
    """Reads with their customers. One query."""
    listed = list(rows)
    found = Customer.objects.defer("search_text", "search_grams", "note").in_bulk({row.customer_id for row in listed})
    return [Entry(row, found.get(row.customer_id)) for row in listed]
