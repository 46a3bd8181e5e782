"""The words behind a tier."""

import datetime as dt

import pytest
from django.utils import translation

from accounts.models import Customer
from crm.lib import dates
from segmentation.constants import Grade
from segmentation.models import Standing, TierHistory, TierRun, Verdict
from segmentation.queries import boards, explanations, tier_changes
from segmentation.services import overrides
from tests import factories
from tests.segmentation.conftest import AS_OF, Compute, sell
from users.models import User
from users.parameters import kinds
from users.services.parameters import save as save_parameters

pytestmark = pytest.mark.django_db


def explain(customer: Customer) -> explanations.Explanation:
    with translation.override("en"):
        return explanations.of_standing(Standing.objects.get(customer=customer), boards.latest_day())


def test_rank_share_and_money_to_the_line_are_said(ten: list[Customer], compute: Compute) -> None:
    compute()
    assert explain(ten[1]).sentence == ("Rank 2 of 10; those above hold 50.0% of sales; CNY 1,500 above the line to B.")
    assert explain(ten[3]).sentence == (
        "Rank 4 of 10; those above hold 85.0%; CNY 500 below the line to A, CNY 250 above the line to C."
    )
    assert explain(ten[9]).sentence == "Rank 10 of 10; those above hold 99.6%; CNY 210 below the line to B."


def test_the_parts_of_the_table_add_up(ten: list[Customer], compute: Compute) -> None:
    compute()
    rows = explain(ten[1]).rows
    assert [row.amount for row in rows] == ["CNY 5,000", "CNY 2,500", "CNY 2,500", "CNY 10,000"]
    assert [row.is_total for row in rows] == [False, False, False, True]


def test_the_last_change_says_when_and_why(ten: list[Customer], compute: Compute) -> None:
    sell(ten[9], "9000.00", dt.date(2026, 5, 2))
    compute()
    said = explain(ten[9]).change
    assert said == (
        "Was C until the end of May 2026; then those above held 0.0% (a month before: 99.6%), so it moved up to A."
    )


def test_without_sales_the_window_is_named(ten: list[Customer], compute: Compute) -> None:
    idle = factories.customer()
    compute()
    assert "16 Jun 2025 to 15 Jun 2026" in explain(idle).sentence


def test_a_manual_tier_names_who_until_when_and_the_computed_one(
    ten: list[Customer], compute: Compute, manager: User
) -> None:
    compute()
    until = dates.today() + dt.timedelta(days=30)
    ten[0].department = manager.department
    ten[0].save()
    overrides.set_override(customer=ten[0], grade=Grade.C, reason="Strike", until=until, by=manager)
    said = explain(ten[0]).manual
    assert said.startswith("C (set by Manager until ")
    assert said.endswith(": Strike) · computed A")


def test_a_customer_that_does_not_count_says_so(compute: Compute) -> None:
    ours = factories.customer(kind="department", counts_in_grading=False)
    compute()
    assert explain(ours).sentence == "This customer doesn't count in grading, so it has no tier."


def test_the_verdict_of_a_past_day_is_explained_from_its_own_run(ten: list[Customer], compute: Compute) -> None:
    compute()
    run = TierRun.objects.get(pk=compute(AS_OF, window_months=6).result["tier_run"])
    with translation.override("en"):
        said = explanations.of_verdict(Verdict.objects.get(tier_run=run, customer=ten[0]), run)
    assert said.sentence.startswith("Rank 1 of 10")


def test_a_change_is_told_by_the_scheme_of_its_own_month_end(ten: list[Customer], compute: Compute) -> None:
    sell(ten[3], "4000.00", dt.date(2026, 6, 12))
    sell(ten[4], "4000.00", dt.date(2026, 6, 12))
    compute(dt.date(2026, 7, 31))
    scheme = kinds.get("segmentation.tiers").payload
    save_parameters(
        kind="segmentation.tiers", values=scheme(downgrade_after=5), valid_from=dt.date(2026, 8, 1), by=None, note="5"
    )
    compute(dt.date(2026, 8, 15))
    assert explain(ten[2]).change == (
        "Was A until the end of Jul 2026; at 2 month ends in a row it stood past the line and its buffer,"
        " at the last those above held 90.6%, so it moved down to B."
    )


def test_who_sells_nothing_any_more_fell_for_want_of_sales_not_past_a_hundred_percent(
    ten: list[Customer], compute: Compute
) -> None:
    sell(ten[0], "-5000.00", dt.date(2026, 6, 12))
    compute(dt.date(2026, 7, 31))
    assert explain(ten[0]).change == (
        "Was A until the end of Jul 2026; at 2 month ends in a row it stood past the line and its buffer,"
        " at the last without sales in the window, so it moved down to C."
    )


def test_who_had_no_sales_a_month_before_rose_from_nothing(ten: list[Customer], compute: Compute) -> None:
    sell(ten[9], "-40.00", dt.date(2026, 4, 2))
    sell(ten[9], "9000.00", dt.date(2026, 5, 2))
    compute()
    assert explain(ten[9]).change == (
        "Was C until the end of May 2026; then those above held 0.0% (a month before it had no sales),"
        " so it moved up to A."
    )


def stand(customer: Customer, **fields: object) -> explanations.Explanation:
    Standing.objects.filter(customer=customer).update(**fields)
    return explain(customer)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"stable": "A", "pending_a": 1}, "One more month end past the line and it becomes B."),
        ({"stable": "A", "pending_a": 1, "pending_b": 1}, "One more month end past the line and it becomes C."),
        ({"stable": "B", "pending_b": 1}, "One more month end past the line and it becomes C."),
        ({"stable": "B", "pending_a": 1}, "One more month end past the line and it becomes A."),
        ({"stable": "C", "pending_b": 1}, "One more month end past the line and it becomes B."),
        ({"stable": "C", "pending_a": 1, "pending_b": 1}, "One more month end past the line and it becomes A."),
    ],
)
def test_who_waits_is_told_for_how_long_and_for_what(
    fields: dict[str, object], said: str, ten: list[Customer], compute: Compute
) -> None:
    compute()
    assert stand(ten[4], why="pending", **fields).steadiness == said


def test_the_days_own_tier_is_told_where_the_buffer_keeps_another(ten: list[Customer], compute: Compute) -> None:
    compute()
    assert stand(ten[4], stable="A", why="buffer").steadiness == (
        "The day's figures alone would give B; within the buffer it stays A."
    )
    assert stand(ten[4], stable="B", why="agrees").steadiness == ""
    assert stand(ten[4], stable="", why="unclassified").steadiness == (
        "Not yet evaluated at a month end: the tier is the day's."
    )
    assert stand(ten[4], stable="A", why="new").steadiness == (
        "It would stand lower, but new customers aren't moved down."
    )


def test_what_would_change_the_tier_names_the_money_and_the_line_with_its_buffer(
    ten: list[Customer], compute: Compute
) -> None:
    compute()
    assert explain(ten[0]).ahead[-1] == "A month end counts against it when those above hold 85% or more."
    assert explain(ten[3]).ahead[-1] == "A month end counts for it when those above hold less than 75%."
    assert explain(ten[9]).ahead[-1] == "A month end counts for it when those above hold less than 93%."
    first, last = explain(ten[3]).ahead[:2]
    assert first.endswith("more in the window would make the day's tier A.")
    assert last.endswith("less before the day's tier becomes C.")
    assert explain(ten[0]).ahead[0].endswith("less before the day's tier becomes B.")
    assert explain(ten[9]).ahead[0].endswith("more in the window would make the day's tier B.")


def test_beside_a_manual_tier_stands_the_steady_one_that_was_computed(
    ten: list[Customer], compute: Compute, manager: User
) -> None:
    compute()
    ten[0].department = manager.department
    ten[0].save()
    until = dates.today() + dt.timedelta(days=30)
    overrides.set_override(customer=ten[0], grade=Grade.C, reason="Strike", until=until, by=manager)
    assert stand(ten[0], stable="B").manual.endswith("· computed B")


def test_ranking_by_margin_is_called_margin(ten: list[Customer], compute: Compute) -> None:
    scheme = kinds.get("segmentation.tiers").payload
    save_parameters(
        kind="segmentation.tiers", values=scheme(basis="margin"), valid_from=dt.date(2026, 1, 1), by=None, note="m"
    )
    compute()
    assert "of margin;" in explain(ten[0]).sentence


def test_returns_beyond_sales_and_a_lone_customer_have_sentences_of_their_own(compute: Compute) -> None:
    alone, back = factories.customer(), factories.customer()
    sell(alone, "10.00", dt.date(2026, 5, 2))
    sell(back, "-300.00", dt.date(2026, 5, 2))
    compute()
    assert explain(alone).sentence == "The only customer with sales in the window."
    assert "CNY 300 more came back than was bought" in explain(back).sentence


def test_every_step_of_a_history_has_its_words(ten: list[Customer], compute: Compute) -> None:
    sell(ten[5], "-250.00", dt.date(2026, 4, 2))
    sell(ten[5], "900.00", dt.date(2026, 6, 2))
    compute(dt.date(2026, 6, 30))
    steps = TierHistory.objects.filter(customer=ten[5]).order_by("valid_from")
    with translation.override("en"):
        said = [words for _step, words in tier_changes.worded(steps)]
    assert said == [
        "B since 1 Apr 2026, its first month-end evaluation.",
        "No sales left in the window at the end of Apr 2026.",
        "Sales in the window again at the end of Jun 2026.",
    ]
