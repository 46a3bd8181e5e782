"""Creating customers by the thousand, as imports do."""

import datetime as dt
from collections.abc import Sequence

import pytest
from django.core.exceptions import PermissionDenied

from accounts.errors import CodeTakenError, RowsRefusedError
from accounts.models import Customer, LifeCycleTransition
from accounts.registry import customer_created
from accounts.services.customers import NewCustomer, create_many
from crm.lib import dates
from users.constants import Action, Cause
from users.models import Change, ChangeSet, User
from users.services import changes


@pytest.fixture
def change_set(db: None) -> ChangeSet:
    return changes.open_set(by=None, cause=Cause.IMPORT)


def test_customers_get_ids_keys_first_steps_and_one_log_row(change_set: ChangeSet) -> None:
    ids = create_many(
        rows=[
            NewCustomer(
                name="华为技术有限公司", short_name="华为", code="H1", former_names=["深圳\t华为", 'a"b\\c,{}']
            ),
            NewCustomer(name="<script>alert(1)</script>", code="H2", note="two\nlines\\N"),
        ],
        by=None,
        change_set=change_set,
    )
    assert list(ids) == ["H1", "H2"]
    huawei, script = Customer.objects.order_by("code")
    assert (huawei.pk, script.pk) == tuple(ids.values())
    assert huawei.former_names == ["深圳 华为", 'a"b\\c,{}']
    assert script.note == "two\nlines\\N"
    assert list(Customer.objects.matching("hw")) == [huawei]
    assert huawei.sort_key == "huawei"
    assert LifeCycleTransition.objects.filter(customer=huawei, before="", after="prospect").exists()
    logged = Change.objects.get(change_set=change_set)
    assert (logged.action, logged.first_id, logged.last_id, logged.rows) == (
        Action.BULK_CREATE, huawei.pk, script.pk, 2,
    )  # fmt: skip


def test_a_bulk_row_equals_a_saved_one(change_set: ChangeSet) -> None:
    create_many(rows=[NewCustomer(name="长沙 A股份", code="X")], by=None, change_set=change_set)
    made = Customer.objects.get()
    keys = (made.search_text, made.search_grams, made.sort_key)
    made.save()
    assert keys == (made.search_text, made.search_grams, made.sort_key)


def test_customers_without_a_code_get_different_ones_that_nobody_has(change_set: ChangeSet) -> None:
    first = create_many(rows=[NewCustomer(name="a")] * 3, by=None, change_set=change_set)
    number = int(max(first).removeprefix("KH-"))
    create_many(rows=[NewCustomer(name="typed", code=f"KH-{number + 2:06}")], by=None, change_set=change_set)
    second = create_many(rows=[NewCustomer(name="b")] * 2, by=None, change_set=change_set)
    assert len({*first, *second}) == 5
    assert Customer.objects.count() == 6


def test_the_creation_hooks_run_once_with_all_ids(change_set: ChangeSet, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Sequence[int]] = []
    monkeypatch.setitem(customer_created._entries, "test", calls.append)
    ids = create_many(rows=[NewCustomer(name="a"), NewCustomer(name="b")], by=None, change_set=change_set)
    assert [list(call) for call in calls] == [list(ids.values())]


def test_a_hook_that_fails_leaves_nothing_behind(change_set: ChangeSet, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(ids: Sequence[int]) -> None:
        raise RuntimeError("the last write")

    monkeypatch.setitem(customer_created._entries, "test", fail)
    with pytest.raises(RuntimeError, match="the last write"):
        create_many(rows=[NewCustomer(name="a")], by=None, change_set=change_set)
    assert not Customer.objects.exists()
    assert not Change.objects.exists()
    assert not LifeCycleTransition.objects.exists()


def test_rows_that_break_a_rule_are_named_and_nothing_is_written(change_set: ChangeSet) -> None:
    rows = [
        NewCustomer(name="fine"),
        NewCustomer(name="", code="E1"),
        NewCustomer(name="x" * 201, tax_number="91350100M000100Y44", kind="emperor"),
        NewCustomer(name="nul\x00", counts_in_grading=True, kind="department"),
    ]
    with pytest.raises(RowsRefusedError) as refused:
        create_many(rows=rows, by=None, change_set=change_set)
    errors = {place: set(error.message_dict) for place, error in refused.value.errors.items()}
    assert errors == {1: {"name"}, 2: {"name", "tax_number", "kind"}, 3: {"name", "counts_in_grading"}}
    assert not Customer.objects.exists()


def test_a_code_in_use_or_twice_in_the_batch_is_refused(change_set: ChangeSet, account: Customer) -> None:
    rows = [NewCustomer(name=name, code=code) for name, code in [("a", account.code), ("b", "B"), ("c", "B")]]
    with pytest.raises(CodeTakenError) as refused:
        create_many(rows=rows, by=None, change_set=change_set)
    assert refused.value.codes == ["B", account.code]
    assert Customer.objects.count() == 1


def test_kind_decides_whether_a_customer_counts_in_grading(change_set: ChangeSet) -> None:
    kinds = ["end_user", "retailer", "partner", "distributor", "supplier", "department", "branch"]
    create_many(rows=[NewCustomer(name=kind, code=kind, kind=kind) for kind in kinds], by=None, change_set=change_set)
    counting = Customer.objects.filter(counts_in_grading=True).values_list("kind", flat=True)
    assert set(counting) == {"end_user", "retailer", "partner", "distributor"}


def test_a_batch_takes_only_owners_within_reach(
    change_set: ChangeSet, manager: User, owner: User, outsider: User, agent: User
) -> None:
    create_many(rows=[NewCustomer(name="ours", owner_id=owner.pk)], by=manager, change_set=change_set)
    assert Customer.objects.get().department == owner.department
    for row, by in [(NewCustomer(name="theirs", owner_id=outsider.pk), manager), (NewCustomer(name="any"), agent)]:
        with pytest.raises(PermissionDenied):
            create_many(rows=[row], by=by, change_set=change_set)
    assert Customer.objects.count() == 1


def test_a_relation_older_than_the_record_says_since_when(change_set: ChangeSet) -> None:
    since = dt.date(2011, 5, 1)
    create_many(rows=[NewCustomer(name="a", life_cycle="active")], by=None, change_set=change_set, since=[since])
    assert LifeCycleTransition.objects.get().on == since
    assert Customer.objects.get().created_at == dates.start_of_day(since)
