"""Tiers set by people: with a reason and an end, beside the computed one."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.queries import rights
from crm.lib import dates
from jobs.services import outbox
from segmentation.constants import Cause, Flag, Grade
from segmentation.errors import OverrideRefused
from segmentation.models import Override, Standing, TierHistory
from users.constants import Cause as Door
from users.models import ChangeSet, User
from users.roles import Permission
from users.services import changes

LONGEST_DAYS = 366


@transaction.atomic
def set_override(*, customer: Customer, grade: Grade, reason: str, until: dt.date, by: User) -> Override:
    """Put a customer into a tier until a day, ending a manual tier it may have.

    Writes the override, the standing, its history, the change set and an event.

    Raises
    ------
    PermissionDenied
        The user may not set tiers of this customer.
    OverrideRefused
        No reason, an end that isn't within a year from today, or a customer that isn't graded.
    """
    rights.require(by, Permission.TIER_OVERRIDE, customer)
    if not reason.strip():
        raise OverrideRefused("reason", _("Say why, so that others understand the tier."))
    today = dates.today()
    if not today <= until <= today + dt.timedelta(days=LONGEST_DAYS):
        raise OverrideRefused("until", _("Choose a day from today to one year ahead."))
    standing = Standing.objects.select_for_update().get(customer=customer)
    if not customer.counts_in_grading:
        raise OverrideRefused("grade", _("This customer doesn't count in grading."))
    change_set = changes.open_set(by=by, cause=Door.PAGE, summary=f"Tier {grade} set for {customer.code}")
    for live in Override.objects.filter(customer=customer, ended_on=None):
        _end(live, on=today, by=by, change_set=change_set)
    row = Override.objects.create(customer=customer, grade=grade, reason=reason.strip(), until=until, by=by)
    changes.record_create(change_set, row, customer_id=customer.pk)
    standing.override = grade
    _resolve(standing, on=today, cause=Cause.OVERRIDE)
    return row


@transaction.atomic
def end_override(*, customer: Customer, by: User) -> None:
    """End a customer's manual tier now; the computed one is in force again.

    Raises
    ------
    PermissionDenied
        The user may not set tiers of this customer.
    OverrideRefused
        There is none.
    """
    rights.require(by, Permission.TIER_OVERRIDE, customer)
    standing = Standing.objects.select_for_update().get(customer=customer)
    live = Override.objects.filter(customer=customer, ended_on=None).first()
    if live is None:
        raise OverrideRefused("grade", _("There is no manual tier to end."))
    change_set = changes.open_set(by=by, cause=Door.PAGE, summary=f"Manual tier ended for {customer.code}")
    _end(live, on=dates.today(), by=by, change_set=change_set)
    standing.override = ""
    _resolve(standing, on=dates.today(), cause=Cause.OVERRIDE_END)


def end_expired(*, on: dt.date, run_id: int) -> int:
    """End the manual tiers whose last day has passed. Call it inside a run's publishing transaction."""
    expired = list(Override.objects.filter(ended_on=None, until__lt=on).select_for_update())
    if not expired:
        return 0
    change_set = changes.open_set(by=None, cause=Door.RUN, summary="Manual tiers ended", run_id=run_id)
    for row in expired:
        _end(row, on=row.until + dt.timedelta(days=1), by=None, change_set=change_set)
        standing = Standing.objects.select_for_update().get(customer_id=row.customer_id)
        standing.override = ""
        _resolve(standing, on=row.until + dt.timedelta(days=1), cause=Cause.OVERRIDE_END)
    return len(expired)


def _end(row: Override, *, on: dt.date, by: User | None, change_set: ChangeSet) -> None:
    before = changes.snapshot(row)
    row.ended_on, row.ended_by = on, by
    row.save(update_fields=["ended_on", "ended_by"])
    changes.record_update(change_set, row, before, customer_id=row.customer_id)


def _resolve(standing: Standing, *, on: dt.date, cause: Cause) -> None:
    """Bring the tier in force and its history up to date after a manual tier came or went."""
    before = standing.grade
    standing.grade = standing.override or standing.stable or standing.computed
    if standing.grade != before:
        _write_history(standing, before, on=on, cause=cause)
        outbox.emit(
            kind="tier.changed",
            customer_id=standing.customer_id,
            payload={"customer_id": standing.customer_id, "from": before, "to": standing.grade, "cause": cause},
        )
    standing.save(update_fields=["override", "grade", "since"])


def _write_history(standing: Standing, before: str, *, on: dt.date, cause: Cause) -> None:
    rows = TierHistory.objects.filter(customer_id=standing.customer_id)
    replaced = rows.filter(valid_from__gte=on).order_by("valid_from").first()
    if replaced is not None:
        before = replaced.previous
        rows.filter(valid_from__gte=on).delete()
    rows.filter(Q(valid_to=None) | Q(valid_to__gt=on)).update(valid_to=on)
    figures = {"value": standing.value_minor, "prior": standing.prior_minor}
    TierHistory.objects.create(
        customer_id=standing.customer_id,
        grade=standing.grade,
        previous=before,
        idle=standing.flag in (Flag.NO_SALES, Flag.NET_RETURNS),
        valid_from=on,
        cause=cause,
        before=figures,
        after=figures,
        delta_minor=(standing.value_minor or 0) - (standing.prior_minor or 0),
        run_id=standing.run_id,
    )
    standing.since = on
