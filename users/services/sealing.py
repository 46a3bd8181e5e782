"""Sealing the change log: each minute what was committed is chained by hashes, so that what is altered shows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from users.core import seals as core
from users.models import Change, ChangeSet, Seal, SealProgress
from users.queries.seals import IN_PARTS, hash_of, header_of

EVERY = dt.timedelta(seconds=55)
SETS_AT_ONCE = 2_000
# A mark becomes low when its transactions have ended, and not before this time.
SETTLING = dt.timedelta(minutes=5)


def seal_if_due() -> int:
    """Seal if a minute has passed since the last time, or if that left something. Returns the links made."""
    progress = SealProgress.objects.filter(pk=1).first()
    if progress and progress.last_at and timezone.now() - progress.last_at < EVERY:
        return 0
    return seal()


@transaction.atomic
def seal() -> int:
    """Chain what was committed and not yet sealed, a portion of it; returns the links made.

    One at a time: a second sealer does nothing. Rows that others commit while it works wait for the next time,
    whatever their ids.
    """
    if not _alone():
        return 0
    progress = SealProgress.objects.select_for_update().get_or_create(pk=1)[0]
    present = _present()
    unsealed, with_more = _unsealed_sets(progress), _sets_with_more(progress)
    made = _chain([*unsealed, *with_more])
    _move_marks(progress, present, full=max(len(unsealed), len(with_more)) >= SETS_AT_ONCE)
    return made


@dataclass(frozen=True)
class _Present:
    """Before anything is read: the oldest open transaction, the next one, and the highest ids."""

    oldest: int
    following: int
    last_set: int
    last_change: int


def _present() -> _Present:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
                   pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
                   (SELECT coalesce(max(id), 0) FROM users_changeset), (SELECT coalesce(max(id), 0) FROM users_change)
            """
        )
        return _Present(*cursor.fetchone())


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('users:sealer'))")
        return bool(cursor.fetchone()[0])


def _unsealed_sets(progress: SealProgress) -> list[int]:
    return _ids(
        """
        SELECT cs.id FROM users_changeset AS cs
        WHERE cs.id > %s AND NOT EXISTS (SELECT 1 FROM users_seal AS s WHERE s.change_set_id = cs.id)
        ORDER BY cs.id LIMIT %s
        """,
        [progress.low_set, SETS_AT_ONCE],
    )


def _sets_with_more(progress: SealProgress) -> list[int]:
    """Sealed sets to which their import or run has added since."""
    return _ids(
        """
        SELECT DISTINCT c.change_set_id FROM users_change AS c JOIN users_changeset AS cs ON cs.id = c.change_set_id
        WHERE c.id > %s AND cs.cause = ANY(%s)
          AND c.id > (SELECT max(upto) FROM users_seal AS s WHERE s.change_set_id = c.change_set_id)
        ORDER BY 1 LIMIT %s
        """,
        [progress.low_change, sorted(IN_PARTS), SETS_AT_ONCE],
    )


def _ids(statement: str, params: Sequence[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(params))
        return [pk for (pk,) in cursor.fetchall()]


def _chain(set_ids: Sequence[int]) -> int:
    """Append one link for each of the sets."""
    last = Seal.objects.order_by("position").last()
    position, before = (last.position, last.hash) if last else (0, core.FIRST)
    sets = ChangeSet.objects.in_bulk(list(set_ids))
    hashes = _unsealed_hashes(set_ids)
    now = timezone.now()
    links = []
    for set_id in set_ids:
        upto, of_changes = hashes.get(set_id, (0, []))
        position += 1
        payload = core.payload_hash(header_of(sets[set_id]), of_changes)
        own = core.link_hash(before, position, set_id, upto, len(of_changes), payload, now.isoformat())
        links.append(Seal(position, set_id, upto, len(of_changes), payload, own, now))
        before = own
    Seal.objects.bulk_create(links, batch_size=1_000)
    return len(links)


def _unsealed_hashes(set_ids: Sequence[int]) -> dict[int, tuple[int, list[str]]]:
    """For each set the last of its changes that no link holds, and the hashes of all of those."""
    upto = dict(Seal.objects.filter(change_set_id__in=set_ids).values_list("change_set_id").annotate(Max("upto")))
    rows = Change.objects.filter(change_set_id__in=set_ids).order_by("change_set_id", "id").iterator(chunk_size=2_000)
    found: dict[int, tuple[int, list[str]]] = {}
    for set_id, changes in groupby(rows, key=lambda change: change.change_set_id):
        fresh = [(change.pk, hash_of(change)) for change in changes if change.pk > upto.get(set_id, 0)]
        if fresh:
            found[set_id] = (fresh[-1][0], [one for _pk, one in fresh])
    return found


def _move_marks(progress: SealProgress, present: _Present, *, full: bool) -> None:
    """Raise what is known to be sealed: to the ids there were when no transaction of today's had begun."""
    now = timezone.now()
    ended = progress.mark_xid and present.oldest >= progress.mark_xid and now - progress.mark_at >= SETTLING
    if ended and not full:
        progress.low_set, progress.low_change = progress.mark_set, progress.mark_change
    if (ended and not full) or not progress.mark_xid:
        progress.mark_set, progress.mark_change = present.last_set, present.last_change
        progress.mark_xid, progress.mark_at = present.following, now
    progress.last_at = None if full else now
    progress.save()
