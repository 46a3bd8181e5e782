"""The change log: who reads which change, and what it says."""

import datetime as dt
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.utils import timezone, translation

from accounts.models import Customer, Industry
from crm.lib import dates
from crm.lib.requests import request_id
from tests import factories
from users.constants import Action, Cause
from users.models import Change, ChangeSet, Department, User
from users.queries import changes as log
from users.registry import change_scope
from users.services import changes


@pytest.fixture(autouse=True)
def scope(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scope of customers, as their chapter registers it."""

    def visible(user: User) -> Q:
        return Q(customer_id__in=Customer.objects.visible_to(user).values("id"))

    monkeypatch.setattr(change_scope, "_entries", {"customers": visible})


def renamed(customer: Customer, by: User, name: str = "New name", cause: Cause = Cause.PAGE) -> ChangeSet:
    before = changes.snapshot(customer)
    customer.name = name
    customer.save()
    change_set = changes.open_set(by=by, cause=cause, summary="renamed")
    changes.record_update(change_set, customer, before, customer_id=customer.pk)
    return change_set


def subjects(user: User, **filters: Any) -> list[int | None]:
    return [entry.object_id for entry in log.page(user, log.Filters(**filters)).entries]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        *[("owner", True), ("colleague", False), ("manager", True), ("steward", True), ("outsider", False)],
        *[("controller", True), ("agent", False), ("executive", True), ("admin_user", True)],
    ],
)
def test_changes_of_a_customer_are_read_in_its_scope(
    who: str, sees: bool, account: Customer, owner: User, request: pytest.FixtureRequest
) -> None:
    renamed(account, owner)
    user = request.getfixturevalue(who)
    assert subjects(user) == ([account.pk] if sees else [])
    assert bool(log.changes_of(user, account)) is sees
    assert bool(log.changes_of_customer(user, account.pk)) is sees


def test_asking_for_the_number_of_a_customer_out_of_scope_finds_nothing(
    client: Client, account: Customer, west: Department
) -> None:
    renamed(account, account.owner)
    client.force_login(factories.user("sales_manager", department=west))
    page = client.get("/settings/changes/", {"customer": account.pk}).content.decode()
    assert "No change matches these filters" in page
    assert "New name" not in page


def test_without_a_scope_nobody_reads_changes_of_customers(
    account: Customer, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_scope, "_entries", {})
    renamed(account, admin_user)
    assert subjects(admin_user) == []


def test_changes_of_users_ask_for_the_right_to_see_users(admin_user: User, manager: User, executive: User) -> None:
    change_set = changes.open_set(by=manager, cause=Cause.PAGE)
    changes.record_create(change_set, manager)
    assert subjects(admin_user) == [manager.pk]
    assert subjects(manager) == []  # not even what they did themselves
    assert subjects(executive) == []


def test_what_concerns_no_customer_is_read_by_its_author_and_the_whole_companys_roles(
    admin_user: User, manager: User, steward: User
) -> None:
    industry = Industry.objects.create(code="X", name_en="X", name_zh="X")
    changes.record_create(changes.open_set(by=manager, cause=Cause.IMPORT), industry)
    assert subjects(manager) == [industry.pk]
    assert subjects(admin_user) == [industry.pk]
    assert subjects(steward) == []


def test_filters_choose_by_author_door_model_customer_and_day(
    client: Client, account: Customer, owner: User, manager: User
) -> None:
    other = factories.customer(department=manager.department)
    renamed(account, owner)
    renamed(other, manager, cause=Cause.API)
    old = renamed(other, manager, name="Older")
    ChangeSet.objects.filter(pk=old.pk).update(at=dates.start_of_day(dates.today()).replace(year=2020))
    today = dates.today()
    assert subjects(manager, who="Owner") == [account.pk]
    assert subjects(manager, who="owner") == [account.pk]
    assert subjects(manager, cause="api") == [other.pk]
    assert subjects(manager, model="sales.order") == []
    assert subjects(manager, customer_id=account.pk) == [account.pk]
    assert subjects(manager, first=today, last=today) == [other.pk, account.pk]
    assert subjects(manager, last=today.replace(year=2021)) == [other.pk]


def test_a_change_is_worded_with_labels_and_names(
    account: Customer, owner: User, manager: User, west: Department
) -> None:
    hidden = factories.customer(name="Secret parent")
    seen = factories.customer(name="Seen parent", department=manager.department)
    before = changes.snapshot(account)
    account.kind, account.owner, account.department, account.parent = "retailer", manager, west, hidden
    account.counts_in_grading, account.yearly_turnover = False, "1000"
    account.save()
    change_set = changes.open_set(by=owner, cause=Cause.PAGE)
    changes.record_update(change_set, account, before | {"parent_id": seen.pk}, customer_id=account.pk)
    with translation.override("en"):
        # The manager's department lost the customer; the words are asked for by one who reads both.
        words = {one.label: (one.before, one.after) for one in log.entries(Change.objects.all(), manager)[0].fields}
    assert words["Kind"] == ("End user", "Retailer")
    assert words["Owner"] == ("Owner", "Manager")
    assert words["Department"] == ("East", "West")
    assert words["Counts in grading and credit"] == ("yes", "no")
    assert words["Yearly turnover"] == ("(empty)", "1000.00")
    assert words["Parent company"][0] == "Seen parent"
    assert "Secret" not in str(words["Parent company"][1])
    assert "not visible to you" in str(words["Parent company"][1])


def test_the_same_value_spelled_otherwise_is_no_change(account: Customer, owner: User) -> None:
    account.yearly_turnover = "1000.00"
    account.save()
    account.refresh_from_db()
    before = changes.snapshot(account)
    account.yearly_turnover = 1000  # type: ignore[assignment]
    assert changes.record_update(changes.open_set(by=owner, cause=Cause.PAGE), account, before) is None


def test_nothing_secret_or_derived_stands_in_a_snapshot(account: Customer, owner: User) -> None:
    assert {"password", "last_login", "version"}.isdisjoint(changes.snapshot(owner))
    assert {"search_text", "search_grams", "sort_key", "updated_at"}.isdisjoint(changes.snapshot(account))


def test_creating_deleting_and_bulk_are_logged(account: Customer, owner: User) -> None:
    contact = factories.contact(account, name="Bai")
    change_set = changes.open_set(by=owner, cause=Cause.IMPORT, summary="x" * 300)
    assert len(change_set.summary) == 200
    assert changes.record_create(change_set, contact, customer_id=account.pk).after["name"] == "Bai"
    assert changes.record_delete(change_set, contact, customer_id=account.pk).before["name"] == "Bai"
    changes.record_bulk(change_set, Customer, [7, 5, 6, 9])
    ranges = Change.objects.filter(action=Action.BULK_CREATE).values_list("first_id", "last_id", "rows")
    assert list(ranges) == [(5, 7, 3), (9, 9, 1)]
    assert changes.record_bulk(change_set, Customer, []) is None
    before = changes.snapshot(contact)
    contact.name = "Bai Chengjing"
    unchanged = factories.contact(account)
    pairs = [(contact, before, account.pk), (unchanged, changes.snapshot(unchanged), account.pk)]
    assert changes.record_updates(change_set, pairs) == 1
    assert Change.objects.filter(action=Action.UPDATE).get().after == {"name": "Bai Chengjing"}


def test_pages_follow_each_other_both_ways(client: Client, account: Customer, manager: User) -> None:
    for number in range(120):
        renamed(account, manager, name=f"Name {number}")
    first = log.page(manager, log.Filters())
    second = log.page(manager, log.Filters(), older_than=first.next)
    third = log.page(manager, log.Filters(), older_than=second.next)
    assert [len(page.entries) for page in (first, second, third)] == [50, 50, 20]
    assert (first.previous, third.next) == (None, None)
    back = log.page(manager, log.Filters(), newer_than=second.previous)
    assert [entry.id for entry in back.entries] == [entry.id for entry in first.entries]
    assert (first.count, back.previous) == (120, None)
    client.force_login(manager)
    page = client.get("/settings/changes/", {"before": first.next, "who": "Manager"})
    assert page.context["page"].entries[0].id == second.entries[0].id
    assert f"before={second.next}" in page.content.decode()
    assert "who=Manager" in page.content.decode()


def test_the_page_costs_the_same_for_many_changes(
    client: Client, account: Customer, manager: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        renamed(account, manager, name=f"Name {number}")
    client.force_login(manager)
    with django_assert_max_num_queries(12):
        client.get("/settings/changes/")


def test_nonsense_in_the_address_is_answered(client: Client, manager: User) -> None:
    client.force_login(manager)
    for query in (
        "before=x",
        "before=99999999999999999999",
        "customer=x",
        "first=2026-02-30",
        "model=no.such",
        "door=x",
    ):
        assert client.get(f"/settings/changes/?{query}").status_code == 200


def test_a_script_in_a_name_is_shown_as_text(client: Client, account: Customer, manager: User) -> None:
    renamed(account, manager, name="<script>alert(1)</script>")
    client.force_login(manager)
    assert "<script>alert(1)" not in client.get("/settings/changes/").content.decode()


def test_the_history_of_a_row_that_is_gone_keeps_its_name(admin_user: User) -> None:
    product = factories.product(name="Gone valve")
    change_set = changes.open_set(by=None, cause=Cause.RUN, run_id=7)
    changes.record_delete(change_set, product)
    product.delete()
    entry = log.page(admin_user, log.Filters()).entries[0]
    assert (entry.subject, entry.who, entry.run_id) == ("Gone valve", "the system", 7)


def test_the_log_is_searched_by_text_and_by_request(account: Customer, owner: User, manager: User) -> None:
    renamed(account, owner, "Acme Valves")
    request_id.set("req-1")
    try:
        renamed(account, owner, "Something else")
    finally:
        request_id.set("")
    assert len(subjects(manager, text="acme valves")) == 2  # what it became, and what it was
    assert subjects(manager, text="nobody wrote this") == []
    assert len(subjects(manager, request="req-1")) == 1
    ChangeSet.objects.update(at=timezone.now() - dt.timedelta(days=200))
    assert subjects(manager, text="acme valves") == []
    assert len(subjects(manager, text="acme valves", first=dates.today() - dt.timedelta(days=300))) == 2


def test_a_text_out_of_scope_is_not_found(account: Customer, owner: User, west: Department) -> None:
    renamed(account, owner, "Acme Valves")
    assert subjects(factories.user("sales_manager", department=west), text="acme") == []
