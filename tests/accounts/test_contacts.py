"""Contacts: who may change them, and what is refused."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.errors import EditConflictError
from accounts.models import Contact, Customer
from accounts.services import contacts
from accounts.services.contacts import NewContact
from tests import factories
from users.constants import Cause
from users.models import Change, User
from users.services import changes


def test_the_owner_adds_a_contact_that_is_found_by_phone_and_pinyin(account: Customer, owner: User) -> None:
    values = {"name": "白景澄", "mobile": "138 0000 2071", "role": "approver", "influence": 4}
    row = contacts.create(customer_id=account.pk, values=values, by=owner)
    for query in ("bjc", "景澄", "13800002071", "0000 2071"):
        assert list(Contact.objects.matching(query)) == [row]
    assert Change.objects.get().customer_id == account.pk


@pytest.mark.parametrize(("who", "error"), [("executive", PermissionDenied), ("outsider", Customer.DoesNotExist)])
def test_others_add_none(who: str, error: type[Exception], account: Customer, request: pytest.FixtureRequest) -> None:
    with pytest.raises(error):
        contacts.create(customer_id=account.pk, values={"name": "x"}, by=request.getfixturevalue(who))
    assert not Contact.objects.exists()


def test_what_cannot_be_is_named(account: Customer, owner: User) -> None:
    stranger = factories.contact(factories.customer(owner=owner))
    values = {"name": "", "email": "no address", "influence": 6, "role": "king", "mobile": "1\x00"}
    values["reports_to_id"] = stranger.pk
    with pytest.raises(ValidationError) as refused:
        contacts.create(customer_id=account.pk, values=values, by=owner)
    assert set(refused.value.message_dict) == set(values)


def test_nobody_reports_to_themselves(account: Customer, owner: User) -> None:
    head = factories.contact(account)
    middle = factories.contact(account, reports_to=head)
    leaf = factories.contact(account, reports_to=middle)
    with pytest.raises(ValidationError) as refused:
        contacts.update(contact_id=head.pk, values={"reports_to_id": leaf.pk}, version=1, by=owner)
    assert set(refused.value.message_dict) == {"reports_to_id"}


def test_two_editors_of_one_contact_see_a_conflict(account: Customer, owner: User, steward: User) -> None:
    row = factories.contact(account, post="buyer")
    contacts.update(contact_id=row.pk, values={"post": "head of buying"}, version=1, by=steward)
    with pytest.raises(EditConflictError) as conflict:
        contacts.update(contact_id=row.pk, values={"post": "director"}, version=1, by=owner)
    assert [(e.before, e.theirs, e.mine) for e in conflict.value.clashes] == [("buyer", "head of buying", "director")]


def test_a_deleted_contact_stays_in_the_log(account: Customer, owner: User, executive: User) -> None:
    row = factories.contact(account, name="褚遥")
    with pytest.raises(PermissionDenied):
        contacts.delete(contact_id=row.pk, by=executive)
    contacts.delete(contact_id=row.pk, by=owner)
    assert not Contact.objects.exists()
    before = Change.objects.get().before
    assert before is not None
    assert before["name"] == "褚遥"


def test_many_contacts_come_with_their_superiors_and_one_log_row(account: Customer, owner: User) -> None:
    change_set = changes.open_set(by=owner, cause=Cause.PAGE)
    rows = [NewContact(account.pk, {"name": "贺廷枢"}), NewContact(account.pk, {"name": "白景澄"}, reports_to=0)]
    head, below = contacts.create_many(rows=rows, by=owner, change_set=change_set)
    assert Contact.objects.get(pk=below).reports_to_id == head
    assert list(Contact.objects.matching("bjc").values_list("pk", flat=True)) == [below]
    assert Change.objects.get().rows == 2


def test_many_contacts_are_refused_whole(account: Customer, owner: User, outsider: User) -> None:
    change_set = changes.open_set(by=owner, cause=Cause.PAGE)
    other = factories.customer(owner=owner)
    with pytest.raises(PermissionDenied):
        contacts.create_many(rows=[NewContact(account.pk, {"name": "a"})], by=outsider, change_set=change_set)
    for last in (NewContact(other.pk, {"name": "b"}, reports_to=0), NewContact(account.pk, {"name": ""})):
        with pytest.raises(ValidationError):
            contacts.create_many(rows=[NewContact(account.pk, {"name": "a"}), last], by=owner, change_set=change_set)
    assert not Contact.objects.exists()
