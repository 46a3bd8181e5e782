"""Tiers set by hand."""

import datetime as dt
from unittest import mock

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.models import Customer
from jobs.models import OutboxEvent, Subscription
from segmentation.constants import Grade
from segmentation.errors import OverrideRefused
from segmentation.models import Override, Standing, TierHistory, TierRun
from segmentation.services import overrides
from tests import factories
from tests.segmentation.conftest import Compute, sell
from users.models import Change, User

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 6, 16)


@pytest.fixture(autouse=True)
def _sixteenth_of_june() -> object:
    with time_machine.travel(dt.datetime(2026, 6, 16, 9, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def graded(account: Customer, compute: Compute) -> Customer:
    sell(account, "100.00", dt.date(2026, 2, 1))
    compute()
    return account


def set_c(customer: Customer, by: User, *, until: dt.date = dt.date(2026, 7, 10)) -> Override:
    return overrides.set_override(customer=customer, grade=Grade.C, reason="Plant closes", until=until, by=by)


def test_a_manual_tier_is_in_force_and_the_computed_one_kept(graded: Customer, manager: User) -> None:
    set_c(graded, manager)
    standing = Standing.objects.get(customer=graded)
    assert (standing.grade, standing.computed, standing.stable, standing.override) == ("C", "A", "A", "C")
    assert TierHistory.objects.get(customer=graded, valid_to=None).valid_from == TODAY
    assert Change.objects.filter(model="segmentation.override", customer_id=graded.pk).exists()


def test_a_manual_tier_ends_by_itself(graded: Customer, manager: User, compute: Compute) -> None:
    set_c(graded, manager, until=dt.date(2026, 6, 20))
    with time_machine.travel(dt.datetime(2026, 6, 22, 9, tzinfo=dt.UTC), tick=False):
        compute(dt.date(2026, 6, 21))
    standing = Standing.objects.get(customer=graded)
    assert (standing.grade, standing.override) == ("A", "")
    opened = TierHistory.objects.get(customer=graded, valid_to=None)
    assert (opened.grade, opened.valid_from) == ("A", dt.date(2026, 6, 21))


def test_a_month_end_does_not_move_a_customer_with_a_manual_tier(
    graded: Customer, manager: User, compute: Compute
) -> None:
    set_c(graded, manager)
    with time_machine.travel(dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC), tick=False):
        compute(dt.date(2026, 6, 30))
    assert Standing.objects.get(customer=graded).grade == "C"


def test_it_can_be_ended_by_hand_on_the_same_day(graded: Customer, manager: User) -> None:
    set_c(graded, manager)
    overrides.end_override(customer=graded, by=manager)
    assert Standing.objects.get(customer=graded).grade == "A"
    steps = TierHistory.objects.filter(customer=graded).order_by("valid_from")
    assert all(step.valid_to is None or step.valid_to > step.valid_from for step in steps)
    assert steps.last().grade == "A"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"until": dt.date(2026, 6, 15)}, "until"),
        ({"until": dt.date(2027, 6, 30)}, "until"),
    ],
)
def test_a_manual_tier_needs_a_reason_and_an_end_within_a_year(
    fields: dict[str, object], field: str, graded: Customer, manager: User
) -> None:
    asked = {"grade": Grade.B, "reason": "Because", "until": dt.date(2026, 7, 1)} | fields
    with pytest.raises(OverrideRefused) as refused:
        overrides.set_override(customer=graded, by=manager, **asked)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert not Override.objects.exists()


def test_an_owner_may_not_set_tiers(graded: Customer, owner: User, client: Client) -> None:
    with pytest.raises(PermissionDenied):
        set_c(graded, owner)
    client.force_login(owner)
    assert client.post(reverse("segmentation:override", args=[graded.pk]), {"grade": "C"}).status_code == 403
    assert not Override.objects.exists()


def test_a_manager_elsewhere_does_not_see_the_customer(graded: Customer, west: object, client: Client) -> None:
    client.force_login(factories.user("sales_manager", department=west))
    answer = client.post(
        reverse("segmentation:override", args=[graded.pk]), {"grade": "C", "reason": "x", "until": "2026-07-01"}
    )
    assert answer.status_code == 404
    assert not Override.objects.exists()


def test_nothing_is_saved_when_the_history_cannot_be_written(graded: Customer, manager: User) -> None:
    with (
        mock.patch.object(overrides, "_write_history", side_effect=RuntimeError("disk full")),
        pytest.raises(RuntimeError),
    ):
        set_c(graded, manager)
    assert not Override.objects.exists()
    assert Standing.objects.get(customer=graded).grade == "A"


def test_the_last_day_may_be_today_and_is_a_day_in_force(graded: Customer, manager: User, compute: Compute) -> None:
    set_c(graded, manager, until=TODAY)
    compute(TODAY)
    assert Standing.objects.get(customer=graded).grade == "C", "today it still holds, though today was computed"
    with time_machine.travel(dt.datetime(2026, 6, 17, 9, tzinfo=dt.UTC), tick=False):
        compute(TODAY)
    assert Standing.objects.get(customer=graded).grade == "A"
    assert Override.objects.get().ended_on == dt.date(2026, 6, 17)


def test_who_does_not_count_in_grading_gets_no_tier_by_hand(graded: Customer, manager: User) -> None:
    graded.counts_in_grading = False
    graded.save()
    with pytest.raises(OverrideRefused, match="doesn't count"):
        set_c(graded, manager)
    assert not Override.objects.exists()


def test_a_second_manual_tier_ends_the_first_and_the_history_skips_it(graded: Customer, manager: User) -> None:
    first = set_c(graded, manager)
    overrides.set_override(customer=graded, grade=Grade.B, reason="Half open", until=dt.date(2026, 8, 1), by=manager)
    first.refresh_from_db()
    assert (first.ended_on, first.ended_by) == (TODAY, manager)
    assert Override.objects.get(ended_on=None).grade == "B"
    step = TierHistory.objects.get(customer=graded, valid_to=None)
    assert (step.previous, step.grade) == ("A", "B"), "nobody was in C at the end of a day"


def test_the_tier_after_a_manual_one_is_the_steady_not_the_days(graded: Customer, manager: User) -> None:
    Standing.objects.filter(customer=graded).update(computed="C", stable="B")
    set_c(graded, manager)
    overrides.end_override(customer=graded, by=manager)
    assert Standing.objects.get(customer=graded).grade == "B"


def test_a_manual_tier_without_sales_stays_outside_the_counts(
    graded: Customer, manager: User, compute: Compute
) -> None:
    sell(graded, "-300.00", dt.date(2026, 3, 1))
    compute(dt.date(2026, 6, 16))
    set_c(graded, manager)
    overrides.set_override(customer=graded, grade=Grade.A, reason="Strategic", until=dt.date(2026, 8, 1), by=manager)
    assert TierHistory.objects.get(customer=graded, valid_to=None).idle


def test_subscribers_hear_of_a_manual_tier(graded: Customer, manager: User) -> None:
    Subscription.objects.create(kinds=["tier.changed"], target="test")
    set_c(graded, manager)
    told = OutboxEvent.objects.get(kind="tier.changed")
    assert (told.customer_id, told.payload["from"], told.payload["to"]) == (graded.pk, "A", "C")


def test_a_month_end_leaves_the_history_of_a_manual_tier_alone(
    graded: Customer, manager: User, compute: Compute
) -> None:
    set_c(graded, manager, until=dt.date(2026, 9, 1))
    big = factories.customer()
    sell(big, "9000.00", dt.date(2026, 6, 20))
    for year, month, day in ((2026, 7, 1), (2026, 8, 1)):
        with time_machine.travel(dt.datetime(year, month, day, 9, tzinfo=dt.UTC), tick=False):
            compute(dt.date(year, month, day) - dt.timedelta(days=1))
    standing = Standing.objects.get(customer=graded)
    assert (standing.stable, standing.grade) == ("C", "C")
    steps = TierHistory.objects.filter(customer=graded).order_by("valid_from")
    assert [step.cause for step in steps] == ["first", "override"]
    ends = TierRun.objects.filter(purpose="month_end", as_of__gte=dt.date(2026, 6, 30))
    assert [end.mix["C"]["count"] for end in ends] == [1, 1], "counted in the tier in force"


def test_a_replay_keeps_the_history_of_who_was_ever_set_by_hand(
    graded: Customer, manager: User, compute: Compute
) -> None:
    set_c(graded, manager)
    overrides.end_override(customer=graded, by=manager)
    before = list(TierHistory.objects.filter(customer=graded).order_by("valid_from").values("grade", "valid_from"))
    compute(TODAY, replay=True)
    after = list(TierHistory.objects.filter(customer=graded).order_by("valid_from").values("grade", "valid_from"))
    assert after[0] == before[0]
    assert after[-1]["grade"] == "A"
