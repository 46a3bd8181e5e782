"""The words behind a tier."""

import datetime as dt

import pytest
from django.utils import translation

from accounts.models import Customer
from crm.lib import dates
from segmentation.constants import Grade
from segmentation.models import Standing, TierRun, Verdict
from segmentation.queries import explanations
from segmentation.services import overrides
from tests import factories
from tests.segmentation.conftest import AS_OF, Compute, sell
from users.models import User

pytestmark = pytest.mark.django_db


def explain(customer: Customer) -> explanations.Explanation:
    with translation.override("en"):
        return explanations.of_standing(Standing.objects.get(customer=customer), explanations.latest_run())


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
