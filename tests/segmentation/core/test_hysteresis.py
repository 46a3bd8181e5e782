"""Tiers over month ends."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.core.abc import Tier, classify
from segmentation.core.hysteresis import (
    Evaluation,
    State,
    Why,
    fold,
    in_force,
    new_customers,
    reasons,
    step,
)
from segmentation.core.rules import Buffer, Rules, limits

CODES = {"A": Tier.A, "B": Tier.B, "C": Tier.C, "-": Tier.NONE}
NO_BUFFER = Buffer(beta_a=Decimal(0), beta_b=Decimal(0), downgrade_after=1)


def state(tiers, pending_a=None, pending_b=None):
    codes = np.array([CODES[letter] for letter in tiers], dtype=np.uint8)
    zeros = [0] * len(tiers)
    return State(codes, np.array(pending_a or zeros, dtype=np.uint8), np.array(pending_b or zeros, dtype=np.uint8))


def letters(found):
    return "".join(Tier(code).name[0] if code != Tier.NONE else "-" for code in found)


def month_end(values, rules=None, new=None):
    found = classify(np.array(values, dtype=np.int64), rules or Rules())
    return Evaluation(found, None if new is None else np.array(new))


def at_share(before):
    """A month end of three at which customer 1 has `before` hundredths of the sales above it."""
    rest = 100 - before
    return month_end([before, rest - rest // 2, rest // 2])


def replay(months, buffer=None, *, customers):
    return list(fold([(month, buffer or Buffer()) for month in months], customers=customers))


# ── Worked examples at the A line: t = 0.80, buffer 0.05 ─────────────────────────────────────────


@pytest.mark.parametrize(
    ("previous", "before", "after", "pending"),
    [
        ("A", 83, "A", 0),  # inside the buffer
        ("B", 78, "B", 0),  # inside the buffer
        ("B", 74, "A", 0),  # past it: up at once
        ("A", 86, "A", 1),  # past it: down only the second time
        ("B", 75, "B", 0),  # up needs less than 0.75
        ("A", 85, "A", 1),  # down needs 0.85 or more
        ("A", 84, "A", 0),
    ],
)
def test_one_month_end_at_the_a_line(previous, before, after, pending):
    month = at_share(before)
    assert month.computed.before[1] == pytest.approx(before / 100)

    found = step(state("A" + previous + "C"), month, Buffer())

    assert letters(found.tier)[1] == after
    assert found.pending_a[1] == pending


def test_second_month_end_past_the_buffer_takes_the_tier():
    first, second = list(fold([(at_share(86), Buffer())] * 2, customers=3, start=state("AAC")))

    assert (letters(first.tier)[1], first.pending_a[1]) == ("A", 1)
    assert (letters(second.tier)[1], second.pending_a[1]) == ("B", 0)


def test_a_month_end_inside_the_buffer_starts_the_count_again():
    months = [(at_share(share), Buffer()) for share in (86, 83, 86, 83, 86)]
    assert [letters(found.tier)[1] for found in fold(months, customers=3, start=state("AAC"))] == ["A"] * 5


def test_the_b_line_has_its_own_buffer():
    """Before 0.96 lies inside 0.95 ± 0.02, 0.97 past it, 0.92 past it upwards, 0.93 not."""
    for before, previous, after in ((96, "B", "B"), (97, "B", "C"), (92, "C", "B"), (93, "C", "C")):
        month = month_end([before, 100 - before])
        twice = list(fold([(month, Buffer())] * 2, customers=2, start=state("A" + previous)))
        assert letters(twice[-1].tier) == "A" + after


def test_a_customer_may_fall_from_a_to_c_at_once():
    month = month_end([98, 2])
    assert [letters(found.tier) for found in fold([(month, Buffer())] * 2, customers=2, start=state("AA"))] == [
        "AA",
        "AC",
    ]


def test_a_customer_may_rise_from_c_to_a_at_once():
    assert letters(step(state("CC"), month_end([60, 40]), Buffer()).tier) == "AA"


def test_counts_at_the_two_lines_are_separate():
    """Past the A line in both months, past the B line in the second only: B, not C."""
    months = [month_end([90, 10]), month_end([98, 2])]
    first, second = list(fold([(month, Buffer()) for month in months], customers=2, start=state("AA")))

    assert (first.pending_a[1], first.pending_b[1]) == (1, 0)
    assert (letters(second.tier), second.pending_a[1], second.pending_b[1]) == ("AB", 0, 1)


def test_upgrades_may_be_made_to_wait_too():
    month, slow = month_end([60, 40]), Buffer(upgrade_after=2)
    states = list(fold([(month, slow)] * 2, customers=2, start=state("AC")))
    assert [letters(found.tier) for found in states] == ["AC", "AA"]


# ── Coming and going ─────────────────────────────────────────────────────────────────────────────


def test_first_classification_has_no_buffer():
    """0.79 is A on the line itself although a customer that was B would need less than 0.75."""
    assert letters(replay([at_share(79)], customers=3)[0].tier)[1] == "A"
    assert letters(step(state("ABC"), at_share(79), Buffer()).tier)[1] == "B"


def test_a_customer_is_unclassified_until_its_first_positive_month_end():
    months = [month_end(values) for values in ([100, 0, -5], [100, 0, 0], [100, 400, 0])]
    assert [letters(found.tier) for found in replay(months, customers=3)] == ["A--", "A--", "AA-"]


def test_a_customer_without_sales_falls_past_every_line_with_the_same_patience():
    months = [month_end(values) for values in ([60, 40], [60, 0], [60, -1], [60, 0])]
    assert [letters(found.tier) for found in replay(months, customers=2)] == ["AA", "AA", "AC", "AC"]


def test_everybody_falls_when_nobody_sells():
    months = [month_end([60, 40]), month_end([0, 0]), month_end([0, 0])]
    assert [letters(found.tier) for found in replay(months, customers=2)] == ["AA", "AA", "CC"]


def test_new_customers_do_not_fall_and_collect_no_count():
    falling = [98, 2]
    protected = month_end(falling, new=[False, True])
    states = list(
        fold(
            [(month, Buffer()) for month in (protected, protected, month_end(falling))], customers=2, start=state("AA")
        )
    )

    assert [letters(found.tier) for found in states] == ["AA", "AA", "AA"]
    assert [int(found.pending_a[1]) for found in states] == [0, 0, 1]


def test_new_customers_may_rise():
    assert letters(step(state("CC"), month_end([60, 40], new=[True, True]), Buffer()).tier) == "AA"


def test_new_means_first_order_fewer_than_ninety_days_ago():
    first = np.array(["2025-10-02", "2025-10-03", "2025-12-31", "NaT"], dtype="datetime64[D]")

    assert new_customers(first, as_of=date(2025, 12, 31)).tolist() == [False, True, True, False]
    assert new_customers(first, as_of=date(2025, 12, 31), new_days=0).tolist() == [False] * 4
    with pytest.raises(ValueError, match="new_days: must be at least 0"):
        new_customers(first, as_of=date(2025, 12, 31), new_days=-1)


def test_between_month_ends_the_unclassified_show_the_computed_tier():
    assert letters(in_force(state("B-"), month_end([50, 50]).computed)) == "BA"


# ── By count, inclusive ──────────────────────────────────────────────────────────────────────────


def test_by_count_the_buffer_is_a_share_of_the_customers():
    """Of 100 customers A ends after 20; up from rank 15 on, down from rank 26 on."""
    values, rules = list(range(200, 100, -1)), Rules(method="count")
    once = month_end(values, rules)

    risen = step(state("B" * 100), once, Buffer())
    fallen = step(state("A" * 100, [1] * 100, [1] * 100), once, Buffer())

    assert letters(risen.tier) == "A" * 15 + "B" * 85
    assert letters(fallen.tier) == "A" * 25 + "B" * 27 + "C" * 48


def test_inclusive_convention_moves_by_the_share_with_oneself():
    rules = Rules(convention="inclusive")
    month = month_end([75, 10, 10, 5], rules)

    assert letters(step(state("BBBB"), month, Buffer()).tier)[0] == "A"  # 0.75 ≤ 0.80 − 0.05
    assert letters(step(state("AAAA", [1] * 4), month, Buffer()).tier)[1] == "A"  # 0.85 is not above 0.85


# ── Reasons ──────────────────────────────────────────────────────────────────────────────────────


def test_reasons_say_what_the_month_end_did():
    values = [60, 23, 14, 3, 0]
    month = month_end(values)
    assert letters(month.computed.tier) == "AABCC"
    previous = state("-BAA-", [0, 0, 0, 1, 0], [0, 0, 0, 0, 0])

    current = step(previous, month, Buffer())

    assert letters(current.tier) == "AAAB-"
    assert [Why(code).name for code in reasons(previous, current, month)] == [
        "FIRST",
        "UP",
        "BUFFER",
        "DOWN",
        "UNCLASSIFIED",
    ]


def test_reasons_tell_pending_from_new_and_agreement():
    protected = month_end([98, 2], new=[False, True])
    plain = month_end([98, 2])
    before = state("AA")

    assert reasons(before, step(before, protected, Buffer()), protected).tolist() == [Why.AGREES, Why.NEW]
    assert reasons(before, step(before, plain, Buffer()), plain).tolist() == [Why.AGREES, Why.PENDING]


# ── Properties ───────────────────────────────────────────────────────────────────────────────────

histories = st.integers(1, 8).flatmap(
    lambda customers: st.lists(
        st.lists(st.integers(-2, 100), min_size=customers, max_size=customers), min_size=1, max_size=8
    )
)
any_method = st.sampled_from([Rules(), Rules(method="count"), Rules(convention="inclusive")])


def slow_fold(history, buffer):
    """One customer at a time, one line at a time, in words (share method, shares in exact hundredths)."""
    found, customers = [], len(history[0])
    above, pending = [None] * customers, [[0, 0] for _ in range(customers)]
    for values in history:
        total = sum(v for v in values if v > 0)
        for i, value in enumerate(values):
            before = Decimal(sum(v for v in values if v > value)) / total if value > 0 else Decimal(1)
            if above[i] is None:
                if value > 0:
                    above[i] = [before < Decimal("0.80"), before < Decimal("0.95")]
                continue
            for k, (line, width) in enumerate(((Decimal("0.80"), buffer.beta_a), (Decimal("0.95"), buffer.beta_b))):
                past = before >= line + width if above[i][k] else value > 0 and before < line - width
                pending[i][k] = pending[i][k] + 1 if past else 0
                if past and pending[i][k] >= (buffer.downgrade_after if above[i][k] else buffer.upgrade_after):
                    above[i][k], pending[i][k] = not above[i][k], 0
        found.append("".join("-" if a is None else "A" if a[0] else "B" if a[1] else "C" for a in above))
    return found


@given(histories, st.integers(1, 3), st.integers(1, 2))
def test_agrees_with_the_slow_oracle(history, down, up):
    buffer = Buffer(downgrade_after=down, upgrade_after=up)
    states = replay([month_end(values) for values in history], buffer, customers=len(history[0]))
    assert [letters(found.tier) for found in states] == slow_fold(history, buffer)


@given(histories, any_method)
def test_without_buffer_and_patience_the_tier_is_the_computed_one(history, rules):
    months = [month_end(values, rules) for values in history]
    for month, found in zip(months, replay(months, NO_BUFFER, customers=len(history[0])), strict=True):
        assert letters(in_force(found, month.computed)) == letters(month.computed.tier)


@given(histories, any_method, st.integers(0, 8))
def test_a_replay_may_start_from_any_stored_month_end(history, rules, cut):
    months = [(month_end(values, rules), Buffer()) for values in history]
    customers = len(history[0])
    whole = list(fold(months, customers=customers))
    first = list(fold(months[:cut], customers=customers))
    rest = list(fold(months[cut:], customers=customers, start=first[-1] if first else None))

    for straight, resumed in zip(whole, first + rest, strict=True):
        for name in ("tier", "pending_a", "pending_b"):
            assert getattr(straight, name).tolist() == getattr(resumed, name).tolist()


@given(histories, any_method)
def test_the_same_month_end_again_and_again_settles(history, rules):
    """After enough repetitions nothing moves and nothing is pending."""
    months = [month_end(values, rules) for values in history]
    last = replay([*months, *[months[-1]] * 4], customers=len(history[0]))
    assert last[-1].tier.tolist() == last[-2].tier.tolist()
    assert not last[-1].pending_a.any()
    assert not last[-1].pending_b.any()


@pytest.mark.parametrize(
    ("rules", "buffer"),
    [
        (Rules(method="count"), Buffer()),
        (Rules(method="count"), Buffer(beta_b=Decimal(0))),
        (Rules(method="count"), Buffer(beta_a=Decimal("0.19"))),
        (
            Rules(method="count", count_a=Decimal("0.05"), count_b=Decimal("0.06")),
            Buffer(beta_a=Decimal("0.02"), beta_b=Decimal("0.03")),
        ),
    ],
)
def test_buffered_lines_keep_their_order_when_a_few_customers_are_rounded(rules, buffer):
    for customers in range(1, 120):
        line = limits(rules, total_minor=0, customers=customers, buffer=buffer)
        assert 1 <= line.a_up <= line.a <= line.a_down <= line.b_down
        assert line.a_up <= line.b_up <= line.b <= line.b_down


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"beta_a": Decimal("-0.01")}, "beta_a: must be at least 0 and below 1"),
        ({"beta_b": Decimal(1)}, "beta_b: must be at least 0 and below 1"),
        ({"beta_a": 0.05}, "beta_a: must be a Decimal"),
        ({"downgrade_after": 0}, "downgrade_after: must be from 1 to 24 month ends, got 0"),
        ({"upgrade_after": 25}, "upgrade_after: must be from 1 to 24 month ends, got 25"),
    ],
)
def test_buffers_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Buffer(**wrong)


@pytest.mark.parametrize(
    ("buffer", "message"),
    [
        (Buffer(beta_a=Decimal("0.80")), "beta_a: must be smaller than share_a"),
        (Buffer(beta_b=Decimal("0.06")), r"beta_b: share_b \+ beta_b must not exceed 1"),
        (Buffer(beta_a=Decimal("0.18")), "leaving A must not lie below the line for leaving B"),
        (Buffer(beta_a=Decimal(0), beta_b=Decimal("0.04")), None),
    ],
)
def test_buffered_lines_that_cross_are_refused(buffer, message):
    if message is None:
        buffer.check(Rules())
        return
    with pytest.raises(ValueError, match=message):
        step(state("AB"), month_end([5, 3]), buffer)


def test_a_wide_b_buffer_that_passes_the_a_line_is_refused():
    rules = Rules(share_a=Decimal("0.45"), share_b=Decimal("0.5"))
    with pytest.raises(ValueError, match="reaching B must not lie above the line for reaching A"):
        Buffer(beta_a=Decimal(0), beta_b=Decimal("0.3")).check(rules)


def test_arrays_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="previous: must cover the same 2 customers, got 3"):
        step(state("AAA"), month_end([5, 3]), Buffer())
    with pytest.raises(ValueError, match=r"new: must have shape \(2,\), got \(1,\)"):
        step(state("AA"), month_end([5, 3], new=[True]), Buffer())
