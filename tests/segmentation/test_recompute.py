"""Recomputing tiers: what is published, what stays, what stands beside."""

import datetime as dt
import io
import json
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Customer
from jobs import runs
from jobs.models import OutboxEvent, Run, Subscription
from jobs.services.runs import run_now
from segmentation.constants import Purpose
from segmentation.models import CubeRow, MoveRow, Standing, TierHistory, TierRun, Verdict
from segmentation.services import publishing
from tests import factories
from tests.segmentation.conftest import AS_OF, Compute, sell
from users.parameters import kinds
from users.services import parameters

pytestmark = pytest.mark.django_db


def grades() -> str:
    return "".join(Standing.objects.order_by("customer__code").values_list("grade", flat=True))


def fingerprint() -> list[object]:
    """Everything a run publishes, without ids and times."""
    standings = Standing.objects.order_by("customer__code").values_list(
        "customer__code", "grade", "computed", "stable", "flag", "why", "value_minor", "prior_minor", "since"
    )
    steps = TierHistory.objects.order_by("customer__code", "valid_from").values_list(
        "customer__code", "grade", "previous", "valid_from", "valid_to", "idle", "delta_minor"
    )
    ends = TierRun.objects.order_by("purpose", "as_of").values_list("purpose", "as_of", "digest", "mix")
    cubes = CubeRow.objects.order_by("tier_run__as_of", "grade", "flag").values_list("grade", "flag", "count")
    return [list(standings), list(steps), [list(map(str, end)) for end in ends], list(cubes)]


def test_the_worked_example_of_ten_customers_gives_three_a_three_b_four_c(
    ten: list[Customer], compute: Compute
) -> None:
    result = compute().result
    assert grades() == "AAABBBCCCC"
    assert (result["customers"], result["A"], result["B"], result["C"]) == (10, 3, 3, 4)
    assert result["gini"] == pytest.approx(0.6692)
    assert result["hhi"] == pytest.approx(0.327202)


def test_customers_that_do_not_count_have_no_tier_and_say_so(ten: list[Customer], compute: Compute) -> None:
    ours = factories.customer(kind="department", counts_in_grading=False)
    sell(ours, "90000.00", dt.date(2026, 3, 1))
    compute()
    standing = Standing.objects.get(customer=ours)
    assert (standing.grade, standing.flag) == ("", "not_counted")
    assert grades() == "AAABBBCCCC"


def test_a_customer_at_zero_and_one_below_are_c_outside_the_ranking(ten: list[Customer], compute: Compute) -> None:
    zero, below = factories.customer(code="T-0"), factories.customer(code="T-1")
    sell(below, "-100.00", dt.date(2026, 5, 2))
    result = compute().result
    assert (result["no_sales"], result["net_returns"]) == (1, 1)
    assert Standing.objects.get(customer=zero).flag == "no_sales"
    assert Standing.objects.get(customer=below).value_minor == -10_000
    assert (result["A"], result["B"], result["C"]) == (3, 3, 4)


def test_tiers_change_only_at_month_ends_and_go_down_after_two(ten: list[Customer], compute: Compute) -> None:
    compute(dt.date(2026, 4, 30))
    third = ten[2]
    sell(ten[3], "4000.00", dt.date(2026, 6, 12))
    sell(ten[4], "4000.00", dt.date(2026, 6, 12))
    compute(dt.date(2026, 6, 20))
    standing = Standing.objects.get(customer=third)
    assert (standing.computed, standing.grade) == ("B", "A"), "within the month the tier in force stays"
    compute(dt.date(2026, 6, 30))
    assert Standing.objects.get(customer=third).why == "pending"
    assert Standing.objects.get(customer=ten[3]).grade == "A", "one month end is enough to move up"
    compute(dt.date(2026, 7, 31))
    assert Standing.objects.get(customer=third).grade == "B"
    steps = list(TierHistory.objects.filter(customer=third).order_by("valid_from").values_list("grade", "valid_from"))
    assert steps == [("A", dt.date(2026, 4, 1)), ("B", dt.date(2026, 8, 1))]


def test_a_new_customer_is_not_moved_down(ten: list[Customer], compute: Compute) -> None:
    compute(dt.date(2026, 4, 30))
    sell(ten[3], "4000.00", dt.date(2026, 5, 5))
    sell(ten[4], "4000.00", dt.date(2026, 5, 5))
    compute(dt.date(2026, 5, 31))
    standing = Standing.objects.get(customer=ten[2])
    assert (standing.why, standing.is_new, standing.grade, standing.pending_a) == ("new", True, "A", 0)


def test_month_by_month_and_all_at_once_give_the_same_history(ten: list[Customer], compute: Compute) -> None:
    sell(ten[3], "4000.00", dt.date(2026, 5, 5))
    sell(ten[8], "9000.00", dt.date(2026, 4, 5))
    for day in (dt.date(2026, 3, 31), dt.date(2026, 4, 12), dt.date(2026, 5, 31), AS_OF):
        compute(day)
    TierRun.objects.filter(purpose=Purpose.DAY).exclude(as_of=AS_OF).delete()
    piecemeal = fingerprint()
    compute(AS_OF, replay=True)
    assert fingerprint() == piecemeal


def test_running_twice_writes_nothing_the_second_time(ten: list[Customer], compute: Compute) -> None:
    compute()
    before = fingerprint()
    again = compute().result
    assert again["written"] == 0
    assert fingerprint() == before


def test_a_past_day_leaves_the_standings_alone(ten: list[Customer], compute: Compute) -> None:
    compute()
    before = list(Standing.objects.order_by("pk").values())
    result = compute(dt.date(2026, 3, 9)).result
    assert result["A"] == 0
    assert list(Standing.objects.order_by("pk").values()) == before
    assert Verdict.objects.filter(tier_run_id=result["tier_run"]).count() == 10


def test_a_past_month_end_with_the_same_inputs_is_the_stored_one(ten: list[Customer], compute: Compute) -> None:
    compute()
    stored = TierRun.objects.get(purpose=Purpose.MONTH_END, as_of=dt.date(2026, 4, 30))
    assert compute(dt.date(2026, 4, 30)).result["tier_run"] == stored.pk


def test_a_past_month_end_with_changed_inputs_is_a_restatement_beside_it(ten: list[Customer], compute: Compute) -> None:
    compute()
    stored = TierRun.objects.get(purpose=Purpose.MONTH_END, as_of=dt.date(2026, 4, 30))
    sell(ten[9], "700.00", dt.date(2026, 4, 2))
    beside = TierRun.objects.get(pk=compute(dt.date(2026, 4, 30)).result["tier_run"])
    assert beside.purpose == Purpose.RESTATEMENT
    assert beside.restates == stored
    assert beside.differing == {"count": 1, "customers": [[ten[9].pk, 4_000, 74_000]]}
    stored.refresh_from_db()
    assert stored.mix["C"]["value"] == 45_000


def test_another_window_stands_beside_the_schemes(ten: list[Customer], compute: Compute) -> None:
    compute()
    result = compute(AS_OF, window_months=3).result
    assert TierRun.objects.get(pk=result["tier_run"]).purpose == Purpose.AS_OF
    assert result["no_sales"] == 10


def test_cubes_sum_to_the_mix_and_moves_to_the_customers(ten: list[Customer], compute: Compute) -> None:
    compute()
    for row in TierRun.objects.exclude(purpose=Purpose.AS_OF):
        by_grade = {grade: sum(c.count for c in row.cube.all() if c.grade == grade) for grade in "ABC"}
        assert by_grade == {grade: row.mix[grade]["count"] for grade in "ABC"}
    last = TierRun.objects.filter(purpose=Purpose.MONTH_END).latest("as_of")
    assert sum(row.count for row in MoveRow.objects.filter(tier_run=last, months=1)) == 10


def test_the_scheme_in_force_on_the_day_counts(ten: list[Customer], compute: Compute) -> None:
    scheme = kinds.get("segmentation.tiers").payload
    parameters.save(
        kind="segmentation.tiers",
        values=scheme(method="count"),
        valid_from=dt.date(2026, 6, 1),
        by=None,
        note="by count",
    )
    assert (compute(dt.date(2026, 5, 31)).result["A"], compute().result["A"]) == (3, 2)
    assert TierRun.objects.get(purpose=Purpose.DAY, as_of=AS_OF).scheme_version == 1


def test_ranking_by_margin_leaves_out_lines_without_a_cost(compute: Compute) -> None:
    thin, fat = factories.customer(code="M-1"), factories.customer(code="M-2")
    sell(thin, "1000.00", dt.date(2026, 5, 1))
    sell(fat, "900.00", dt.date(2026, 5, 1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sales_orderline SET cost_minor = 95000 WHERE net = 1000")
    scheme = kinds.get("segmentation.tiers").payload
    parameters.save(
        kind="segmentation.tiers", values=scheme(basis="margin"), valid_from=dt.date(2026, 1, 1), by=None, note="margin"
    )
    compute()
    values = dict(Standing.objects.values_list("customer__code", "value_minor"))
    assert values == {"M-1": 5_000, "M-2": 36_000}
    assert Standing.objects.get(customer=thin).sales_minor == 100_000


def test_nothing_is_published_when_the_last_write_fails(ten: list[Customer], compute: Compute) -> None:
    compute(dt.date(2026, 4, 30))
    before = fingerprint()
    sell(ten[9], "9000.00", dt.date(2026, 5, 2))
    with mock.patch.object(publishing, "write_standings", side_effect=RuntimeError("disk full")):
        failed = run_now(runs.request("segmentation.tiers", as_of=AS_OF))
    assert failed.state == "failed"
    assert fingerprint() == before


def test_an_empty_company_gives_an_answer_not_an_error(compute: Compute) -> None:
    result = compute().result
    assert result["customers"] == 0
    assert result["gini"] is None


def test_one_customer_is_a(compute: Compute) -> None:
    sell(factories.customer(), "1.00", dt.date(2026, 5, 1))
    assert compute().result["A"] == 1
    assert grades() == "A"


def test_all_equal_customers_share_one_tier(compute: Compute) -> None:
    for number in range(7):
        sell(factories.customer(code=f"E-{number}"), "10.00", dt.date(2026, 5, 1))
    compute()
    assert grades() == "AAAAAAA"


def test_orders_in_the_future_do_not_count(ten: list[Customer], compute: Compute) -> None:
    sell(ten[9], "99999.00", AS_OF + dt.timedelta(days=1))
    compute()
    assert Standing.objects.get(customer=ten[9]).grade == "C"


def test_a_first_classification_is_one_event_and_later_moves_one_each(ten: list[Customer], compute: Compute) -> None:
    for kind in ("tier.changed", "tier.recomputed"):
        Subscription.objects.create(kinds=[kind], target="test")
    compute(dt.date(2026, 4, 30))
    assert list(OutboxEvent.objects.values_list("kind", flat=True)) == ["tier.recomputed"]
    sell(ten[9], "9000.00", dt.date(2026, 5, 2))
    compute(dt.date(2026, 5, 31))
    told = OutboxEvent.objects.filter(kind="tier.changed").get(customer_id=ten[9].pk)
    assert told.payload == {"customer_id": ten[9].pk, "from": "C", "to": "A", "cause": "evaluation"}


def test_the_command_prints_the_figures_as_json(ten: list[Customer]) -> None:
    out = io.StringIO()
    call_command("recompute", "segmentation", "--as-of", "2026-06-15", "--json", stdout=out)
    figures = json.loads(out.getvalue())
    assert list(figures) == [
        "customers", "A", "B", "C", "no_sales", "net_returns", "gini", "top20_share", "hhi", "run",
    ]  # fmt: skip
    assert (figures["A"], figures["B"], figures["C"]) == (3, 3, 4)
    assert Run.objects.get(pk=figures["run"]).kind == "segmentation.tiers"


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--as-of", "2026-02-30"], "not a day"), (["--window-months", "0"], "number of months")]
)
def test_the_command_names_what_it_cannot_read(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("recompute", "segmentation", *arguments)
