"""Tiers set by hand."""

import datetime as dt
from unittest import mock

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.models import Customer
from segmentation.constants import Grade
from segmentation.errors import OverrideRefused
from segmentation.models import Override, Standing, TierHistory
from segmentation.services import overrides
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
    from tests import factories

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
