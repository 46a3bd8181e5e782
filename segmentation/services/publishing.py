"""Writing what a tier run found: standings and history that differ, month ends, cubes. One transaction."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection

from crm.lib import bulk, dates
from segmentation.constants import Cause, Flag, Purpose, Why
from segmentation.core import abc, concentration, curve, hysteresis
from segmentation.core.abc import Codes, Tier
from segmentation.models import DepartmentShape, TierRun
from segmentation.queries.inputs import DayFigures, Ints, Population
from segmentation.services import standings
from segmentation.services.evaluation import Changes, Judgement, concentration_json, summary, thinned
from users.parameters import to_payload
from users.queries import departments

_EPOCH = dt.date(1970, 1, 1)
_NO_DAY = -(10**9)
_FLAGS = [Flag.SALES, Flag.NO_SALES, Flag.NET_RETURNS]

Columns = dict[str, Ints]
_LETTERS = np.array([ord("A"), ord("B"), ord("C")] + [0] * 253, dtype=np.int64)
_DAYS = {"first_on", "last_on"}
_LETTER_COLUMNS = {"grade", "computed", "stable"}
_COLUMNS = [
    "grade", "computed", "stable", "flag", "why", "is_new", "pending_a", "pending_b", "value_minor", "sales_minor",
    "prior_minor", "orders", "uncosted_lines", "first_on", "last_on",
]  # fmt: skip


@dataclass(eq=False)
class Kept:
    """What stays of one judgement, built before the transaction that saves it.

    `cube` and `moves` are columns of equal length, ready for their tables but for the run's id.
    """

    tier_run: TierRun
    cube: Columns
    shapes: list[DepartmentShape]
    moves: list[Columns] = field(default_factory=list)


def save(kept: Sequence[Kept], *, run_id: int) -> list[TierRun]:
    """Insert summaries, cubes, curves and moves of one or more judgements."""
    for one in kept:
        one.tier_run.run_id = run_id
        one.tier_run.save()
        for shape in one.shapes:
            shape.tier_run = one.tier_run
    DepartmentShape.objects.bulk_create([shape for one in kept for shape in one.shapes], batch_size=200)
    _insert_cube(_stacked([(one.tier_run.pk, one.cube) for one in kept]))
    _insert_moves(_stacked([(one.tier_run.pk, moved) for one in kept for moved in one.moves]))
    return [one.tier_run for one in kept]


def _stacked(parts: list[tuple[int, Columns]]) -> Columns:
    """The columns of several runs under each other, with the run's id."""
    if not parts:
        return {}
    stacked = {name: np.concatenate([columns[name] for _, columns in parts]) for name in parts[0][1]}
    lengths = [len(next(iter(columns.values()))) for _, columns in parts]
    return {"tier_run_id": np.repeat(np.array([pk for pk, _ in parts], dtype=np.int64), lengths)} | stacked


def _insert_cube(columns: Columns) -> None:
    if not columns:
        return
    bulk.load("new_cube", columns, create=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO segmentation_cuberow (tier_run_id, department_id, owner_id, grade, flag, count, value_minor)"
            " SELECT tier_run_id, nullif(department, 0), nullif(owner, 0),"
            " CASE WHEN grade = 0 THEN '' ELSE chr(grade::int) END, (%s::text[])[flag + 1], count, value FROM new_cube",
            [[str(flag) for flag in _FLAGS]],
        )


def _insert_moves(columns: Columns) -> None:
    if not columns:
        return
    bulk.load("new_moves", columns, create=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO segmentation_moverow (tier_run_id, months, department_id, owner_id, before, after, count,"
            " value_minor) SELECT tier_run_id, months, nullif(department, 0), nullif(owner, 0),"
            " CASE WHEN before = 0 THEN '' ELSE chr(before::int) END,"
            " CASE WHEN after = 0 THEN '' ELSE chr(after::int) END, count, value FROM new_moves"
        )


def keep(
    judgement: Judgement, people: Population, grade: Codes, *, purpose: Purpose, digest: str, excluded: int = 0
) -> Kept:
    """Reduce a judgement to what a run keeps: curve, concentration, mix and cube."""
    row = TierRun(
        purpose=purpose,
        as_of=judgement.as_of,
        first_day=dates.window(judgement.as_of, judgement.window_months)[0],
        scheme_version=judgement.scheme.version,
        scheme=to_payload(judgement.values) | {"window_months": judgement.window_months},
        customers=len(people),
        digest=digest,
        excluded_orders=excluded,
        **summary(judgement, grade),
    )
    keys = {
        "department": people.department_id,
        "owner": people.owner_id,
        "grade": np.where(judgement.selling, _LETTERS[grade], 0),
        "flag": judgement.computed.flag.astype(np.int64),
    }
    return Kept(row, _grouped(keys, judgement.value), _shapes(people, judgement))


def _shapes(people: Population, judgement: Judgement) -> list[DepartmentShape]:
    """The curve of each department's customers, with those of all departments below it."""
    selling = judgement.selling
    department, value = people.department_id[selling], judgement.value[selling]
    shapes = []
    for pk, below in departments.subtrees().items():
        own = value[np.isin(department, below)]
        if not len(own):
            continue
        classified = abc.classify(own, judgement.values.rules())
        points = curve.pareto_points(curve.summarise(own, classified))
        shapes.append(
            DepartmentShape(
                department_id=pk,
                points=thinned(points),
                concentration=concentration_json(concentration.measure(own)),
            )
        )
    return shapes


def moves(people: Population, *, months: int, before: Codes, after: Codes, value: Ints) -> Columns:
    """Who moved from which tier to which since `months` ago, by department and owner."""
    known = (before != Tier.NONE) | (after != Tier.NONE)
    keys = {
        "department": people.department_id[known],
        "owner": people.owner_id[known],
        "before": _LETTERS[before[known]],
        "after": _LETTERS[after[known]],
    }
    columns = _grouped(keys, value[known])
    return {"months": np.full(len(columns["count"]), months, dtype=np.int64)} | columns


def _grouped(keys: Columns, value: Ints) -> Columns:
    """Count and exact sum of `value` for each combination of keys."""
    totals = pd.DataFrame(keys | {"value": value}).groupby(list(keys), sort=True)["value"].agg(["size", "sum"])
    frame = totals.reset_index().rename(columns={"size": "count", "sum": "value"})
    return {name: frame[name].to_numpy(dtype=np.int64) for name in frame.columns}


def write_history(people: Population, changes: Changes, *, run_id: int, cause: Cause = Cause.EVALUATION) -> int:
    """Close and open intervals for the tier changes of one or more month ends. Returns their number."""
    columns = changes.joined()
    if not len(columns["place"]):
        return 0
    columns["customer_id"] = people.customer_id[columns.pop("place")]
    same = columns["customer_id"][1:] == columns["customer_id"][:-1]
    until = np.full(len(columns["day"]), _NO_DAY, dtype=np.int64)
    until[:-1][same] = columns["day"][1:][same]
    columns["until"] = until
    columns["is_first"] = np.concatenate([[1], (~same).astype(np.int64)])
    bulk.load("tier_changes", columns, create=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM segmentation_tierhistory h USING tier_changes c WHERE c.is_first = 1"
            " AND h.customer_id = c.customer_id AND h.valid_to IS NULL AND h.valid_from >= %s + c.day::int",
            [_EPOCH],
        )
        cursor.execute(
            "UPDATE segmentation_tierhistory h SET valid_to = %s + c.day::int FROM tier_changes c"
            " WHERE c.is_first = 1 AND h.customer_id = c.customer_id AND h.valid_to IS NULL",
            [_EPOCH],
        )
        cursor.execute(
            """
            INSERT INTO segmentation_tierhistory
                (customer_id, grade, previous, idle, valid_from, valid_to, cause, before, after, delta_minor, run_id)
            SELECT customer_id, chr(grade::int), CASE WHEN previous = 0 THEN '' ELSE chr(previous::int) END, idle = 1,
                %s + day::int, CASE WHEN until = %s THEN NULL ELSE %s + until::int END,
                CASE WHEN previous = 0 THEN 'first' ELSE %s END,
                jsonb_build_object('value', value_before, 'position', position_before),
                jsonb_build_object('value', value, 'position', position, 'prior', prior),
                value - prior, %s
            FROM tier_changes ORDER BY customer_id, day
            """,
            [_EPOCH, _NO_DAY, _EPOCH, cause, run_id],
        )
    return len(columns["day"])


def write_standings(
    people: Population, judgement: Judgement, figures: DayFigures, grade: Codes, is_new: hysteresis.Mask, *, run_id: int
) -> int:
    """Write the standings that differ. Returns how many do."""
    wanted = _wanted(judgement, figures, grade, is_new)
    standings.make_missing()
    current = bulk.fetch(f"SELECT customer_id::bigint AS customer_id, {_as_integers()} FROM segmentation_standing")  # noqa: S608 - all names are ours
    place, known = people.places(current["customer_id"])
    differs = np.zeros(len(people), dtype=np.bool_)
    for name in _COLUMNS:
        unequal = wanted[name][place[known]] != current[name][known]
        differs[place[known]] |= unequal
    chosen = np.flatnonzero(differs)
    if len(chosen):
        columns = {"customer_id": people.customer_id[chosen]} | {n: wanted[n][chosen] for n in _COLUMNS}
        bulk.load("new_standings", columns, create=True)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE segmentation_standing s SET {_assignments()}, run_id = %s"  # noqa: S608 - all names are ours
                " FROM new_standings n WHERE s.customer_id = n.customer_id",
                [run_id],
            )
    _clear_not_counted(judgement.as_of + dt.timedelta(days=1))
    return len(chosen)


def write_verdicts(row: TierRun, people: Population, judgement: Judgement) -> None:
    """Keep each customer's computed tier beside the standings, for a run that doesn't write them."""
    columns = {
        "customer_id": people.customer_id,
        "grade": _LETTERS[judgement.computed.tier],
        "flag": judgement.computed.flag.astype(np.int64),
        "value_minor": judgement.value,
    }
    bulk.load("new_verdicts", columns, create=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO segmentation_verdict (tier_run_id, customer_id, grade, flag, value_minor)"
            " SELECT %s, customer_id, chr(grade::int), (%s::text[])[flag + 1], value_minor FROM new_verdicts",
            [row.pk, [str(flag) for flag in _FLAGS]],
        )


def _wanted(judgement: Judgement, figures: DayFigures, grade: Codes, is_new: hysteresis.Mask) -> dict[str, Ints]:
    state = judgement.state
    stable = np.where(state.tier == Tier.NONE, 0, _LETTERS[state.tier])
    return {
        "grade": _LETTERS[grade],
        "computed": _LETTERS[judgement.computed.tier],
        "stable": stable,
        "flag": judgement.computed.flag.astype(np.int64),
        "why": judgement.why.astype(np.int64),
        "is_new": is_new.astype(np.int64),
        "pending_a": state.pending_a.astype(np.int64),
        "pending_b": state.pending_b.astype(np.int64),
        "value_minor": figures.value,
        "sales_minor": figures.sales,
        "prior_minor": figures.prior,
        "orders": figures.orders,
        "uncosted_lines": figures.uncosted,
        "first_on": _day_numbers(figures.first_on),
        "last_on": _day_numbers(figures.last_on),
    }


def _day_numbers(days: Any) -> Ints:
    return np.where(np.isnat(days), _NO_DAY, days.astype("datetime64[D]").astype(np.int64))


def _as_integers() -> str:
    """The standing's columns as bigints, so that they compare with the wanted ones."""
    parts = []
    for name in _COLUMNS:
        if name in _LETTER_COLUMNS:
            value = f"ascii({name})"
        elif name == "flag":
            value = f"coalesce(array_position(ARRAY{[str(f) for f in _FLAGS]}, flag::text), 0) - 1"
        elif name == "why":
            value = f"coalesce(array_position(ARRAY{[str(w) for w in Why]}, why::text), 0) - 1"
        elif name in _DAYS:
            value = f"coalesce({name} - date '1970-01-01', {_NO_DAY})"
        elif name == "is_new":
            value = "is_new::int"
        else:
            value = f"coalesce({name}, {-(2**62)})"
        parts.append(f"({value})::bigint AS {name}")
    return ", ".join(parts)


def _assignments() -> str:
    parts = []
    for name in _COLUMNS:
        if name in _LETTER_COLUMNS:
            value = f"CASE WHEN n.{name} = 0 THEN '' ELSE chr(n.{name}::int) END"
        elif name == "flag":
            value = f"(ARRAY{[str(f) for f in _FLAGS]})[n.flag + 1]"
        elif name == "why":
            value = f"(ARRAY{[str(w) for w in Why]})[n.why + 1]"
        elif name in _DAYS:
            value = f"CASE WHEN n.{name} = {_NO_DAY} THEN NULL ELSE date '1970-01-01' + n.{name}::int END"
        elif name == "is_new":
            value = "n.is_new = 1"
        else:
            value = f"n.{name}"
        parts.append(f"{name} = {value}")
    return ", ".join(parts)


def write_since() -> None:
    """Since when those whose history was just written are in their tier; a pause in sales is no step."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE segmentation_standing s SET since = h.since FROM (SELECT customer_id, max(valid_from) AS since"
            " FROM segmentation_tierhistory WHERE customer_id IN (SELECT customer_id FROM tier_changes)"
            " AND previous <> grade GROUP BY customer_id) h"
            " WHERE h.customer_id = s.customer_id AND s.since IS DISTINCT FROM h.since"
        )


def _clear_not_counted(on: dt.date) -> None:
    """Customers that no longer count have no tier, and say so; their last interval ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE segmentation_tierhistory h SET valid_to = greatest(%s, h.valid_from + 1) FROM accounts_customer c"
            " WHERE c.id = h.customer_id AND NOT c.counts_in_grading AND h.valid_to IS NULL",
            [on],
        )
        cursor.execute(
            "UPDATE segmentation_standing s SET grade = '', computed = '', stable = '', flag = 'not_counted',"
            " value_minor = NULL, since = NULL FROM accounts_customer c"
            " WHERE c.id = s.customer_id AND NOT c.counts_in_grading AND s.flag <> 'not_counted'"
        )
