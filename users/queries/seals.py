"""Checking the chain over the change log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from users.constants import Action, Cause
from users.core import seals as core
from users.models import Change, ChangeSet, Seal

BATCH = 2_000
# Only these write the changes of one set in several transactions.
IN_PARTS = frozenset({Cause.IMPORT, Cause.RUN, Cause.COMMAND})


@dataclass(frozen=True)
class Break:
    """The first link that doesn't hold, and why."""

    position: int
    change_set_id: int
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What a check of the chain found; `head` is the last good link's hash, to be noted and compared later."""

    links: int
    head: str
    unsealed: int
    fault: Break | None


def header_of(row: ChangeSet) -> dict[str, Any]:
    """What is sealed of a change set itself."""
    return {
        "id": row.pk,
        "at": row.at.isoformat(),
        "cause": row.cause,
        "actor": row.actor_id,
        "summary": row.summary,
        "request": row.request_id,
        "run": row.run_id,
        "undoes": row.undoes_id,
    }


_COLUMNS = (
    *("id", "change_set_id", "action", "model", "object_id", "customer_id"),
    *("before", "after", "first_id", "last_id", "rows"),
)


def content_hash(change: Change) -> str:
    """The hash of a change as it stands."""
    return core.digest({name: getattr(change, name) for name in _COLUMNS})


def hash_of(change: Change) -> str:
    """The hash of a change as it was logged: of an erased one, that which was kept."""
    return change.kept_hash if change.erased_by_id is not None else content_hash(change)


def check(*, expect: tuple[int, str] | None = None) -> Verdict:
    """Walk the chain from its beginning. `expect` is a position and hash noted earlier, which must still hold."""
    before, position = core.FIRST, 0
    for links in _batches():
        sets = ChangeSet.objects.in_bulk([link.change_set_id for link in links])
        changes = _changes_of(links)
        for link in links:
            position += 1
            reason = _fault(link, position, before, sets.get(link.change_set_id), changes.get(link.position, []))
            if not reason and expect and position == expect[0] and link.hash != expect[1]:
                reason = _("its hash is not the one noted earlier")
            if reason:
                return Verdict(position - 1, before, 0, Break(position, link.change_set_id, reason))
            before = link.hash
    if expect and expect[0] > position:
        reason = _("links were cut off: %(position)s was noted earlier, the last one is %(last)s")
        words = reason % {"position": expect[0], "last": position}
        return Verdict(position, before, 0, Break(position + 1, 0, words))
    return Verdict(position, before, _unsealed(), _late_row())


def _batches() -> Iterator[list[Seal]]:
    last = 0
    while links := list(Seal.objects.filter(position__gt=last).order_by("position")[:BATCH]):
        yield links
        last = links[-1].position


def _changes_of(links: Sequence[Seal]) -> dict[int, list[Change]]:
    """The changes that each link holds: those of its change set after the set's link before, up to its own."""
    ids = {link.change_set_id for link in links}
    spans: dict[int, list[Seal]] = {}
    for seal in Seal.objects.filter(change_set_id__in=ids, position__lte=links[-1].position).order_by("upto"):
        spans.setdefault(seal.change_set_id, []).append(seal)
    found: dict[int, list[Change]] = {}
    rows = Change.objects.filter(change_set_id__in=ids).select_related("erased_by").order_by("change_set_id", "id")
    for set_id, changes in groupby(rows.iterator(), key=lambda change: change.change_set_id):
        for change in changes:
            link = next((link for link in spans[set_id] if change.pk <= link.upto), None)
            if link is not None:
                found.setdefault(link.position, []).append(change)
    return found


def _fault(link: Seal, position: int, before: str, row: ChangeSet | None, changes: Sequence[Change]) -> str:
    """Why a link doesn't hold; nothing if it does."""
    if link.position != position:
        return _("link %(position)s is missing") % {"position": position}
    if row is None:
        return _("its change set is gone")
    if len(changes) != link.rows:
        words = _("it held %(then)s changes, now there are %(now)s")
        return words % {"then": link.rows, "now": len(changes)}
    if core.payload_hash(header_of(row), map(hash_of, changes)) != link.payload_hash:
        return _("the change set or one of its changes was altered")
    at = link.sealed_at.isoformat()
    own = core.link_hash(before, position, link.change_set_id, link.upto, link.rows, link.payload_hash, at)
    if own != link.hash:
        return _("the link itself, or the one before it, was altered")
    return next((_erasure_fault(change) for change in changes if change.erased_by_id and _erasure_fault(change)), "")


def _erasure_fault(change: Change) -> str:
    """Whether an erased change holds what its erasure left: that is logged, and sealed itself."""
    records = Change.objects.filter(
        change_set_id=change.erased_by_id,
        action=Action.ERASE,
        model=Change._meta.label_lower,
        object_id=change.pk,
    )
    left = records.values_list("after", flat=True).last()
    if not left or left.get("hash") != content_hash(change):
        return _("change %(id)s says it was erased, but not to what it holds") % {"id": change.pk}
    return ""


def _unsealed() -> int:
    sealed = Seal.objects.values("change_set_id")
    return ChangeSet.objects.exclude(pk__in=sealed).count()


def _late_row() -> Break | None:
    """A change put into a sealed act afterwards; only imports, runs and commands add to theirs."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH sealed AS MATERIALIZED (
                SELECT change_set_id, max(upto) AS upto, max(position) AS position FROM users_seal GROUP BY 1
            ), present AS MATERIALIZED (
                SELECT change_set_id, max(id) AS id FROM users_change GROUP BY 1
            )
            SELECT s.position, s.change_set_id, p.id FROM present AS p
            JOIN sealed AS s ON s.change_set_id = p.change_set_id
            JOIN users_changeset AS cs ON cs.id = p.change_set_id
            WHERE p.id > s.upto AND cs.cause <> ALL(%s) ORDER BY s.position LIMIT 1
            """,
            [sorted(IN_PARTS)],
        )
        found = cursor.fetchone()
    if found is None:
        return None
    return Break(found[0], found[1], _("change %(id)s was put into it afterwards") % {"id": found[2]})
