"""What dashboards sum, and the customers behind it."""

import datetime as dt

import pytest

from accounts.models import Customer
from jobs.models import OutboxEvent, Subscription
from segmentation.models import DepartmentShape, MoveRow, Standing, TierHistory, TierRun
from segmentation.queries import boards
from tests import factories
from tests.segmentation.conftest import AS_OF, Compute, sell
from users.models import Department, User

pytestmark = pytest.mark.django_db

MARCH, APRIL, MAY, JUNE = (dt.date(2026, month, day) for month, day in ((3, 31), (4, 30), (5, 31), (6, 30)))


@pytest.fixture
def east_ten(ten: list[Customer], east: Department, owner: User, colleague: User) -> list[Customer]:
    """The ten in the east: the first six are the owner's, the others the colleague's."""
    for place, customer in enumerate(ten):
        customer.department, customer.owner = east, owner if place < 6 else colleague
        customer.save()
    return ten


def codes(rows: object) -> list[str]:
    return [row.customer.code for row in rows]  # type: ignore[attr-defined]


def test_a_lone_owner_sums_own_rows_and_has_no_curve(
    east_ten: list[Customer], owner: User, outsider: User, compute: Compute
) -> None:
    compute()
    day = boards.latest_day()
    assert day is not None
    assert boards.mixes(owner, [day])[0].total == boards.Cell(6, 955_000)
    assert boards.mixes(outsider, [day])[0].total.count == 0
    assert boards.shape(owner, day) is None, "the department's curve isn't theirs to see"


def test_a_department_has_its_own_curve_with_those_below_it(
    east_ten: list[Customer], east: Department, company: Department, manager: User, compute: Compute
) -> None:
    below = factories.department(parent=east)
    east_ten[0].department = below
    east_ten[0].save()
    sell(factories.customer(department=company), "700.00", dt.date(2026, 3, 10))
    compute()
    day = boards.latest_day()
    assert day is not None
    counts = {row.department_id: row.concentration["customers"] for row in DepartmentShape.objects.filter(tier_run=day)}
    assert counts == {company.pk: 11, east.pk: 10, below.pk: 1}
    shape = boards.shape(manager, day)
    assert shape is not None
    assert (shape.department_id, shape.concentration["customers"]) == (east.pk, 10)


def test_movers_are_those_of_the_month_ends_after_the_first_day_up_to_the_last(
    east_ten: list[Customer], manager: User, compute: Compute
) -> None:
    sell(east_ten[9], "9000.00", dt.date(2026, 5, 2))
    sell(east_ten[8], "3000.00", dt.date(2026, 5, 3))
    compute()
    assert codes(boards.movers(manager, after=APRIL, until=MAY)) == ["S-9", "S-8"], "the larger change first"
    assert codes(boards.movers(manager, after=MAY, until=JUNE)) == []
    assert codes(boards.movers(manager, after=MARCH, until=APRIL)) == []
    assert codes(boards.movers(manager, after=APRIL, until=MAY, direction="down")) == []


def test_what_people_set_by_hand_is_no_mover(east_ten: list[Customer], manager: User, compute: Compute) -> None:
    compute()
    TierHistory.objects.filter(customer=east_ten[0]).update(grade="B", previous="A", cause="override", valid_from=MAY)
    assert codes(boards.movers(manager, after=APRIL, until=MAY)) == []


def test_about_to_fall_are_those_past_either_line_and_not_those_set_by_hand(
    east_ten: list[Customer], manager: User, compute: Compute
) -> None:
    compute()
    for place, fields in enumerate(
        [
            {"stable": "A", "pending_a": 1},
            {"stable": "B", "pending_b": 1},
            {"stable": "A", "pending_a": 1, "override": "A"},
        ]
    ):
        Standing.objects.filter(customer=east_ten[place]).update(**fields)
    assert codes(boards.pending(manager)) == ["S-0", "S-1"]


def test_ones_own_tiers_are_of_ones_own_customers(
    east_ten: list[Customer], manager: User, colleague: User, compute: Compute
) -> None:
    compute()
    assert boards.own_tiers(manager) == {}
    assert {grade: cell.count for grade, cell in boards.own_tiers(colleague).items()} == {"C": 4}


def test_who_stops_selling_is_lost_on_the_day_and_back_with_the_next_order(
    ten: list[Customer], executive: User, compute: Compute
) -> None:
    sell(ten[5], "-250.00", dt.date(2026, 4, 2))
    sell(ten[5], "900.00", dt.date(2026, 6, 2))
    compute(JUNE)
    steps = TierHistory.objects.filter(customer=ten[5]).order_by("valid_from")
    assert [(step.idle, step.valid_from) for step in steps] == [
        (False, dt.date(2026, 4, 1)), (True, dt.date(2026, 5, 1)), (False, dt.date(2026, 7, 1)),
    ]  # fmt: skip
    assert codes(boards.in_tier(executive, on=APRIL, grade="")) == ["S-5"]
    assert "S-5" not in codes(boards.in_tier(executive, on=APRIL, grade=steps[1].grade))
    assert codes(boards.in_tier(executive, on=APRIL, grade="", then=MARCH, was="B")) == ["S-5"]
    assert codes(boards.in_tier(executive, on=JUNE, grade=steps[2].grade, then=APRIL)) == ["S-5"], "new again"


def test_moves_reach_back_to_month_ends_of_earlier_runs(ten: list[Customer], compute: Compute) -> None:
    sell(ten[5], "-250.00", dt.date(2026, 4, 2))
    compute(dt.date(2026, 5, 5))
    sell(ten[9], "9000.00", dt.date(2026, 5, 6))
    compute(AS_OF)
    may = TierRun.objects.get(purpose="month_end", as_of=MAY)
    moved = {(row.months, row.before, row.after): row.count for row in may.moves.all()}
    assert moved[1, "C", "A"] == 1
    assert not any(before == "" and months == 1 for months, before, _after in moved), "nobody is new since April"
    assert sum(count for (months, _b, _a), count in moved.items() if months == 1) == 9
    assert not MoveRow.objects.filter(tier_run=may, months__in=[3, 12]).exists(), "nothing was evaluated then"


def test_a_mix_counts_only_those_with_sales(ten: list[Customer], compute: Compute) -> None:
    sell(ten[9], "-40.00", dt.date(2026, 6, 2))
    compute()
    mix = TierRun.objects.get(purpose="day").mix
    assert [mix[tier]["count"] for tier in "ABC"] == [3, 3, 3]
    assert mix["no_sales"] == {"count": 1, "value": 0}
    assert Standing.objects.get(customer=ten[9]).grade == "C"


def test_the_same_window_a_year_before_stands_beside_the_sales(ten: list[Customer], compute: Compute) -> None:
    sell(ten[0], "4000.00", dt.date(2025, 3, 10))
    sell(ten[0], "70.00", dt.date(2024, 3, 10))
    sell(ten[9], "9000.00", dt.date(2026, 5, 2))
    sell(ten[9], "100.00", dt.date(2025, 5, 2))
    compute()
    assert Standing.objects.get(customer=ten[0]).prior_minor == 400_000
    change = TierHistory.objects.get(customer=ten[9], previous="C", grade="A")
    assert (change.after["value"], change.after["prior"], change.delta_minor) == (904_000, 10_000, 894_000)
    assert change.before["value"] == 14_000


def test_orders_without_a_rate_are_counted_as_left_out(ten: list[Customer], compute: Compute) -> None:
    factories.order(ten[0], on=dt.date(2026, 3, 12), currency="USD", base_minor=None)
    compute()
    assert TierRun.objects.get(purpose="day").excluded_orders == 1
    assert TierRun.objects.get(pk=compute(APRIL).result["tier_run"]).excluded_orders in (0, 1)


def test_since_is_the_day_of_the_tier_not_of_a_pause(ten: list[Customer], compute: Compute) -> None:
    sell(ten[9], "-40.00", dt.date(2026, 4, 2))
    compute()
    assert Standing.objects.get(customer=ten[9]).since == dt.date(2026, 4, 1)


def test_who_no_longer_counts_loses_figures_and_ends_their_history(ten: list[Customer], compute: Compute) -> None:
    compute()
    ten[0].counts_in_grading = False
    ten[0].save()
    compute(dt.date(2026, 6, 16))
    standing = Standing.objects.get(customer=ten[0])
    assert (standing.value_minor, standing.since, standing.grade) == (None, None, "")
    assert TierHistory.objects.get(customer=ten[0]).valid_to == dt.date(2026, 6, 17)


def test_other_customers_with_the_same_values_are_other_inputs(ten: list[Customer], compute: Compute) -> None:
    compute()
    first = TierRun.objects.get(purpose="day").digest
    other = factories.customer(code="S-9x")
    sell(other, "40.00", dt.date(2026, 3, 10))
    ten[9].counts_in_grading = False
    ten[9].save()
    compute()
    assert TierRun.objects.get(purpose="day").digest != first


def test_a_month_end_computed_again_on_its_own_day_is_restated(ten: list[Customer], compute: Compute) -> None:
    compute(MAY)
    sell(ten[9], "700.00", dt.date(2026, 5, 30))
    compute(MAY)
    assert TierRun.objects.get(purpose="restatement").restates == TierRun.objects.get(purpose="month_end", as_of=MAY)


def test_a_replay_tells_of_itself_once(ten: list[Customer], compute: Compute) -> None:
    for kind in ("tier.changed", "tier.recomputed"):
        Subscription.objects.create(kinds=[kind], target="test")
    compute()
    OutboxEvent.objects.all().delete()
    compute(AS_OF, replay=True)
    assert list(OutboxEvent.objects.values_list("kind", flat=True)) == ["tier.recomputed"]
