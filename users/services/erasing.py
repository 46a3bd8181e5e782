"""Emptying payloads of the change log, so that its seals stay valid."""

from collections.abc import Sequence

from users.constants import Action
from users.models import Change, ChangeSet
from users.queries.seals import content_hash, hash_of


def erase(*, changes: Sequence[int], change_set: ChangeSet) -> int:
    """Empty what some changes hold, within the transaction of the erasure's change set; returns how many.

    The hash of what stood there is kept for the seal, and what stands there now is logged in the change set, so
    that nobody can pass off an alteration as an erasure.
    """
    rows = list(Change.objects.select_for_update(of=("self",)).filter(pk__in=changes).order_by("pk"))
    for row in rows:
        row.kept_hash = hash_of(row)
        row.erased_by = change_set
        row.before = None if row.before is None else dict.fromkeys(row.before)
        row.after = None if row.after is None else dict.fromkeys(row.after)
    Change.objects.bulk_update(rows, ["kept_hash", "erased_by", "before", "after"], batch_size=500)
    Change.objects.bulk_create(
        [
            Change(
                change_set=change_set,
                action=Action.ERASE,
                model=Change._meta.label_lower,
                object_id=row.pk,
                customer_id=row.customer_id,
                after={"hash": content_hash(row)},
            )
            for row in rows
        ],
        batch_size=500,
    )
    return len(rows)
