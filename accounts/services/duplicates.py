"""Searching for customers that are one organisation: keys, pairs, what people say of them."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.constants import PairState
from accounts.core import duplicates as core
from accounts.core.duplicates import Kind
from accounts.models import Customer, DuplicateKey, DuplicatePair
from accounts.parameters import DUPLICATES, DuplicateRules
from accounts.queries import duplicates as queries
from accounts.services import archive
from accounts.services.customers import NewCustomer
from crm.lib.rows import copy_rows
from jobs import runs
from jobs.constants import RunState
from jobs.context import RunContext
from jobs.models import Run
from users.constants import Cause
from users.models import User
from users.services import changes

KIND = "accounts.duplicates"
# Raise it when the plain forms of core.identity change: all keys are written anew then.
FORM = 1
_KEYED = 2_000
_COMPARED = 2_000
# Comparing so many takes some minutes; past it the commonest keys are left out, and the result says so.
MOST_PAIRS = 2_000_000
# Rows committed late carry an earlier time than the search that should have seen them.
_OVERLAP = dt.timedelta(minutes=10)


@dataclass
class Found:
    """What a search came to."""

    customers: int = 0
    compared: int = 0
    pairs: int = 0
    new: int = 0
    gone: int = 0
    most_sharing: int = 0
    whole: bool = True
    rows: list[tuple[int, int, int, dict[str, Any], str]] = field(default_factory=list)


def keys_since() -> dt.datetime | None:
    """From when on changes are not in the keys yet; None before the first search."""
    last = _last_run()
    return dt.datetime.fromisoformat(last.result["keys_until"]) - _OVERLAP if last else None


def _last_run() -> Run | None:
    return Run.objects.filter(kind=KIND, state=RunState.DONE, result__form=FORM).order_by("-id").first()


def warnings(*, new: NewCustomer, by: User) -> tuple[list[queries.Alike], list[archive.Found]]:
    """What looks like a customer about to be created: in the user's scope, and outside it as the archive rule tells."""
    profile = queries.profile_of_new(
        names=[new.name, *new.former_names],
        tax_number=new.tax_number,
        website=new.website,
        country=new.country,
        parent_id=new.parent_id,
    )
    shown, hidden = queries.alike(by, profile, since=keys_since())
    query = f"{new.name} {new.tax_number}".strip()
    return shown, archive.tell_of(matches=hidden, query=query, by=by) if hidden else []


def search(ctx: RunContext) -> dict[str, Any]:
    """Write the keys of customers changed since the last search, compare those that share one, keep the pairs.

    The whole company the first time, and whenever rule, weights or plain forms changed.
    """
    values, version = queries.rules()
    rule = core.parse(values.rule)
    kinds = rule.blocks()
    began = timezone.now()
    last = _last_run()
    same_rules = last is not None and last.parameter_versions.get(KIND) == version
    since = keys_since() if last and last.result.get("pieces") == (Kind.PIECE in kinds) else None
    changed = _changed(since)
    found = Found(whole=since is None or not same_rules, most_sharing=values.most_sharing)
    found.customers = _write_keys(ctx, changed, with_pieces=Kind.PIECE in kinds)
    touched = None if found.whole else changed
    ctx.progress(0, 0, step=_("Comparing"))
    pairs = _pairs(kinds, found, touched)
    found.rows = list(_judged(ctx, pairs, rule, values))
    found.compared, found.pairs = len(pairs), len(found.rows)
    with ctx.publish():
        _publish(found, touched)
    ctx.note(parameter_versions={DUPLICATES.code: version})
    return {
        "customers": found.customers,
        "compared": found.compared,
        "pairs": found.pairs,
        "new": found.new,
        "gone": found.gone,
        "whole": found.whole,
        "most_sharing": found.most_sharing,
        "pieces": Kind.PIECE in kinds,
        "form": FORM,
        "keys_until": began.isoformat(),
    }


def _changed(since: dt.datetime | None) -> list[int] | None:
    """The customers to be keyed; None: all."""
    if since is None:
        return None
    own = Customer.objects.filter(updated_at__gte=since).order_by().values_list("pk", flat=True)
    return sorted({*own, *queries.ids_with_contacts_since(since)})


def _write_keys(ctx: RunContext, changed: list[int] | None, *, with_pieces: bool) -> int:
    total = Customer.objects.count() if changed is None else len(changed)
    ctx.progress(0, total, step=_("Reading names, numbers and addresses"))
    done = 0
    if changed is None:
        with ctx.publish(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {DuplicateKey._meta.db_table}")  # noqa: S608
    for ids in _batches(changed):
        profiles = queries.profiles(ids)
        with ctx.publish():
            if changed is not None:
                DuplicateKey.objects.filter(customer_id__in=ids).delete()
            copy_rows(DuplicateKey._meta.db_table, ("kind", "value", "customer_id"), _lines(profiles, with_pieces))
        done += len(ids)
        ctx.progress(done)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {DuplicateKey._meta.db_table}")
    return done


def _lines(profiles: dict[int, core.Profile], with_pieces: bool) -> Iterator[tuple[str, str, int]]:
    for pk, profile in profiles.items():
        keys = {
            (kind.value, value[: queries.KEY_LENGTH]) for kind, value in core.keys_of(profile, with_pieces=with_pieces)
        }
        for kind, value in keys:
            yield kind, value, pk


def _batches(changed: list[int] | None) -> Iterator[list[int]]:
    """Ids, some at a time, in rising order."""
    if changed is not None:
        yield from (changed[start : start + _KEYED] for start in range(0, len(changed), _KEYED))
        return
    last = 0
    while ids := list(Customer.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_KEYED]):
        yield ids
        last = ids[-1]


# ── Pairs ───────────────────────────────────────────────────────────────────

_BLOCKS = """
    WITH block AS (
        SELECT kind, value, count(*) AS n FROM accounts_duplicatekey
        WHERE kind = ANY(%(kinds)s) {of} GROUP BY kind, value HAVING count(*) BETWEEN 2 AND %(most)s
    )
"""
_OF_TOUCHED = """
    AND (kind, value) IN (
        SELECT kind, value FROM accounts_duplicatekey WHERE kind = ANY(%(kinds)s) AND customer_id = ANY(%(touched)s)
    )
"""
_SIZES = "SELECT n, sum(n * (n - 1) / 2) FROM block GROUP BY n ORDER BY n"
_PAIRS = """
    SELECT DISTINCT a.customer_id, b.customer_id
    FROM block
    JOIN accounts_duplicatekey a ON a.kind = block.kind AND a.value = block.value
    JOIN accounts_duplicatekey b ON b.kind = block.kind AND b.value = block.value AND b.customer_id > a.customer_id
"""


def _pairs(kinds: Iterable[Kind], found: Found, touched: list[int] | None) -> list[tuple[int, int]]:
    """Customers that share a key, each two once; lowers `found.most_sharing` where there would be too many."""
    params: dict[str, Any] = {"kinds": [kind.value for kind in kinds], "touched": touched, "most": found.most_sharing}
    blocks = _BLOCKS.replace("{of}", "" if touched is None else _OF_TOUCHED)
    with connection.cursor() as cursor:
        cursor.execute(blocks + _SIZES, params)
        so_far, most = 0, 1
        for size, count in cursor.fetchall():
            so_far += int(count)
            if so_far > MOST_PAIRS:
                break
            most = size
        if so_far > MOST_PAIRS:
            found.most_sharing = params["most"] = most
        cursor.execute(blocks + _PAIRS, params)
        return list(cursor.fetchall())


def _judged(
    ctx: RunContext, pairs: Sequence[tuple[int, int]], rule: core.Rule | core.Same, values: DuplicateRules
) -> Iterator[tuple[int, int, int, dict[str, Any], str]]:
    """The pairs for which the rule holds: ids, score, evidence, digest."""
    ctx.progress(0, len(pairs))
    common = queries.common(None, most=values.most_sharing)
    for start in range(0, len(pairs), _COMPARED):
        some = pairs[start : start + _COMPARED]
        profiles = queries.profiles({pk for pair in some for pk in pair})
        for low, high in some:
            if low not in profiles or high not in profiles:
                continue
            one, other = core.without(profiles[low], common), core.without(profiles[high], common)
            comparison = core.compare(one, other)
            score = core.score(comparison, values.weights)
            if rule.holds(comparison) and score >= values.least_score:
                yield low, high, score, queries.evidence_of(comparison), queries.digest_of(one, other)
        ctx.progress(min(start + _COMPARED, len(pairs)))


_UPSERT = """
    INSERT INTO accounts_duplicatepair (low_id, high_id, score, evidence, digest, state, found_at)
    SELECT f.low_id, f.high_id, f.score, f.evidence::jsonb, f.digest, 'open', now() FROM duplicate_found f
    WHERE EXISTS (SELECT FROM accounts_customer WHERE id = f.low_id)
        AND EXISTS (SELECT FROM accounts_customer WHERE id = f.high_id)
    ON CONFLICT (low_id, high_id) DO UPDATE SET
        score = excluded.score, evidence = excluded.evidence, digest = excluded.digest,
        state = 'open', decided_by_id = NULL, decided_at = NULL
    WHERE accounts_duplicatepair.digest <> excluded.digest OR
        (accounts_duplicatepair.state = 'open' AND accounts_duplicatepair.score <> excluded.score)
    RETURNING (xmax = 0)
"""
_GONE = """
    DELETE FROM accounts_duplicatepair p WHERE p.state = 'open' {of}
        AND NOT EXISTS (SELECT FROM duplicate_found f WHERE f.low_id = p.low_id AND f.high_id = p.high_id)
"""


def _publish(found: Found, touched: list[int] | None) -> None:
    """Store what was found; a pair that somebody dismissed comes back only if what it was judged by changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE duplicate_found (low_id bigint, high_id bigint, score smallint, evidence text,"
            " digest text, PRIMARY KEY (low_id, high_id)) ON COMMIT DROP"
        )
        copy_rows("duplicate_found", ("low_id", "high_id", "score", "evidence", "digest"), map(_stored, found.rows))
        cursor.execute(_UPSERT)
        found.new = sum(made for (made,) in cursor.fetchall())
        of = "" if touched is None else "AND (p.low_id = ANY(%s) OR p.high_id = ANY(%s))"
        cursor.execute(_GONE.replace("{of}", of), [] if touched is None else [touched, touched])
        found.gone = cursor.rowcount
        cursor.execute("DROP TABLE duplicate_found")


def _stored(row: tuple[int, int, int, dict[str, Any], str]) -> tuple[int, int, int, str, str]:
    low, high, score, evidence, digest = row
    return low, high, score, json.dumps(evidence), digest


# ── What people say ─────────────────────────────────────────────────────────


def request_search(*, by: User) -> Run:
    """Ask for a search, unless one is waiting or running already."""
    open_one = Run.objects.filter(kind=KIND, state__in=[RunState.QUEUED, RunState.RUNNING]).order_by("-id").first()
    return open_one or runs.request(KIND, by=by)


@transaction.atomic
def decide(*, pair_id: int, same: bool, by: User) -> DuplicatePair:
    """Say that a pair is not one organisation, or take that back. It stays so until one of the records changes.

    Raises DuplicatePair.DoesNotExist for a pair of which the user doesn't see both.
    """
    row = DuplicatePair.objects.visible_to(by).select_for_update(of=("self",)).get(pk=pair_id)
    before = changes.snapshot(row)
    row.state = PairState.OPEN if same else PairState.DISMISSED
    row.decided_by, row.decided_at = (None, None) if same else (by, timezone.now())
    row.save(update_fields=["state", "decided_by", "decided_at"])
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Possible duplicate decided"))
    changes.record_update(change_set, row, before, customer_id=row.low_id)
    return row
