"""Reading the change log: who may see which change, and what it says in words."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from crm.lib import dates
from users.models import Change, User
from users.queries import scope
from users.queries.change_words import Entry, entries
from users.registry import change_permissions
from users.roles import Reach

PAGE = 50
COUNT_CAP = 1_000
# A text is looked for in every row: without a first day only so far back.
TEXT_REACHES = dt.timedelta(days=90)


@dataclass(frozen=True)
class Filters:
    """What the reader of the log asked for; empty values ask for nothing."""

    who: str = ""
    cause: str = ""
    model: str = ""
    customer_id: int | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    text: str = ""
    request: str = ""


@dataclass(frozen=True)
class Page:
    """One page of the log: newest first, with the ids that begin the pages beside it."""

    entries: list[Entry]
    previous: int | None
    next: int | None
    count: int


def visible_to(user: User) -> QuerySet[Change]:
    """The changes a user may read.

    Of customers: those in the user's scope. Of what concerns no customer: all for roles that reach the
    whole company, else one's own and those of models whose permission one holds. A permission that a
    model asks for is asked in every case.
    """
    labels = change_permissions.keys()
    allowed = {label: user.may(change_permissions.get(label)) for label in labels}
    refused = [label for label, may in allowed.items() if not may]
    without_customer = Q(customer_id=None)
    if user.reach is not Reach.ALL:
        held = [label for label, may in allowed.items() if may]
        without_customer &= Q(change_set__actor=user) | Q(model__in=held)
    of_customers = scope.of_customers(user)
    return Change.objects.filter(without_customer | of_customers).exclude(model__in=refused)


def matching(user: User, filters: Filters) -> QuerySet[Change]:
    """What the user may read of the log for which the filters hold, in no order."""
    return _filtered(visible_to(user), filters)


def page(user: User, filters: Filters, *, older_than: int | None = None, newer_than: int | None = None) -> Page:
    """One page of what the user may read of the log, by id and not by offset."""
    found = _filtered(visible_to(user), filters)
    count = found.order_by()[: COUNT_CAP + 1].count()
    if newer_than is not None:
        rows = list(found.filter(id__gt=newer_than).order_by("id").select_related("change_set__actor")[: PAGE + 1])
        more_new, more_old = len(rows) > PAGE, True
        rows = rows[:PAGE][::-1]
    else:
        older = found.filter(id__lt=older_than) if older_than is not None else found
        rows = list(older.order_by("-id").select_related("change_set__actor")[: PAGE + 1])
        more_new, more_old = older_than is not None, len(rows) > PAGE
        rows = rows[:PAGE]
    return Page(
        entries=entries(rows, user),
        previous=rows[0].pk if rows and more_new else None,
        next=rows[-1].pk if rows and more_old else None,
        count=count,
    )


def changes_of(user: User, row: Model, *, limit: int = 20) -> list[Entry]:
    """What happened to one row, newest first, for its history panel; the row itself is the caller's to check."""
    found = visible_to(user).filter(model=row._meta.label_lower, object_id=row.pk)
    return entries(found.order_by("-id").select_related("change_set__actor")[:limit], user)


def changes_of_customer(
    user: User,
    customer_id: int,
    *,
    former_ids: Sequence[int] = (),
    limit: int = 20,
    without: Collection[str] = (),
) -> list[Entry]:
    """What happened to a customer and all that belongs to it but rows of some models; `former_ids` went into it."""
    found = visible_to(user).filter(customer_id__in=[customer_id, *former_ids]).exclude(model__in=without)
    return entries(found.order_by("-id").select_related("change_set__actor")[:limit], user)


def last_change_of(row: Model) -> Change | None:
    """The last change of a row, whoever may read it: a conflict names who was there first."""
    found = Change.objects.filter(model=row._meta.label_lower, object_id=row.pk)
    return found.order_by("-id").select_related("change_set__actor").first()


def _filtered(found: QuerySet[Change], filters: Filters) -> QuerySet[Change]:
    if filters.who:
        names = Q(name__icontains=filters.who) | Q(username__iexact=filters.who)
        found = found.filter(change_set__actor__in=User.objects.filter(names))
    if filters.cause:
        found = found.filter(change_set__cause=filters.cause)
    if filters.model:
        found = found.filter(model=filters.model)
    if filters.customer_id is not None:
        found = found.filter(customer_id=filters.customer_id)
    if filters.request:
        found = found.filter(change_set__request_id=filters.request)
    if filters.text:
        found = _saying(found, filters)
    if filters.first:
        found = found.filter(change_set__at__gte=dates.start_of_day(filters.first))
    if filters.last:
        found = found.filter(change_set__at__lt=dates.start_of_day(filters.last + dt.timedelta(days=1)))
    return found


def _saying(found: QuerySet[Change], filters: Filters) -> QuerySet[Change]:
    """The changes that say a text in their fields or their act's summary; without a first day, of the last weeks."""
    if filters.first is None:
        found = found.filter(change_set__at__gte=dates.start_of_day(dates.today() - TEXT_REACHES))
    said = found.annotate(said_before=Cast("before", TextField()), said_after=Cast("after", TextField()))
    text = filters.text
    return said.filter(
        Q(change_set__summary__icontains=text) | Q(said_before__icontains=text) | Q(said_after__icontains=text)
    )
