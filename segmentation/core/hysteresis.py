"""Tiers that do not flip: a pure fold over month ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from segmentation.core.abc import Classification, Codes, Flag, Tier
from segmentation.core.rules import Buffer, limits

Mask = NDArray[np.bool_]
Days = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What one month end leaves to the next. Arrays have shape (n,) and dtype uint8.

    Attributes
    ----------
    tier
        Tier after hysteresis, `Tier` codes; `Tier.NONE` before the first evaluation with positive sales.
    pending_a, pending_b
        Consecutive month ends at which the customer stood past the buffer on the other side of the A and
        of the B line.
    """

    tier: Codes
    pending_a: Codes
    pending_b: Codes

    @classmethod
    def unclassified(cls, customers: int) -> State:
        """The state before the first month end."""
        zeros = np.zeros(customers, dtype=np.uint8)
        return cls(np.full(customers, Tier.NONE, dtype=np.uint8), zeros, zeros)


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """One month end: the day's classification and who is new then (shape (n,), default nobody)."""

    computed: Classification
    new: Mask | None = None


class Why(IntEnum):
    """What the last month end did to a customer's tier."""

    UNCLASSIFIED = 0
    FIRST = 1
    AGREES = 2
    """The computed tier is the tier in force."""
    UP = 3
    DOWN = 4
    BUFFER = 5
    """The computed tier differs, but within the buffer."""
    PENDING = 6
    """Past the buffer, but not yet for enough month ends."""
    NEW = 7
    """Would fall, but new customers are kept out of downgrades."""


def step(previous: State, evaluation: Evaluation, buffer: Buffer) -> State:
    """Carry the tiers over one month end.

    At each line a customer moves up when its position is below the line less the buffer at
    `buffer.upgrade_after` consecutive month ends, and down when it is at or past the line plus the buffer
    at `buffer.downgrade_after`. A month end on which it is not past the buffer starts the count again. The
    two lines are judged separately, so A may fall to C at once. Without positive sales a customer is past
    every line. New customers do not fall and collect no count. The first evaluation with positive sales
    gives the computed tier, without a buffer.

    Parameters
    ----------
    previous
        State for the same customers in the same order.
    evaluation
        The month end's classification under the rules valid then.
    buffer
        Widths and persistence valid then.

    Returns
    -------
    State

    Raises
    ------
    ValueError
        The arrays differ in length, or the buffer does not fit the rules.
    """
    computed = evaluation.computed
    buffer.check(computed.rules)
    if len(previous.tier) != len(computed.tier):
        raise ValueError(f"previous: must cover the same {len(computed.tier)} customers, got {len(previous.tier)}")
    may_fall = _may_fall(evaluation)
    selling = computed.flag == Flag.SALES
    line = limits(computed.rules, total_minor=computed.total_minor, customers=computed.customers, buffer=buffer)
    position = computed.position
    above_a, pending_a = _cross(
        previous.tier == Tier.A,
        previous.pending_a,
        falls=(~selling | (position >= line.a_down)) & may_fall,
        rises=selling & (position < line.a_up),
        buffer=buffer,
    )
    above_b, pending_b = _cross(
        previous.tier <= Tier.B,
        previous.pending_b,
        falls=(~selling | (position >= line.b_down)) & may_fall,
        rises=selling & (position < line.b_up),
        buffer=buffer,
    )
    tier = np.where(above_a, Tier.A, np.where(above_b, Tier.B, Tier.C)).astype(np.uint8)
    return _first_classifications(previous, computed, State(tier, pending_a, pending_b))


def fold(
    evaluations: Iterable[tuple[Evaluation, Buffer]], *, customers: int, start: State | None = None
) -> Iterator[State]:
    """Replay month ends in order, yielding the state after each.

    Parameters
    ----------
    evaluations
        Month ends in ascending order, each with the buffer valid then; read one at a time.
    customers
        Length of the arrays: all customers that appear at any of the month ends.
    start
        State to continue from; by default nobody is classified.
    """
    state = start if start is not None else State.unclassified(customers)
    for evaluation, buffer in evaluations:
        state = step(state, evaluation, buffer)
        yield state


def in_force(state: State, computed: Classification) -> Codes:
    """Tiers to show between month ends: the stable one, or the day's own before the first evaluation."""
    return np.where(state.tier == Tier.NONE, computed.tier, state.tier)


def reasons(previous: State, current: State, evaluation: Evaluation) -> Codes:
    """Say for each customer what the month end did, as `Why` codes (shape (n,))."""
    computed = evaluation.computed.tier
    pending = (current.pending_a > 0) | (current.pending_b > 0)
    cases = [
        (current.tier == Tier.NONE, Why.UNCLASSIFIED),
        (previous.tier == Tier.NONE, Why.FIRST),
        (current.tier < previous.tier, Why.UP),
        (current.tier > previous.tier, Why.DOWN),
        (current.tier == computed, Why.AGREES),
        (pending, Why.PENDING),
        (~_may_fall(evaluation) & (computed > current.tier), Why.NEW),
    ]
    chosen = np.select([case for case, _ in cases], [why for _, why in cases], default=Why.BUFFER)
    return chosen.astype(np.uint8)


def new_customers(first_order_day: Days, *, as_of: date, new_days: int = 90) -> Mask:
    """Say who placed the first order fewer than `new_days` days before `as_of`.

    Parameters
    ----------
    first_order_day
        Shape (n,), datetime64[D]; NaT for customers that never ordered, who are not new.
    as_of
        Last day of the window.
    new_days
        Age in days from which a customer is no longer new, at least 0.

    Raises
    ------
    ValueError
        `new_days` is negative.
    """
    if new_days < 0:
        raise ValueError(f"new_days: must be at least 0, got {new_days}")
    first = np.asarray(first_order_day, dtype="datetime64[D]")
    age = np.datetime64(as_of, "D") - first
    mask: Mask = ~np.isnat(first) & (age < np.timedelta64(new_days, "D"))
    return mask


def _cross(above: Mask, pending: Codes, *, falls: Mask, rises: Mask, buffer: Buffer) -> tuple[Mask, Codes]:
    """Judge one line: who is above it now, and the counts left pending."""
    past = np.where(above, falls, rises)
    count = np.where(past, pending + 1, 0)
    flips = past & (count >= np.where(above, buffer.downgrade_after, buffer.upgrade_after))
    return above ^ flips, np.where(flips, 0, count).astype(np.uint8)


def _may_fall(evaluation: Evaluation) -> Mask:
    if evaluation.new is None:
        return np.ones(len(evaluation.computed.tier), dtype=np.bool_)
    if evaluation.new.shape != evaluation.computed.tier.shape:
        raise ValueError(f"new: must have shape {evaluation.computed.tier.shape}, got {evaluation.new.shape}")
    return ~evaluation.new


def _first_classifications(previous: State, computed: Classification, judged: State) -> State:
    """Keep the judged tiers, but give those not classified before their computed tier, or none yet."""
    unclassified = previous.tier == Tier.NONE
    first = np.where(computed.flag == Flag.SALES, computed.tier, np.uint8(Tier.NONE))
    return State(
        tier=np.where(unclassified, first, judged.tier),
        pending_a=np.where(unclassified, np.uint8(0), judged.pending_a),
        pending_b=np.where(unclassified, np.uint8(0), judged.pending_b),
    )
