"""One writer: others propose, whoever keeps the customer accepts field by field."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from accounts.constants import FactState
from accounts.errors import FactsMoved
from accounts.models import Contact, Customer, Fact
from accounts.queries import facts as queries
from accounts.queries import rights
from accounts.services import customers, facts
from accounts.services.facts import Evidence
from crm.lib import dates
from jobs.models import Message
from tests import factories
from users.models import Change, ChangeSet, Department, User
from users.roles import Permission

pytestmark = pytest.mark.django_db


def propose(by: User, customer: Customer, **values: Any) -> list[Fact]:
    return facts.propose(customer_id=customer.pk, values=values, by=by)


# ── Who writes ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "writes"),
    [
        *[("owner", True), ("steward", True), ("admin_user", True)],
        *[("manager", False), ("controller", False), ("executive", False), ("colleague", False)],
    ],
)
def test_master_data_have_one_writer(who: str, writes: bool, account: Customer, request: Any) -> None:
    assert rights.may(request.getfixturevalue(who), Permission.CUSTOMER_EDIT, account) is writes


def test_a_manager_hands_over_and_edits_their_own(account: Customer, manager: User) -> None:
    own = factories.customer(owner=manager, department=manager.department)
    assert rights.may(manager, Permission.CUSTOMER_REASSIGN, account)
    assert rights.may(manager, Permission.CUSTOMER_EDIT, own)
    with pytest.raises(PermissionDenied):
        customers.update(customer_id=account.pk, values={"note": "x"}, version=1, by=manager)


def test_in_strict_mode_the_owner_proposes_too(account: Customer, owner: User, steward: User, east: Department) -> None:
    east.parent.strict_archive = True
    east.parent.save()
    assert not rights.may(owner, Permission.CUSTOMER_EDIT, account)
    with pytest.raises(PermissionDenied):
        customers.update(customer_id=account.pk, values={"note": "x"}, version=1, by=owner)
    (fact,) = propose(owner, account, note="from the owner")
    assert list(queries.to_settle(owner)) == []
    with pytest.raises(PermissionDenied):
        facts.settle(customer_id=account.pk, accept=[fact.pk], by=owner)
    assert list(queries.to_settle(steward)) == [fact]
    facts.settle(customer_id=account.pk, accept=[fact.pk], by=steward)
    account.refresh_from_db()
    assert account.note == "from the owner"


# ── Proposing ───────────────────────────────────────────────────────────────


def test_only_what_differs_is_proposed_and_nothing_is_written(account: Customer, manager: User, steward: User) -> None:
    made = propose(manager, account, address="New street 1", name=account.name)
    account.refresh_from_db()
    assert [(fact.field, fact.value, fact.before) for fact in made] == [("address", "New street 1", "")]
    assert account.address == ""
    assert Message.objects.get(recipient=steward).template == "fact.proposed"


def test_facts_that_contradict_each_other_stand_side_by_side(
    account: Customer, manager: User, controller: User
) -> None:
    propose(manager, account, staff_count=100)
    propose(controller, account, staff_count=200)
    rows = queries.rows(Fact.objects.unsettled().select_related("customer", "contact"), manager)
    assert sorted(row.value for row in rows) == ["100", "200"]
    assert {row.rivals for row in rows} == {1}


def test_ones_own_later_word_overtakes_the_earlier(account: Customer, manager: User) -> None:
    (first,) = propose(manager, account, staff_count=100)
    propose(manager, account, staff_count=150)
    first.refresh_from_db()
    assert first.state == FactState.SUPERSEDED
    assert Fact.objects.unsettled().get().value == 150


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"staff_count": -5}, "greater"),
        ({"tax_number": "91110108MA01KPGK0X"}, "last"),
        ({"owner_id": 1}, "owner_id"),
        ({"version": 9}, "version"),
        ({"department_id": 1}, "department_id"),
        ({"life_cycle": "lost"}, "life_cycle"),
        ({"search_text": "x"}, "search_text"),
        ({"id": 1}, "id"),
        ({"note": "a\x00b"}, "NUL"),
        ({}, "Nothing differs"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_kept(
    values: dict[str, Any], match: str, account: Customer, manager: User
) -> None:
    with pytest.raises(ValidationError, match=match):
        facts.propose(customer_id=account.pk, values=values, by=manager)
    assert not Fact.objects.exists()
    assert not ChangeSet.objects.exists()


def test_of_a_customer_out_of_sight_nothing_is_proposed(account: Customer, outsider: User, colleague: User) -> None:
    for user in (outsider, colleague):
        with pytest.raises(Customer.DoesNotExist):
            propose(user, account, note="x")


def test_a_parent_out_of_sight_is_not_proposed(account: Customer, outsider: User, manager: User) -> None:
    hidden = factories.customer(owner=outsider, department=outsider.department)
    with pytest.raises(ValidationError, match="no such customer"):
        propose(manager, account, parent_id=hidden.pk)


def test_a_contact_of_another_customer_is_not_reached_through_this_one(
    account: Customer, manager: User, east: Department
) -> None:
    other = factories.contact(factories.customer(department=east))
    with pytest.raises(Contact.DoesNotExist):
        facts.propose(customer_id=account.pk, contact_id=other.pk, values={"post": "x"}, by=manager)


# ── Settling ────────────────────────────────────────────────────────────────


def test_accepting_writes_the_column_in_the_change_set_of_the_settling(
    account: Customer, manager: User, steward: User
) -> None:
    address, staff = propose(manager, account, address="New street 1", staff_count=70)
    facts.settle(customer_id=account.pk, accept=[address.pk], refuse=[staff.pk], by=steward, answer="the count is old")
    account.refresh_from_db()
    address.refresh_from_db()
    staff.refresh_from_db()
    assert (account.address, account.staff_count) == ("New street 1", None)
    assert (address.state, staff.state, staff.answer) == ("accepted", "refused", "the count is old")
    column = Change.objects.get(model="accounts.customer", action="update")
    settled = Change.objects.get(model="accounts.fact", object_id=address.pk, action="update")
    assert column.change_set_id == settled.change_set_id
    told = Message.objects.get(recipient=manager)
    assert (told.template, told.values["accepted"], told.values["refused"]) == ("fact.settled", 1, 1)


def test_money_and_lists_survive_the_way(account: Customer, manager: User, steward: User) -> None:
    made = propose(manager, account, yearly_turnover="126000000.50", former_names=["Old", "Older"])
    facts.settle(customer_id=account.pk, accept=[fact.pk for fact in made], by=steward)
    account.refresh_from_db()
    assert (str(account.yearly_turnover), account.former_names) == ("126000000.50", ["Old", "Older"])


def test_a_contacts_column_is_proposed_and_accepted(account: Customer, manager: User, owner: User) -> None:
    contact = factories.contact(account, name="王芳")
    (fact,) = facts.propose(customer_id=account.pk, contact_id=contact.pk, values={"mobile": "13900001111"}, by=manager)
    facts.settle(customer_id=account.pk, accept=[fact.pk], by=owner)
    contact.refresh_from_db()
    assert contact.mobile == "13900001111"
    assert "13900001111" in contact.search_text


@pytest.mark.parametrize("who", ["manager", "controller", "executive"])
def test_who_does_not_write_does_not_settle(who: str, account: Customer, manager: User, request: Any) -> None:
    (fact,) = propose(manager, account, note="x")
    with pytest.raises(PermissionDenied):
        facts.settle(customer_id=account.pk, accept=[fact.pk], by=request.getfixturevalue(who))
    fact.refresh_from_db()
    assert fact.state == "unsettled"


def test_a_steward_elsewhere_does_not_find_it(account: Customer, manager: User, west: Department) -> None:
    (fact,) = propose(manager, account, note="x")
    elsewhere = factories.user("data_steward", department=west)
    with pytest.raises(Customer.DoesNotExist):
        facts.settle(customer_id=account.pk, accept=[fact.pk], by=elsewhere)
    assert list(queries.to_settle(elsewhere)) == []


def test_a_column_changed_meanwhile_is_not_overwritten_unseen(
    account: Customer, manager: User, owner: User, steward: User
) -> None:
    (fact,) = propose(manager, account, address="Proposed")
    customers.update(customer_id=account.pk, values={"address": "Owner's"}, version=1, by=owner)
    with pytest.raises(FactsMoved):
        facts.settle(customer_id=account.pk, accept=[fact.pk], by=steward)
    fact.refresh_from_db()
    assert fact.state == "unsettled"
    (row,) = queries.rows([Fact.objects.get()], steward)
    assert (row.moved, row.before, row.now) == (True, "(empty)", "Owner's")
    facts.settle(customer_id=account.pk, accept=[fact.pk], seen={fact.pk: "Owner's"}, by=steward)
    account.refresh_from_db()
    assert account.address == "Proposed"


def test_of_two_that_contradict_each_other_one_is_accepted_and_the_other_overtaken(
    account: Customer, manager: User, controller: User, executive: User, steward: User
) -> None:
    (one,) = propose(manager, account, staff_count=100)
    (two,) = propose(controller, account, staff_count=200)
    (same,) = propose(executive, account, staff_count=100)
    with pytest.raises(ValidationError, match="contradict"):
        facts.settle(customer_id=account.pk, accept=[one.pk, two.pk], by=steward)
    facts.settle(customer_id=account.pk, accept=[one.pk], by=steward)
    states = {fact.pk: fact.state for fact in Fact.objects.all()}
    assert states == {one.pk: "accepted", two.pk: "superseded", same.pk: "accepted"}


def test_a_settled_or_expired_fact_is_not_settled_again(account: Customer, manager: User, steward: User) -> None:
    (fact,) = propose(manager, account, note="x")
    facts.settle(customer_id=account.pk, refuse=[fact.pk], by=steward)
    with pytest.raises(Fact.DoesNotExist):
        facts.settle(customer_id=account.pk, accept=[fact.pk], by=steward)
    (old,) = propose(manager, account, address="x")
    Fact.objects.filter(pk=old.pk).update(expires_on=dates.today() - dt.timedelta(days=1))
    with pytest.raises(Fact.DoesNotExist):
        facts.settle(customer_id=account.pk, accept=[old.pk], by=steward)
    assert list(queries.to_settle(steward)) == []


def test_a_fact_of_another_customer_is_not_settled_through_this_one(
    account: Customer, manager: User, steward: User, east: Department
) -> None:
    other = factories.customer(department=east)
    (fact,) = propose(manager, other, note="x")
    with pytest.raises(Fact.DoesNotExist):
        facts.settle(customer_id=account.pk, accept=[fact.pk], by=steward)


@pytest.mark.parametrize("broken", [Fact, Change, Message])
def test_a_failing_last_write_settles_nothing(
    broken: Any, account: Customer, manager: User, steward: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fact,) = propose(manager, account, note="x")

    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("the database went away")

    monkeypatch.setattr(broken, "save", fail)
    with pytest.raises(OperationalError):
        facts.settle(customer_id=account.pk, accept=[fact.pk], by=steward)
    monkeypatch.undo()
    account.refresh_from_db()
    assert (account.note, account.version, Fact.objects.get().state) == ("", 1, "unsettled")


def test_a_failing_last_write_proposes_nothing(
    account: Customer, manager: User, steward: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("the database went away")

    monkeypatch.setattr(Message, "save", fail)
    with pytest.raises(OperationalError):
        propose(manager, account, note="x")
    assert not Fact.objects.exists()
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(source="gossip"),
        Evidence(confidence=9),
        Evidence(known_on=dates.today() + dt.timedelta(days=1)),
        Evidence(expires_on=dates.today() - dt.timedelta(days=1)),
        Evidence(note="x" * 301),
    ],
)
def test_evidence_that_makes_no_sense_is_refused(evidence: Evidence, account: Customer, manager: User) -> None:
    with pytest.raises(ValidationError):
        facts.propose(customer_id=account.pk, values={"note": "x"}, by=manager, evidence=evidence)


# ── Pages ───────────────────────────────────────────────────────────────────


def filled(client: Client, customer: Customer, **other: Any) -> dict[str, Any]:
    """The form as the page gives it, with some fields filled in anew."""
    page = client.get(reverse("accounts:customer_propose", args=[customer.pk]))
    form, evidence = page.context["form"], page.context["evidence"]
    values = {name: form[name].value() for name in form.fields} | {
        evidence[name].html_name: evidence[name].value() for name in evidence.fields
    }
    flat = {name: "\n".join(value) if isinstance(value, list) else value for name, value in values.items()}
    kept = {name: value for name, value in flat.items() if value not in (None, False)}
    return kept | {"version": page.context["version"], "opened_at": page.context["opened_at"].isoformat()} | other


def test_the_form_of_who_does_not_write_proposes(client: Client, account: Customer, manager: User) -> None:
    client.force_login(manager)
    detail = client.get(reverse("accounts:customer_detail", args=[account.pk])).content.decode()
    assert reverse("accounts:customer_propose", args=[account.pk]) in detail
    said = filled(client, account, address="New street 1", owner="999", department="1", state="accepted")
    answer = client.post(reverse("accounts:customer_propose", args=[account.pk]), said)
    assert answer.status_code == 302
    fact = Fact.objects.get()
    assert (fact.field, fact.value, fact.reporter, fact.state) == ("address", "New street 1", manager, "unsettled")
    account.refresh_from_db()
    assert (account.address, account.owner_id) == ("", account.owner_id)


def test_what_others_saved_meanwhile_is_not_proposed_back(
    client: Client, account: Customer, owner: User, manager: User
) -> None:
    client.force_login(manager)
    said = filled(client, account, website="https://example.com")
    customers.update(customer_id=account.pk, values={"address": "Owner's"}, version=1, by=owner)
    client.post(reverse("accounts:customer_propose", args=[account.pk]), said)
    assert [fact.field for fact in Fact.objects.all()] == ["website"]


def test_the_steward_settles_on_the_page(client: Client, account: Customer, manager: User, steward: User) -> None:
    address, staff = propose(manager, account, address="New street 1", staff_count=70)
    client.force_login(steward)
    banner = client.get(reverse("accounts:customer_detail", args=[account.pk])).content.decode()
    assert "2 proposed changes" in banner
    path = reverse("accounts:customer_facts", args=[account.pk])
    assert "New street 1" in client.get(path).content.decode()
    said = {f"fact-{address.pk}": "accept", f"seen-{address.pk}": '""', f"fact-{staff.pk}": ""}
    assert client.post(path, said).status_code == 302
    account.refresh_from_db()
    assert account.address == "New street 1"
    assert Fact.objects.get(pk=staff.pk).state == "unsettled"


def test_the_page_shows_the_conflict(
    client: Client, account: Customer, manager: User, owner: User, steward: User
) -> None:
    (fact,) = propose(manager, account, address="Proposed")
    client.force_login(steward)
    path = reverse("accounts:customer_facts", args=[account.pk])
    client.get(path)
    customers.update(customer_id=account.pk, values={"address": "Owner's"}, version=1, by=owner)
    answer = client.post(path, {f"fact-{fact.pk}": "accept", f"seen-{fact.pk}": '""'})
    assert answer.status_code == 409
    assert "changed while you were deciding" in answer.content.decode()
    account.refresh_from_db()
    assert account.address == "Owner's"


def test_who_does_not_write_cannot_settle_on_the_page(client: Client, account: Customer, manager: User) -> None:
    (fact,) = propose(manager, account, note="x")
    client.force_login(manager)
    path = reverse("accounts:customer_facts", args=[account.pk])
    assert "accept" not in client.get(path).content.decode()
    assert client.post(path, {f"fact-{fact.pk}": "accept"}).status_code == 403


def test_the_lists_of_proposals(client: Client, account: Customer, manager: User, steward: User) -> None:
    propose(manager, account, note="something new")
    client.force_login(steward)
    assert "something new" in client.get(reverse("accounts:fact_list")).content.decode()
    client.force_login(manager)
    assert "something new" not in client.get(reverse("accounts:fact_list")).content.decode()
    assert "something new" in client.get(reverse("accounts:fact_list") + "?tab=mine").content.decode()
