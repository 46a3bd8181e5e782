"""Recomputing tiers: read all, judge in memory, publish once."""

import datetime as dt
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _

from crm.lib import dates
from jobs.context import RunContext
from jobs.services import outbox
from sales.queries import totals
from sales.services import rollup
from segmentation.constants import Cause, Purpose
from segmentation.core import abc, hysteresis
from segmentation.core.abc import Codes, Tier
from segmentation.models import TierHistory, TierRun
from segmentation.parameters import KIND, TierScheme
from segmentation.queries import inputs
from segmentation.queries.inputs import Ints, Population
from segmentation.services import evaluation, overrides, publishing
from segmentation.services.evaluation import LAGS, Changes, Judgement
from segmentation.services.publishing import Kept
from users.queries import parameters
from users.queries.parameters import InForce

_DIFFERING_NAMED = 1_000
_EVENTS_KIND = "tier.changed"


@dataclass(eq=False)
class MonthEnds:
    """What the month ends of one run left: what to keep, who moved, and the state for the day."""

    state: hysteresis.State
    why: Codes
    kept: list[Kept] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)


def recompute(
    ctx: RunContext, *, as_of: dt.date, window_months: int | None = None, replay: bool = False
) -> dict[str, Any]:
    """Judge all customers as of a day and publish what differs.

    The rollup is caught up first. Month ends since the last evaluated one are evaluated in order; with
    `replay` all of them anew, from the first order on, replacing the history that evaluations wrote. A day
    before the standings', or a window other than the scheme's, leaves standings alone and keeps its
    verdicts beside them. One recomputation runs at a time; a second one waits.

    Returns the counts of computed tiers, the concentration and the run's id.
    """
    with _alone():
        ctx.progress(0, 5, step=_("Daily totals"))
        rollup.catch_up()
        ctx.progress(1, step=_("Reading"))
        people = inputs.population()
        scheme = parameters.in_force(KIND, on=as_of)
        ctx.note(parameter_versions={KIND: scheme.version})
        values: TierScheme = scheme.values
        latest = TierRun.objects.filter(purpose=Purpose.DAY).order_by("-as_of").first()
        past = latest is not None and as_of < latest.as_of
        if past or window_months not in (None, values.window_months):
            return _beside(ctx, people, scheme, as_of, window_months or values.window_months)
        return _current(ctx, people, scheme, as_of, replay=replay)


@contextmanager
def _alone() -> Iterator[None]:
    """One recomputation at a time, across processes; the lock goes with the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('segmentation.recompute'))")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('segmentation.recompute'))")


def _current(ctx: RunContext, people: Population, scheme: InForce, as_of: dt.date, *, replay: bool) -> dict[str, Any]:
    values: TierScheme = scheme.values
    figures = inputs.day_figures(people, as_of, window_months=values.window_months, basis=values.basis)
    ctx.progress(2, step=_("Month ends"))
    ends = _month_ends(people, figures.first_on, as_of, replay=replay)
    ctx.progress(3, step=_("The day's figures"))
    judgement = evaluation.day(as_of, scheme, values.window_months, figures, ends.state, ends.why)
    is_new = hysteresis.new_customers(figures.first_on, as_of=as_of, new_days=values.new_days)
    excluded = totals.orders_without_rate(*dates.window(as_of, values.window_months))
    ctx.progress(4, step=_("Publishing"))
    with ctx.publish():
        if replay:
            _forget_evaluations()
        in_force_on = min(as_of + dt.timedelta(days=1), dates.today())
        overrides.end_expired(on=in_force_on, run_id=ctx.run.pk)
        grade = judgement.in_force(inputs.overrides_on(people, in_force_on))
        digest = judgement.digest(people)
        kept = publishing.keep(judgement, people, grade, purpose=Purpose.DAY, digest=digest, excluded=excluded)
        first_time = not TierRun.objects.filter(purpose=Purpose.MONTH_END).exists()
        publishing.save(ends.kept, run_id=ctx.run.pk)
        moved = publishing.write_history(
            people, ends.changes, run_id=ctx.run.pk, cause=Cause.REPLAY if replay else Cause.EVALUATION
        )
        TierRun.objects.filter(purpose=Purpose.DAY, as_of=as_of).delete()
        [row] = publishing.save([kept], run_id=ctx.run.pk)
        written = publishing.write_standings(people, judgement, figures, grade, is_new, run_id=ctx.run.pk)
        if moved:
            publishing.write_since()
        _emit(people, ends.changes, quietly=first_time or replay)
    _restate(ctx, people, judgement)
    return _result(row) | {"written": written, "moved": moved, "month_ends": len(ends.kept)}


def _month_ends(people: Population, first_on: Any, as_of: dt.date, *, replay: bool) -> MonthEnds:
    """Judge the month ends that are due, from the stored state or, on a replay, from the first order."""
    nothing = np.zeros(len(people), dtype=np.uint8)
    last = None if replay else _last_month_end()
    state, why = inputs.stored_state(people) if last else (hysteresis.State.unclassified(len(people)), nothing)
    result = MonthEnds(state, why)
    first_day = totals.first_day()
    if first_day is None:
        return result
    ends = dates.month_ends(last + dt.timedelta(days=1) if last else first_day, as_of)
    if not ends:
        return result
    return _judge(people, first_on, ends, result, earlier=last)


def _judge(
    people: Population, first_on: Any, ends: list[dt.date], result: MonthEnds, *, earlier: dt.date | None
) -> MonthEnds:
    longest = max(parameters.in_force(KIND, on=end).values.window_months for end in ends)
    basis = parameters.in_force(KIND, on=ends[-1]).values.basis
    figures = inputs.months(people, dates.add_months(ends[0], -longest - 12), ends[-1], basis=basis)
    tiers: dict[dt.date, Codes] = {}
    evaluated = _evaluated() if earlier else frozenset()
    before = _figures_before(people, figures, earlier)
    for judgement, was in evaluation.month_ends(people, figures, first_on, ends, result.state):
        end = judgement.as_of
        manual = inputs.overrides_on(people, end + dt.timedelta(days=1))
        grade = judgement.in_force(manual)
        tiers[end] = np.where(judgement.selling, grade, np.uint8(Tier.NONE))
        kept = publishing.keep(judgement, people, grade, purpose=Purpose.MONTH_END, digest=judgement.digest(people))
        kept.tier_run.inputs = _packed(people, judgement.value)
        for lag in LAGS:
            then = dates.month_end(dates.add_months(dates.month_start(end), -lag))
            if then not in tiers:
                if then not in evaluated:
                    continue
                tiers[then] = inputs.grades_on(people, then + dt.timedelta(days=1))
            kept.moves.append(
                publishing.moves(people, months=lag, before=tiers[then], after=tiers[end], value=judgement.value)
            )
        tiers.pop(dates.month_end(dates.add_months(dates.month_start(end), -max(LAGS))), None)
        before = _note_changes(result.changes, judgement, was, manual[0], before)
        result.kept.append(kept)
        result.state, result.why = judgement.state, judgement.why
    return result


def _figures_before(people: Population, figures: inputs.Months, earlier: dt.date | None) -> tuple[Ints, Ints]:
    """Value and position at the month end evaluated last; nothing and past every line if there is none."""
    if earlier is None:
        return np.zeros(len(people), dtype=np.int64), np.full(len(people), 1_000_000, dtype=np.int64)
    scheme: TierScheme = parameters.in_force(KIND, on=earlier).values
    value = figures.window(earlier, scheme.window_months)
    return value, evaluation.millionths(abc.classify(value, scheme.rules()))


def _note_changes(
    changes: Changes, judgement: Judgement, was: hysteresis.State, manual: Ints, before: tuple[Ints, Ints]
) -> tuple[Ints, Ints]:
    """Add the month end's tier changes; customers with a manual tier keep it, so nothing changes for them."""
    position = evaluation.millionths(judgement.computed)
    turned = judgement.selling != (before[0] > 0)
    changed = ((judgement.state.tier != was.tier) | turned) & (judgement.state.tier != Tier.NONE)
    changed[manual] = False
    place = np.flatnonzero(changed)
    if len(place):
        day = (judgement.as_of + dt.timedelta(days=1) - dt.date(1970, 1, 1)).days
        changes.place.append(place)
        changes.day.append(np.full(len(place), day, dtype=np.int64))
        changes.grade.append(judgement.state.tier[place].astype(np.int64) + ord("A"))
        previous = was.tier[place].astype(np.int64)
        changes.previous.append(np.where(previous == Tier.NONE, 0, previous + ord("A")))
        changes.idle.append((~judgement.selling[place]).astype(np.int64))
        changes.value.append(judgement.value[place])
        changes.prior.append(judgement.prior[place])
        changes.position.append(position[place])
        changes.value_before.append(before[0][place])
        changes.position_before.append(before[1][place])
    return judgement.value, position


def _beside(ctx: RunContext, people: Population, scheme: InForce, as_of: dt.date, window_months: int) -> dict[str, Any]:
    """Judge a past day, or another window, and keep its verdicts beside the standings."""
    values: TierScheme = scheme.values
    figures = inputs.day_figures(people, as_of, window_months=window_months, basis=values.basis)
    stateless = hysteresis.State.unclassified(len(people))
    why = np.zeros(len(people), dtype=np.uint8)
    judgement = evaluation.day(as_of, scheme, window_months, figures, stateless, why)
    stored = TierRun.objects.filter(purpose=Purpose.MONTH_END, as_of=as_of).first()
    if stored is not None and stored.digest == judgement.digest(people):
        return _result(stored) | {"same_as_stored": True}
    ctx.progress(4, step=_("Publishing"))
    with ctx.publish():
        row = _save_beside(ctx.run.pk, people, judgement, stored if window_months == values.window_months else None)
    return _result(row)


def _save_beside(run_id: int, people: Population, judgement: Judgement, stored: TierRun | None) -> TierRun:
    purpose = Purpose.RESTATEMENT if stored else Purpose.AS_OF
    excluded = totals.orders_without_rate(*dates.window(judgement.as_of, judgement.window_months))
    kept = publishing.keep(
        judgement, people, judgement.computed.tier, purpose=purpose, digest=judgement.digest(people), excluded=excluded
    )
    kept.tier_run.restates = stored
    kept.tier_run.differing = _differing(people, judgement.value, stored) if stored else {}
    [row] = publishing.save([kept], run_id=run_id)
    publishing.write_verdicts(row, people, judgement)
    return row


def _restate(ctx: RunContext, people: Population, judgement: Judgement) -> None:
    """A month end judged again with other inputs than the stored evaluation's is kept beside it."""
    stored = TierRun.objects.filter(purpose=Purpose.MONTH_END, as_of=judgement.as_of).first()
    if stored is not None and stored.run_id != ctx.run.pk and stored.digest != judgement.digest(people):
        with ctx.publish():
            _save_beside(ctx.run.pk, people, judgement, stored)


def _evaluated() -> frozenset[dt.date]:
    """The month ends evaluated so far."""
    return frozenset(TierRun.objects.filter(purpose=Purpose.MONTH_END).values_list("as_of", flat=True))


def _last_month_end() -> dt.date | None:
    return TierRun.objects.filter(purpose=Purpose.MONTH_END).order_by("-as_of").values_list("as_of", flat=True).first()


def _forget_evaluations() -> None:
    """Before a replay: drop month ends and what they wrote. Customers ever set by hand keep their history."""
    TierRun.objects.filter(purpose__in=[Purpose.MONTH_END, Purpose.RESTATEMENT]).delete()
    TierHistory.objects.exclude(customer__in=inputs.ever_overridden()).delete()


def _packed(people: Population, value: Ints) -> bytes:
    return zlib.compress(people.customer_id.tobytes() + value.tobytes(), level=1)


def _differing(people: Population, value: Ints, stored: TierRun) -> dict[str, Any]:
    """Which customers' inputs differ from a stored evaluation's, and how many; those it lacks had 0."""
    if stored.inputs is None:
        return {}
    both = np.frombuffer(zlib.decompress(bytes(stored.inputs)), dtype=np.int64)
    ids, values = both[: len(both) // 2], both[len(both) // 2 :]
    then = people.align(ids, values, 0)
    place = np.flatnonzero(then != value)
    named = [[int(people.customer_id[i]), int(then[i]), int(value[i])] for i in place[:_DIFFERING_NAMED]]
    return {"count": len(place), "customers": named}


def _emit(people: Population, changes: Changes, *, quietly: bool) -> None:
    """Tell subscribers who moved; a first classification or a replay is one event, not a million."""
    columns = changes.joined()
    if quietly:
        outbox.emit(kind="tier.recomputed", customer_id=None, payload={"changes": len(columns["place"])})
        return
    outbox.emit_many(
        kind=_EVENTS_KIND,
        events=[
            (
                int(pk),
                {
                    "customer_id": int(pk),
                    "from": chr(before) if before else "",
                    "to": chr(after),
                    "cause": str(Cause.EVALUATION),
                },
            )
            for pk, before, after in zip(
                people.customer_id[columns["place"]], columns["previous"], columns["grade"], strict=True
            )
        ],
    )


def _result(row: TierRun) -> dict[str, Any]:
    """The figures of a run, as the command prints them."""
    figures, mix = row.concentration, row.mix
    return {
        "customers": row.customers,
        **mix["computed"],
        "no_sales": mix["no_sales"]["count"],
        "net_returns": mix["net_returns"]["count"],
        "gini": figures["gini"]["value"],
        "top20_share": figures["top_share"]["value"],
        "hhi": figures["hhi"]["value"],
        "run": row.run_id,
        "tier_run": row.pk,
    }
