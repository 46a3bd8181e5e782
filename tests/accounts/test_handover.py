"""Handing over, moving through the life cycle, and taking back."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.constants import LifeCycle
from accounts.models import Customer, LifeCycleTransition
from accounts.services import handover, life_cycle
from crm.lib import dates
from tests import factories
from users.constants import Cause
from users.models import Change, ChangeSet, Department, User
from users.services import changes, undo


def test_a_manager_hands_a_customer_over_and_the_history_keeps_both(
    account: Customer, manager: User, owner: User, colleague: User
) -> None:
    outcome = handover.reassign(customer_ids=[account.pk], owner_id=colleague.pk, department_id=None, by=manager)
    account.refresh_from_db()
    assert (account.owner, account.department, account.version) == (colleague, colleague.department, 2)
    assert (outcome.done, outcome.refused, outcome.missing) == (1, 0, 0)
    logged = Change.objects.get(change_set=outcome.change_set_id)
    assert (logged.before, logged.after) == ({"owner_id": owner.pk}, {"owner_id": colleague.pk})


def test_customers_out_of_sight_or_right_are_left_alone(
    account: Customer, manager: User, colleague: User, outsider: User
) -> None:
    theirs = factories.customer(owner=outsider, department=outsider.department)
    outcome = handover.reassign(
        customer_ids=[account.pk, theirs.pk, 10**9], owner_id=colleague.pk, department_id=None, by=manager
    )
    theirs.refresh_from_db()
    assert (outcome.done, outcome.refused, outcome.missing) == (1, 0, 2)
    assert (theirs.owner, theirs.version) == (outsider, 1)


@pytest.mark.parametrize("who", ["owner", "executive", "controller"])
def test_who_may_not_reassign_changes_nothing(
    who: str, account: Customer, colleague: User, request: pytest.FixtureRequest
) -> None:
    by: User = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        handover.reassign(customer_ids=[account.pk], owner_id=colleague.pk, department_id=None, by=by)
    account.refresh_from_db()
    assert account.owner != colleague
    assert not ChangeSet.objects.exists()


def test_nobody_hands_over_to_another_house_or_to_a_reader(
    account: Customer, manager: User, outsider: User, executive: User, west: Department
) -> None:
    with pytest.raises(PermissionDenied):
        handover.reassign(customer_ids=[account.pk], owner_id=outsider.pk, department_id=None, by=manager)
    with pytest.raises(PermissionDenied):
        handover.reassign(customer_ids=[account.pk], owner_id=None, department_id=west.pk, by=manager)
    for owner_id in (executive.pk, 10**9):
        with pytest.raises(ValidationError):
            handover.reassign(customer_ids=[account.pk], owner_id=owner_id, department_id=None, by=manager)
    assert not Change.objects.exists()


def test_ending_a_relation_takes_a_reason(account: Customer, owner: User) -> None:
    with pytest.raises(ValidationError):
        life_cycle.move(customer_ids=[account.pk], to=LifeCycle.GIVEN_UP, reason=" ", by=owner)
    life_cycle.move(customer_ids=[account.pk], to=LifeCycle.GIVEN_UP, reason="costs more than it brings", by=owner)
    account.refresh_from_db()
    assert account.life_cycle == LifeCycle.GIVEN_UP
    step = LifeCycleTransition.objects.get()
    assert (step.before, step.after, step.reason, step.by, step.on) == (
        "prospect", "given_up", "costs more than it brings", owner, dates.today(),
    )  # fmt: skip


def test_a_reader_moves_nobody(account: Customer, executive: User) -> None:
    with pytest.raises(PermissionDenied):
        life_cycle.move(customer_ids=[account.pk], to=LifeCycle.ACTIVE, reason="", by=executive)
    assert not LifeCycleTransition.objects.exists()


def test_a_job_never_overrides_a_person(owner: User) -> None:
    stages = ["prospect", "visitor", "dormant", "lost", "given_up", "active"]
    rows = {stage: factories.customer(owner=owner, life_cycle=stage) for stage in stages}
    ids = [row.pk for row in rows.values()]
    change_set = changes.open_set(by=None, cause=Cause.RUN)
    moved = life_cycle.follow(
        customer_ids=ids, to=LifeCycle.ACTIVE, reason="first order", on=dates.today(), change_set=change_set
    )
    assert set(moved) == {rows[stage].pk for stage in ("prospect", "visitor", "dormant")}
    life_cycle.move(customer_ids=[rows["lost"].pk], to=LifeCycle.ACTIVE, reason="won back", by=owner)
    moved = life_cycle.follow(
        customer_ids=ids, to=LifeCycle.DORMANT, reason="no order", on=dates.today(), change_set=change_set
    )
    assert rows["lost"].pk not in moved
    assert set(moved) == {rows[stage].pk for stage in ("prospect", "visitor", "dormant", "active")}


def test_a_step_taken_back_is_a_step_too(account: Customer, owner: User) -> None:
    outcome = life_cycle.move(customer_ids=[account.pk], to=LifeCycle.ACTIVE, reason="", by=owner)
    assert outcome.change_set_id is not None
    undo.undo(change_set_id=outcome.change_set_id, by=owner)
    account.refresh_from_db()
    assert account.life_cycle == "prospect"
    assert [step.after for step in LifeCycleTransition.objects.order_by("id")] == ["active", "prospect"]


def test_nobody_takes_back_what_another_did(account: Customer, manager: User, owner: User, colleague: User) -> None:
    outcome = handover.reassign(customer_ids=[account.pk], owner_id=colleague.pk, department_id=None, by=manager)
    assert outcome.change_set_id is not None
    with pytest.raises(ChangeSet.DoesNotExist):
        undo.undo(change_set_id=outcome.change_set_id, by=owner)
