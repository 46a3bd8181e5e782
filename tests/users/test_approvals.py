"""Approvals: who decides, once; what is carried out with it; what time does."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Customer
from crm.lib import dates
from jobs.models import Message
from tests import factories
from users.approvals import ApprovalKind, Step, approval_kinds
from users.errors import AlreadyDecided, CannotApply, Invalid, NobodyToAsk, NotAnApprover, OwnRequest
from users.models import Approval, ApprovalEvent, ApprovalStep, Change, ChangeSet, Department, User
from users.queries import approvals as queries
from users.queries import approvers
from users.services import approvals, delegations

pytestmark = pytest.mark.django_db

DONE: list[int] = []


def carry_out(approval: Approval, _by: User) -> None:
    if approval.values.get("refuse"):
        raise CannotApply("The goods are gone.")
    Customer.objects.filter(pk=approval.customer_id).update(note="carried out")
    DONE.append(approval.pk)


def managers(approval: Approval) -> list[User]:
    return approvers.managers_of(approval.asked_by.department_id, but=approval.asked_by)


def executives(_approval: Approval) -> Any:
    return User.objects.filter(groups__name="executive")


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    single = ApprovalKind("test.single", "Single", managers, carry_out, lambda approval: "One thing")
    ladder = ApprovalKind(
        "test.ladder",
        "Ladder",
        [
            Step(managers, "Manager"),
            Step(executives, "Executive", needed=lambda approval: approval.values["amount"] > 100),
        ],
        carry_out,
        lambda approval: f"Amount {approval.values['amount']}",
    )
    for kind in (single, ladder):
        monkeypatch.setitem(approval_kinds._entries, kind.code, kind)
    DONE.clear()


def asked(by: User, customer: Customer | None = None, kind: str = "test.single", **values: Any) -> Approval:
    return approvals.ask(
        kind=kind, by=by, values=values, reason="because", customer_id=customer.pk if customer else None
    )


def test_the_manager_decides_and_it_is_carried_out(account: Customer, owner: User, manager: User) -> None:
    approval = asked(owner, account)
    assert list(queries.to_decide(manager)) == [approval]
    decided = approvals.decide(approval_id=approval.pk, approve=True, by=manager, comment="fine")
    account.refresh_from_db()
    assert (decided.state, account.note, DONE) == ("approved", "carried out", [approval.pk])
    assert [event.kind for event in approval.events.all()] == ["asked", "approved"]
    assert approval.steps.get().decided_by == manager
    assert queries.to_decide_count(manager) == 0


def test_the_manager_is_told_and_then_the_asker(account: Customer, owner: User, manager: User) -> None:
    approval = asked(owner, account)
    asked_of = Message.objects.get(recipient=manager)
    approvals.decide(approval_id=approval.pk, approve=False, by=manager, comment="no")
    answer = Message.objects.get(recipient=owner)
    assert (asked_of.template, answer.template) == ("approval.asked", "approval.refused")
    assert asked_of.url == f"/approvals/{approval.pk}/"
    assert "华为" not in str(asked_of.values)


def test_a_refusal_carries_nothing_out(account: Customer, owner: User, manager: User) -> None:
    approval = asked(owner, account)
    assert approvals.decide(approval_id=approval.pk, approve=False, by=manager).state == "refused"
    assert DONE == []


def test_who_comes_second_is_told_who_decided(account: Customer, owner: User, manager: User) -> None:
    other = factories.user("sales_manager", department=manager.department)
    approval = asked(owner, account)
    approvals.decide(approval_id=approval.pk, approve=True, by=manager)
    with pytest.raises(AlreadyDecided, match="Manager was faster: Approved") as late:
        approvals.decide(approval_id=approval.pk, approve=False, by=other)
    assert late.value.who == "Manager"
    assert [approval.pk] == DONE


@pytest.mark.parametrize("who", ["owner", "colleague", "controller", "admin_user", "steward"])
def test_nobody_else_decides(who: str, account: Customer, owner: User, manager: User, request: Any) -> None:
    approval = asked(owner, account)
    with pytest.raises((PermissionDenied, Approval.DoesNotExist)):
        approvals.decide(approval_id=approval.pk, approve=True, by=request.getfixturevalue(who))
    approval.refresh_from_db()
    assert (approval.state, DONE) == ("open", [])


def test_a_manager_asks_the_next_one_up_and_never_themselves(company: Department, manager: User) -> None:
    director = factories.user("sales_manager", name="Director", department=company)
    approval = asked(manager)
    assert list(queries.to_decide(manager)) == []
    assert list(queries.to_decide(director)) == [approval]
    with pytest.raises(OwnRequest):
        approvals.decide(approval_id=approval.pk, approve=True, by=manager)


def test_those_above_may_decide_too(account: Customer, company: Department, owner: User, manager: User) -> None:
    director = factories.user("sales_manager", department=company)
    approval = asked(owner, account)
    assert list(queries.to_decide(director)) == []
    assert approvals.decide(approval_id=approval.pk, approve=True, by=director).state == "approved"


def test_a_manager_of_another_department_does_not_find_it(account: Customer, owner: User, manager: User) -> None:
    elsewhere = factories.user("sales_manager", department=factories.department(parent=manager.department.parent))
    approval = asked(owner, account)
    with pytest.raises(Approval.DoesNotExist):
        approvals.decide(approval_id=approval.pk, approve=True, by=elsewhere)
    assert list(queries.visible_to(elsewhere)) == []


def test_who_was_moved_away_decides_no_longer(account: Customer, owner: User, manager: User, west: Department) -> None:
    approval = asked(owner, account)
    User.objects.filter(pk=manager.pk).update(department=west)
    moved = User.objects.get(pk=manager.pk)
    with pytest.raises(Approval.DoesNotExist):
        approvals.decide(approval_id=approval.pk, approve=True, by=moved)
    demoted = factories.user("sales_manager", department=owner.department)
    demoted.groups.clear()
    with pytest.raises(Approval.DoesNotExist):
        approvals.decide(approval_id=approval.pk, approve=True, by=User.objects.get(pk=demoted.pk))
    assert DONE == []


def test_without_anybody_to_decide_nothing_is_asked(owner: User) -> None:
    with pytest.raises(NobodyToAsk):
        asked(owner)
    assert not Approval.objects.exists()
    assert not ChangeSet.objects.exists()


# ── Steps ───────────────────────────────────────────────────────────────────


def test_a_small_amount_takes_one_step(owner: User, manager: User, executive: User) -> None:
    approval = asked(owner, kind="test.ladder", amount=50)
    approvals.decide(approval_id=approval.pk, approve=True, by=manager)
    approval.refresh_from_db()
    assert approval.state == "approved"


def test_a_large_amount_takes_both_in_order(owner: User, manager: User, executive: User) -> None:
    approval = asked(owner, kind="test.ladder", amount=500)
    assert list(queries.to_decide(executive)) == []
    approvals.decide(approval_id=approval.pk, approve=True, by=manager, step=1)
    assert DONE == []
    assert list(queries.to_decide(executive)) == [approval]
    with pytest.raises(AlreadyDecided, match="Manager"):
        approvals.decide(approval_id=approval.pk, approve=True, by=executive, step=1)
    approvals.decide(approval_id=approval.pk, approve=True, by=executive, step=2)
    assert [approval.pk] == DONE


def test_a_refusal_at_a_step_ends_it(owner: User, manager: User, executive: User) -> None:
    approval = asked(owner, kind="test.ladder", amount=500)
    approvals.decide(approval_id=approval.pk, approve=False, by=manager)
    states = list(approval.steps.values_list("state", flat=True))
    assert states == ["refused", "dropped"]


# ── Carrying out ────────────────────────────────────────────────────────────


def test_what_cannot_be_carried_out_stays_open_and_says_why(account: Customer, owner: User, manager: User) -> None:
    approval = asked(owner, account, refuse=True)
    answer = approvals.decide(approval_id=approval.pk, approve=True, by=manager)
    assert (answer.state, answer.blocked) == ("open", "The goods are gone.")
    assert approval.steps.get().state == "open"
    assert [event.kind for event in approval.events.all()] == ["asked", "blocked"]
    Approval.objects.filter(pk=approval.pk).update(values={})
    assert approvals.decide(approval_id=approval.pk, approve=True, by=manager).state == "approved"


@pytest.mark.parametrize("broken", [Approval, ApprovalStep, ApprovalEvent, Change, Message])
def test_a_failing_write_leaves_everything_as_it_was(
    broken: type[Any], account: Customer, owner: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = asked(owner, account)

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise OperationalError("the database went away")

    monkeypatch.setattr(broken, "save", fail)
    monkeypatch.setattr(broken, "save_base", fail)
    with pytest.raises(OperationalError):
        approvals.decide(approval_id=approval.pk, approve=True, by=manager)
    monkeypatch.undo()
    account.refresh_from_db()
    approval.refresh_from_db()
    assert (account.note, approval.state, approval.steps.get().state) == ("", "open", "open")
    assert approval.events.count() == 1


def test_an_unforeseen_error_while_carrying_out_leaves_it_open(
    account: Customer, owner: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("bug")

    kind = ApprovalKind("test.bug", "Bug", managers, explode, lambda _: "x")
    monkeypatch.setitem(approval_kinds._entries, kind.code, kind)
    approval = asked(owner, account, kind="test.bug")
    with pytest.raises(RuntimeError):
        approvals.decide(approval_id=approval.pk, approve=True, by=manager)
    approval.refresh_from_db()
    assert approval.is_open


# ── Delegation ──────────────────────────────────────────────────────────────


@pytest.fixture
def deputy(manager: User) -> User:
    return factories.user("data_steward", name="Deputy", department=manager.department)


def test_a_delegate_decides_and_the_history_names_both(
    account: Customer, owner: User, manager: User, deputy: User
) -> None:
    delegations.delegate(by=manager, to=deputy, until=dates.today())
    approval = asked(owner, account)
    assert Message.objects.filter(recipient=deputy).exists()
    assert list(queries.to_decide(deputy)) == [approval]
    approvals.decide(approval_id=approval.pk, approve=True, by=deputy)
    step = approval.steps.get()
    assert (step.decided_by, step.for_user) == (deputy, manager)
    assert approval.events.get(kind="approved").for_user == manager


def test_a_delegation_ends_with_its_day_and_when_taken_back(
    account: Customer, owner: User, manager: User, deputy: User
) -> None:
    made = delegations.delegate(by=manager, to=deputy, until=dates.today())
    approval = asked(owner, account)
    made.until = dates.today() - dt.timedelta(days=1)
    made.save()
    assert list(queries.to_decide(deputy)) == []
    with pytest.raises((NotAnApprover, Approval.DoesNotExist)):
        approvals.decide(approval_id=approval.pk, approve=True, by=deputy)
    delegations.delegate(by=manager, to=deputy, until=dates.today())
    delegations.end(by=manager)
    with pytest.raises((NotAnApprover, Approval.DoesNotExist)):
        approvals.decide(approval_id=approval.pk, approve=True, by=deputy)


def test_nobody_approves_their_own_request_through_a_delegation(account: Customer, owner: User, manager: User) -> None:
    delegations.delegate(by=manager, to=owner, until=dates.today())
    approval = asked(owner, account)
    assert list(queries.to_decide(owner)) == []
    with pytest.raises(OwnRequest):
        approvals.decide(approval_id=approval.pk, approve=True, by=owner)


def test_nobody_approves_in_the_place_of_the_asker(
    account: Customer, company: Department, manager: User, deputy: User
) -> None:
    factories.user("sales_manager", department=company)
    delegations.delegate(by=manager, to=deputy, until=dates.today())
    approval = asked(manager, account)
    with pytest.raises((OwnRequest, Approval.DoesNotExist)):
        approvals.decide(approval_id=approval.pk, approve=True, by=deputy)
    assert list(queries.to_decide(deputy)) == []


def test_a_delegate_who_does_not_see_the_customer_does_not_find_the_request(
    account: Customer, owner: User, manager: User, outsider: User
) -> None:
    delegations.delegate(by=manager, to=outsider, until=dates.today())
    approval = asked(owner, account)
    assert list(queries.visible_to(outsider)) == []
    with pytest.raises(Approval.DoesNotExist):
        approvals.decide(approval_id=approval.pk, approve=True, by=outsider)


def test_a_delegation_is_not_passed_on(account: Customer, owner: User, manager: User, deputy: User) -> None:
    third = factories.user("data_steward", department=manager.department)
    delegations.delegate(by=manager, to=deputy, until=dates.today())
    delegations.delegate(by=deputy, to=third, until=dates.today())
    approval = asked(owner, account)
    with pytest.raises((NotAnApprover, Approval.DoesNotExist)):
        approvals.decide(approval_id=approval.pk, approve=True, by=third)


@pytest.mark.parametrize("days", [-1, 367])
def test_a_delegation_lasts_from_today_to_a_year(days: int, manager: User, deputy: User) -> None:
    with pytest.raises(Invalid):
        delegations.delegate(by=manager, to=deputy, until=dates.today() + dt.timedelta(days=days))


def test_nobody_delegates_to_themselves_or_to_somebody_who_left(manager: User, deputy: User) -> None:
    with pytest.raises(Invalid):
        delegations.delegate(by=manager, to=manager, until=dates.today())
    deputy.is_active = False
    with pytest.raises(Invalid):
        delegations.delegate(by=manager, to=deputy, until=dates.today())


# ── Withdrawal, comments, time ──────────────────────────────────────────────


def test_the_asker_withdraws_and_nobody_decides_any_more(account: Customer, owner: User, manager: User) -> None:
    approval = asked(owner, account)
    with pytest.raises(NotAnApprover):
        approvals.withdraw(approval_id=approval.pk, by=manager)
    approvals.withdraw(approval_id=approval.pk, by=owner)
    with pytest.raises(AlreadyDecided, match="Withdrawn"):
        approvals.decide(approval_id=approval.pk, approve=True, by=manager)
    assert DONE == []


def test_a_comment_reaches_the_others(account: Customer, owner: User, manager: User) -> None:
    approval = asked(owner, account)
    approvals.add_comment(approval_id=approval.pk, by=manager, comment="Why now?")
    approvals.add_comment(approval_id=approval.pk, by=owner, comment="The year ends.")
    assert Message.objects.filter(recipient=owner, template="approval.comment").count() == 1
    assert Message.objects.filter(recipient=manager, template="approval.comment").count() == 1


def test_overdue_it_is_raised_once_and_then_expires(
    account: Customer, company: Department, owner: User, manager: User
) -> None:
    director = factories.user("sales_manager", department=company)
    approval = asked(owner, account)
    assert approvals.expire_due() == 0
    assert approvals.expire_due(now=timezone.now() + dt.timedelta(days=4)) == 1
    approval.refresh_from_db()
    assert approval.state == "open"
    assert list(queries.to_decide(director)) == [approval]
    assert Message.objects.filter(recipient=director, template="approval.raised").exists()
    assert approvals.expire_due(now=timezone.now() + dt.timedelta(days=4)) == 0
    assert approvals.expire_due(now=timezone.now() + dt.timedelta(days=9)) == 1
    approval.refresh_from_db()
    assert approval.state == "expired"
    assert Message.objects.filter(recipient=owner, template="approval.expired").exists()
    with pytest.raises(AlreadyDecided, match="Expired"):
        approvals.decide(approval_id=approval.pk, approve=True, by=manager)


def test_with_nobody_higher_it_expires_at_once(account: Customer, owner: User, manager: User) -> None:
    approval = asked(owner, account)
    approvals.expire_due(now=timezone.now() + dt.timedelta(days=4))
    approval.refresh_from_db()
    assert approval.state == "expired"


def test_the_list_follows_who_comes_and_goes(account: Customer, owner: User, manager: User) -> None:
    approval = asked(owner, account)
    successor = factories.user("sales_manager", department=manager.department)
    assert list(queries.to_decide(successor)) == []
    approvals.look_again(older_than=dt.timedelta(0))
    assert list(queries.to_decide(successor)) == [approval]


def test_a_failing_kind_does_not_hold_up_the_others(
    owner: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("bug")

    kind = ApprovalKind("test.bug", "Bug", managers, carry_out, lambda _: "x", refuse=explode)
    monkeypatch.setitem(approval_kinds._entries, kind.code, kind)
    asked(owner, kind="test.bug")
    fine = asked(owner)
    approvals.expire_due(now=timezone.now() + dt.timedelta(days=4))
    fine.refresh_from_db()
    assert fine.state == "expired"


def test_a_deactivated_manager_decides_nothing(account: Customer, owner: User, manager: User) -> None:
    approval = asked(owner, account)
    User.objects.filter(pk=manager.pk).update(is_active=False)
    with pytest.raises(Approval.DoesNotExist):
        approvals.decide(approval_id=approval.pk, approve=True, by=User.objects.get(pk=manager.pk))
