"""Judging all customers in memory: month ends one after the other, then the day itself."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crm.lib import dates
from crm.lib.measured import Measured
from segmentation.core import abc, concentration, curve, hysteresis
from segmentation.core.abc import Classification, Codes, Flag, Tier
from segmentation.parameters import KIND, TierScheme
from segmentation.queries.inputs import DayFigures, Ints, Months, Population
from users.parameters import to_payload
from users.queries import parameters
from users.queries.parameters import InForce

LAGS = (1, 3, 12)
_POINTS = 200


@dataclass(frozen=True, eq=False)
class Judgement:
    """One classification of the population, with what the hysteresis made of it."""

    as_of: dt.date
    scheme: InForce
    window_months: int
    value: Ints
    prior: Ints
    computed: Classification
    state: hysteresis.State
    why: Codes

    @property
    def values(self) -> TierScheme:
        """The scheme's parameters."""
        scheme: TierScheme = self.scheme.values
        return scheme

    @property
    def selling(self) -> NDArray[np.bool_]:
        """Who has positive sales in the window."""
        selling: NDArray[np.bool_] = self.computed.flag == Flag.SALES
        return selling

    def in_force(self, overrides: tuple[Ints, Codes]) -> Codes:
        """Tier codes in force after this judgement: manual, else after hysteresis, else computed."""
        grade = hysteresis.in_force(self.state, self.computed).copy()
        place, manual = overrides
        grade[place] = manual
        return grade

    def digest(self, people: Population) -> str:
        """The hash of the inputs. Equal inputs give equal answers."""
        rules = json.dumps([self.as_of.isoformat(), self.window_months, to_payload(self.values)], sort_keys=True)
        digest = hashlib.sha256(rules.encode())
        digest.update(people.customer_id.tobytes())
        digest.update(self.value.tobytes())
        return digest.hexdigest()


@dataclass(eq=False)
class Changes:
    """Tier changes over several month ends; parallel lists of arrays, one entry a month end."""

    place: list[Ints] = field(default_factory=list)
    day: list[Ints] = field(default_factory=list)
    grade: list[Ints] = field(default_factory=list)
    previous: list[Ints] = field(default_factory=list)
    idle: list[Ints] = field(default_factory=list)
    value: list[Ints] = field(default_factory=list)
    prior: list[Ints] = field(default_factory=list)
    position: list[Ints] = field(default_factory=list)
    value_before: list[Ints] = field(default_factory=list)
    position_before: list[Ints] = field(default_factory=list)

    def joined(self) -> dict[str, Ints]:
        """One array a column, ordered by customer and then by day."""
        if not self.place:
            return {name: np.zeros(0, dtype=np.int64) for name in self.__dataclass_fields__}
        columns = {name: np.concatenate(getattr(self, name)).astype(np.int64) for name in self.__dataclass_fields__}
        order = np.lexsort((columns["day"], columns["place"]))
        return {name: column[order] for name, column in columns.items()}


def month_ends(
    people: Population,
    figures: Months,
    first_on: NDArray[np.datetime64],
    ends: Iterable[dt.date],
    start: hysteresis.State,
) -> Iterator[tuple[Judgement, hysteresis.State]]:
    """Judge month ends in order; with each judgement comes the state before it."""
    state = start
    for end in ends:
        scheme = parameters.in_force(KIND, on=end)
        values: TierScheme = scheme.values
        value = figures.window(end, values.window_months)
        computed = abc.classify(value, values.rules())
        new = hysteresis.new_customers(first_on, as_of=end, new_days=values.new_days)
        evaluation = hysteresis.Evaluation(computed, new)
        before, state = state, hysteresis.step(state, evaluation, values.buffer())
        yield (
            Judgement(
                as_of=end,
                scheme=scheme,
                window_months=values.window_months,
                value=value,
                prior=figures.window(_year_before(end), values.window_months),
                computed=computed,
                state=state,
                why=hysteresis.reasons(before, state, evaluation),
            ),
            before,
        )


def day(
    as_of: dt.date, scheme: InForce, window_months: int, figures: DayFigures, state: hysteresis.State, why: Codes
) -> Judgement:
    """Judge one day: the computed tiers are the day's, the state stays the last month end's."""
    values: TierScheme = scheme.values
    return Judgement(
        as_of=as_of,
        scheme=scheme,
        window_months=window_months,
        value=figures.value,
        prior=figures.prior,
        computed=abc.classify(figures.value, values.rules()),
        state=state,
        why=why,
    )


def millionths(computed: Classification) -> Ints:
    """Position on the curve: the share held by those above, in millionths."""
    if not computed.total_minor:
        return np.full(len(computed.tier), 1_000_000, dtype=np.int64)
    return np.round(computed.before * 1_000_000).astype(np.int64)


def summary(judgement: Judgement, grade: Codes) -> dict[str, Any]:
    """What a run keeps of a judgement: curve, concentration, mix by the tier in force."""
    scheme, computed = judgement.values, judgement.computed
    figures = concentration.measure(judgement.value)
    flags = computed.flag
    mix: dict[str, Any] = {
        tier.name: _count_and_value(judgement.value, (grade == tier) & judgement.selling) for tier in list(Tier)[:3]
    }
    mix["no_sales"] = _count_and_value(judgement.value, flags == Flag.NO_SALES)
    mix["net_returns"] = _count_and_value(judgement.value, flags == Flag.NET_RETURNS)
    counts = computed.tier_counts
    kept = curve.summarise(judgement.value, computed, buffer=scheme.buffer())
    return {
        "curve": curve.to_json(kept),
        "points": thinned(curve.pareto_points(kept)),
        "concentration": concentration_json(figures),
        "mix": mix | {"computed": dict(zip("ABC", counts, strict=True))},
    }


def thinned(points: list[tuple[float, float]]) -> list[list[float]]:
    """At most some two hundred of a curve's points, with both ends."""
    step = max(1, len(points) // _POINTS)
    return [[round(x, 5), round(y, 5)] for x, y in [*points[:-1:step], *points[-1:]]]


def concentration_json(figures: concentration.Concentration) -> dict[str, Any]:
    """The figures as JSON: not-computable ones as {"value": null, "reason": code}."""

    def plain(value: Any) -> Any:
        if isinstance(value, Measured):
            return {"value": value.value, "reason": value.reason}
        return value

    stored = {name: plain(getattr(figures, name)) for name in figures.__dataclass_fields__}
    stored["ratios"] = [[k, plain(share)] for k, share in figures.ratios]
    stored["needed"] = [[str(share), count] for share, count in figures.needed]
    return stored


def _count_and_value(value: Ints, chosen: NDArray[np.bool_]) -> dict[str, int]:
    return {"count": int(chosen.sum()), "value": int(value[chosen].sum())}


def _year_before(end: dt.date) -> dt.date:
    return dates.month_end(dates.add_months(dates.month_start(end), -12))
