"""Moving customers through their life cycle, by people and by jobs."""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import events
from accounts.constants import LifeCycle
from accounts.models import Customer, LifeCycleTransition
from accounts.services import batches
from crm.lib import dates
from users.models import ChangeSet, User
from users.roles import Permission
from users.services import changes

# Ending a relation takes a reason.
NEEDS_REASON = frozenset({LifeCycle.LOST, LifeCycle.GIVEN_UP})
# From where a job may move a customer to a stage. A relation that a person ended stays ended.
_BY_JOB = {
    LifeCycle.ACTIVE: (LifeCycle.VISITOR, LifeCycle.PROSPECT, LifeCycle.DORMANT),
    LifeCycle.DORMANT: (LifeCycle.ACTIVE,),
}


@transaction.atomic
def move(*, customer_ids: Sequence[int], to: LifeCycle, reason: str, by: User) -> batches.Outcome:
    """Move customers to a stage, each with a dated step, in one change set.

    Customers the user may not edit are refused, ids out of sight missing. Raises ValidationError where
    a reason is needed and PermissionDenied if none of them may be moved.
    """
    reason = " ".join(reason.replace("\x00", "").split())[:300]
    if to in NEEDS_REASON and not reason:
        raise ValidationError({"reason": _("Say why: whoever looks at this customer next year will ask.")})
    outcome = batches.apply(
        customer_ids=customer_ids,
        values={"life_cycle": to.value},
        permission=Permission.CUSTOMER_STAGE,
        summary=_("Stage changed"),
        by=by,
    )
    steps = [(pk, values["life_cycle"]) for pk, values in outcome.previous.items()]
    _log_steps(steps, to, dates.today(), reason, by)
    return outcome


@transaction.atomic
def follow(*, customer_ids: Sequence[int], to: LifeCycle, reason: str, on: dt.date, change_set: ChangeSet) -> list[int]:
    """Move customers to active or dormant on behalf of a job; returns the ids that moved.

    Moves nobody whose relation a person ended, and to dormant nobody whose present stage a person
    chose. Rows, steps and the log go into the caller's change set.
    """
    rows = list(
        Customer.objects.filter(pk__in=customer_ids, life_cycle__in=_BY_JOB[to])
        .select_for_update(no_key=True)
        .order_by("pk")
    )
    if to == LifeCycle.DORMANT:
        chosen = _chosen_by_people([row.pk for row in rows])
        rows = [row for row in rows if row.pk not in chosen]
    befores = [changes.snapshot(row) for row in rows]
    _log_steps([(row.pk, row.life_cycle) for row in rows], to, on, reason, None)
    for row in rows:
        row.life_cycle = to
    ids = [row.pk for row in rows]
    Customer.objects.filter(pk__in=ids).update(life_cycle=to, version=F("version") + 1, updated_at=timezone.now())
    changes.record_updates(change_set, zip(rows, befores, ids, strict=True))
    events.tell_changed({pk: ["life_cycle"] for pk in ids})
    return ids


def _chosen_by_people(customer_ids: Sequence[int]) -> set[int]:
    latest = (
        LifeCycleTransition.objects.filter(customer_id__in=customer_ids)
        .order_by("customer_id", "-id")
        .distinct("customer_id")
        .values_list("customer_id", "before", "by_id")
    )
    return {pk for pk, before, by_id in latest if before and by_id is not None}


def _log_steps(moved: Sequence[tuple[int, str]], to: LifeCycle, on: dt.date, reason: str, by: User | None) -> None:
    LifeCycleTransition.objects.bulk_create(
        LifeCycleTransition(customer_id=pk, before=before, after=to, on=on, reason=reason, by=by)
        for pk, before in moved
    )
