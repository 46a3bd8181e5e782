"""The log of reads: every read under a grant, and every read of a protected record, exactly once.

Who shows, sends or prints a customer calls `note` before the answer leaves, with all the customers in it. What is in
nobody's special care costs one query and writes nothing.
"""

import uuid
from collections.abc import Iterable

from django.db.models import Q

from accounts.constants import Door
from accounts.models import Customer, ReadLog
from accounts.scope import opened_to, scope_of
from crm.lib.requests import request_id
from users.models import User


def note(*, by: User, customer_ids: Iterable[int], door: Door, occasion: str = "") -> frozenset[int]:
    """Log the reads of those customers that are protected or that `by` reaches by a grant alone; returns their ids.

    Once for each request, user, customer and door, however often it is called. `occasion` stands for the request
    where there is none: a run that is begun again writes nothing twice if it names itself ("run:12").
    """
    asked = set(customer_ids)
    if not asked:
        return frozenset()
    scope, opened = scope_of(by), opened_to(by)
    special = Q(is_protected=True) | Q(pk__in=asked & opened.keys())
    held = Customer.objects.filter(special, pk__in=asked)
    rows = []
    for pk, owner_id, department_id, is_protected in held.values_list(
        "id", "owner_id", "department_id", "is_protected"
    ):
        inside = scope.covers(owner_id=owner_id, department_id=department_id, customer_id=pk)
        grants = () if inside else opened.get(pk, ())
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
