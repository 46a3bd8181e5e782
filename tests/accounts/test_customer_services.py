"""Creating and changing one customer."""

from collections.abc import Sequence

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.errors import CodeTakenError, EditConflictError
from accounts.models import Customer
from accounts.registry import customer_created
from accounts.services import customers
from accounts.services.customers import NewCustomer
from tests import factories
from users.models import Change, Department, User
from users.services import changes


def test_an_account_manager_creates_a_customer_of_their_own(owner: User, east: Department) -> None:
    made = customers.create(new=NewCustomer(name="岚屿重工装备股份有限公司"), by=owner)
    assert (made.owner, made.department, made.version) == (owner, east, 1)
    assert made.code.startswith("KH-")
    logged = Change.objects.get()
    assert (logged.object_id, logged.customer_id, logged.change_set.actor) == (made.pk, made.pk, owner)
    assert logged.after is not None
    assert logged.after["name"] == "岚屿重工装备股份有限公司"


def test_a_steward_creates_a_customer_without_owner_in_their_department(steward: User, east: Department) -> None:
    made = customers.create(new=NewCustomer(name="x"), by=steward)
    assert (made.owner, made.department) == (None, east)


def test_nobody_creates_for_an_owner_out_of_reach(owner: User, colleague: User, executive: User) -> None:
    for by, row in [(owner, NewCustomer(name="x", owner_id=colleague.pk)), (executive, NewCustomer(name="x"))]:
        with pytest.raises(PermissionDenied):
            customers.create(new=row, by=by)
    assert not Customer.objects.exists()


@pytest.mark.parametrize("who", ["owner", "steward", "admin_user"])
def test_owner_steward_and_administrator_edit(who: str, account: Customer, request: pytest.FixtureRequest) -> None:
    by: User = request.getfixturevalue(who)
    row = customers.update(customer_id=account.pk, values={"short_name": "菊厂"}, version=1, by=by)
    row.refresh_from_db()
    assert (row.short_name, row.version, row.sort_key) == ("菊厂", 2, "juchang")
    assert list(Customer.objects.matching("jc")) == [row]
    logged = Change.objects.get()
    assert (logged.before, logged.after) == ({"short_name": "华为"}, {"short_name": "菊厂"})


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("manager", PermissionDenied),
        ("controller", PermissionDenied),
        ("executive", PermissionDenied),
        ("colleague", Customer.DoesNotExist),
        ("outsider", Customer.DoesNotExist),
    ],
)
def test_others_change_nothing(
    who: str, error: type[Exception], account: Customer, request: pytest.FixtureRequest
) -> None:
    by: User = request.getfixturevalue(who)
    with pytest.raises(error):
        customers.update(customer_id=account.pk, values={"name": "x"}, version=1, by=by)
    account.refresh_from_db()
    assert account.name == "华为技术有限公司"
    assert not Change.objects.exists()


def test_an_executive_who_also_sells_edits_only_their_own(account: Customer, executive: User) -> None:
    executive.groups.add(factories.user("sales_rep").groups.get())
    own = factories.customer(owner=executive)
    customers.update(customer_id=own.pk, values={"name": "mine"}, version=1, by=executive)
    with pytest.raises(PermissionDenied):
        customers.update(customer_id=account.pk, values={"name": "x"}, version=1, by=executive)


def test_an_edit_that_changes_nothing_leaves_no_trace(account: Customer, owner: User) -> None:
    row = customers.update(customer_id=account.pk, values={"name": " 华为技术有限公司 "}, version=1, by=owner)
    assert row.version == 1
    assert not Change.objects.exists()


def test_two_editors_of_one_record_see_what_each_changed(account: Customer, owner: User, steward: User) -> None:
    theirs = {"address": "临港大道 266 号 3 幢", "note": "same", "former_names": ["岚屿矿山"]}
    customers.update(customer_id=account.pk, values=theirs, version=1, by=steward)
    mine = {
        "address": "临港大道 266 号",
        "note": "same",
        "former_names": [],
        "website": "lanyu.example",
        "name": account.name,
    }
    with pytest.raises(EditConflictError) as conflict:
        customers.update(customer_id=account.pk, values=mine, version=1, by=owner)
    found = conflict.value
    assert (found.version, found.by) == (2, "Steward")
    (clash,) = found.clashes
    assert (clash.name, clash.before, clash.theirs, clash.mine) == (
        "address", "", "临港大道 266 号 3 幢", "临港大道 266 号",
    )  # fmt: skip
    assert {edit.name: (edit.result, edit.by_both, edit.is_mine) for edit in found.merged} == {
        "note": ("same", True, False),
        "former_names": (["岚屿矿山"], False, False),
        "website": ("https://lanyu.example", False, True),
    }
    account.refresh_from_db()
    assert (account.address, account.website) == ("临港大道 266 号 3 幢", "")


def test_a_conflict_tells_what_was_there_before_several_edits(account: Customer, owner: User, steward: User) -> None:
    for version, address in [(1, "first"), (2, "second")]:
        customers.update(customer_id=account.pk, values={"address": address}, version=version, by=steward)
    with pytest.raises(EditConflictError) as conflict:
        customers.update(customer_id=account.pk, values={"address": "mine"}, version=1, by=owner)
    assert [(e.before, e.theirs, e.mine) for e in conflict.value.clashes] == [("", "second", "mine")]


def test_an_edit_of_other_fields_is_saved_on_top(account: Customer, owner: User, steward: User) -> None:
    customers.update(customer_id=account.pk, values={"address": "theirs"}, version=1, by=steward)
    row = customers.update(customer_id=account.pk, values={"note": "mine"}, version=1, by=owner)
    assert (row.address, row.note, row.version) == ("theirs", "mine", 3)


def test_a_code_in_use_is_refused(account: Customer, owner: User) -> None:
    other = factories.customer(owner=owner)
    with pytest.raises(CodeTakenError):
        customers.update(customer_id=other.pk, values={"code": account.code}, version=1, by=owner)
    other.refresh_from_db()
    assert other.version == 1


def test_our_own_departments_stop_counting_in_grading(account: Customer, owner: User) -> None:
    row = customers.update(customer_id=account.pk, values={"kind": "department"}, version=1, by=owner)
    assert row.counts_in_grading is False
    with pytest.raises(ValidationError) as refused:
        customers.update(customer_id=account.pk, values={"counts_in_grading": True}, version=2, by=owner)
    assert set(refused.value.message_dict) == {"counts_in_grading"}


def test_an_old_tax_number_does_not_block_other_edits(account: Customer, owner: User) -> None:
    Customer.objects.filter(pk=account.pk).update(tax_number="NOT A NUMBER")
    values = {"tax_number": "NOT A NUMBER", "note": "new"}
    assert customers.update(customer_id=account.pk, values=values, version=1, by=owner).note == "new"
    with pytest.raises(ValidationError, match="18 characters"):
        customers.update(customer_id=account.pk, values={"tax_number": "123"}, version=2, by=owner)


def test_a_last_write_that_fails_saves_nothing(account: Customer, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the last write")

    monkeypatch.setattr(changes, "record_update", fail)
    with pytest.raises(RuntimeError, match="the last write"):
        customers.update(customer_id=account.pk, values={"name": "x"}, version=1, by=owner)
    account.refresh_from_db()
    assert (account.name, account.version) == ("华为技术有限公司", 1)
    assert not Change.objects.exists()


def test_creation_hooks_get_the_new_id(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Sequence[int]] = []
    monkeypatch.setitem(customer_created._entries, "test", calls.append)
    made = customers.create(new=NewCustomer(name="x"), by=owner)
    assert [list(ids) for ids in calls] == [[made.pk]]
