"""Asking whether a customer outside one's scope is on record: exact, masked, counted and logged."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.constants import Door, Match
from accounts.errors import TooManyLookupsError
from accounts.models import ArchiveLookup, Customer, ReadLog
from accounts.parameters import ACCESS
from accounts.queries import archive
from accounts.scope import wholly_in
from crm.lib import dates
from crm.lib.requests import request_id
from users.models import User
from users.services import parameters

WINDOW = dt.timedelta(hours=1)
_SHORTEST = 2


@dataclass(frozen=True)
class Found:
    """One exact match: outside the scope a masked name and the lookup to ask with, inside it the customer."""

    lookup: ArchiveLookup
    name: str
    customer: Customer | None


@transaction.atomic
def look_up(*, query: str, by: User) -> list[Found]:
    """Whether this very code, tax number, phone or full name is on record. Logged, with what was found.

    Raises
    ------
    ValidationError
        If nothing was asked.
    TooManyLookupsError
        If the person asked as often in the past hour as they may. Nothing is written then.
    """
    text = " ".join(query.replace("\x00", "").split())[:200]
    if len(text) < _SHORTEST:
        raise ValidationError({"q": _("Write the whole code, tax number, phone number or name.")})
    _count(by)
    found = archive.exact(text)
    if not found:
        ArchiveLookup.objects.create(user=by, query=text)
        return []
    rows = [ArchiveLookup(user=by, query=text, match=one.match, customer_id=one.customer.pk) for one in found]
    ArchiveLookup.objects.bulk_create(rows)
    answers = [
        Found(row, str(one.customer), one.customer)
        if wholly_in(by, one.customer)
        else Found(row, archive.masked(one.customer), None)
        for row, one in zip(rows, found, strict=True)
    ]
    _log([one.lookup for one in answers if one.customer is None])
    return answers


@transaction.atomic
def tell_of(*, matches: Mapping[int, Match], query: str, by: User) -> list[Found]:
    """Say that customers are on record which a new record names by an exact mark, given by id.

    Those in the user's scope are left out. Counted and logged as a lookup; nothing is said, and nothing written,
    once the person has asked as often as they may.
    """
    rows = Customer.objects.filter(pk__in=list(matches)).order_by("pk")[: archive.MOST]
    hidden = [row for row in rows if not wholly_in(by, row)]
    if not hidden:
        return []
    try:
        _count(by)
    except TooManyLookupsError:
        return []
    made = [ArchiveLookup(user=by, query=query[:200], match=matches[row.pk], customer_id=row.pk) for row in hidden]
    ArchiveLookup.objects.bulk_create(made)
    _log(made)
    return [Found(row, archive.masked(one), None) for row, one in zip(made, hidden, strict=True)]


def _count(by: User) -> None:
    """Refuse one more than the parameter allows; a person's lookups come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"archive lookups:{by.pk}"])
    most = parameters.in_force(ACCESS.code, on=dates.today()).values.lookups_per_hour
    recent = ArchiveLookup.objects.filter(user=by, at__gt=timezone.now() - WINDOW)
    if recent.count() >= most:
        raise TooManyLookupsError(most)


def _log(rows: list[ArchiveLookup]) -> None:
    request = request_id.get() or uuid.uuid4().hex
    ids = {row.customer_id: row.user for row in rows if row.customer_id is not None}
    protected = set(Customer.objects.filter(pk__in=ids, is_protected=True).values_list("pk", flat=True))
    logged = [
        ReadLog(user=user, customer_id=pk, door=Door.LOOKUP, request_id=request, is_protected=pk in protected)
        for pk, user in ids.items()
    ]
    ReadLog.objects.bulk_create(logged, ignore_conflicts=True)
