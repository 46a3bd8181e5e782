"""The log of reads: every read under a grant, and every read of a protected record, exactly once.

Who shows, sends or prints a customer calls `note` before the answer leaves, with all the customers in it. What is in
nobody's special care costs one query and writes nothing.
"""

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.constants import Door
from accounts.models import Customer, ReadLog
from accounts.scope import opened_to, scope_of
from crm.lib.requests import request_id
from users.constants import Action, Cause
from users.models import Change, ChangeSet, User
from users.services import changes


def note(*, by: User, customer_ids: Iterable[int], door: Door, occasion: str = "") -> frozenset[int]:
    """Log the reads of those customers that are protected or that `by` reaches by a grant alone; returns their ids.

    Once for each request, user, customer and door, however often it is called. `occasion` stands for the request
    where there is none: a run that is begun again writes nothing twice if it names itself ("run:12").
    """
    asked = set(customer_ids)
    if not asked:
        return frozenset()
    scope = scope_of(by)
    special = Q(is_protected=True) if scope.everything else Q(is_protected=True) | ~scope.condition()
    held = Customer.objects.filter(special, pk__in=asked)
    rows = []
    for pk, owner_id, department_id, is_protected in held.values_list(
        "id", "owner_id", "department_id", "is_protected"
    ):
        inside = scope.covers(owner_id=owner_id, department_id=department_id, customer_id=pk)
        grants = () if inside else opened_to(by).get(pk, ())
        if is_protected or grants:
            rows.append(
                ReadLog(
                    user=by,
                    customer_id=pk,
                    door=door,
                    request_id=request_id.get() or occasion or uuid.uuid4().hex,
                    grant_id=grants[-1].grant_id if grants else None,
                    is_protected=is_protected,
                )
            )
    if rows:
        ReadLog.objects.bulk_create(rows, batch_size=1_000, ignore_conflicts=True)
    return frozenset(row.customer_id for row in rows)


@transaction.atomic
def log_export(*, filters: str, by: User) -> ChangeSet:
    """Write down who takes the log of reads along, and with which filters."""
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Log of reads exported"))
    Change.objects.create(
        change_set=change_set, action=Action.EXPORT, model=ReadLog._meta.label_lower, after={"filter": filters}
    )
    return change_set
