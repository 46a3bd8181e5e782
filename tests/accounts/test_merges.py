"""Merging two customers: fields, children, redirect, undo, and who may."""

import threading
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test import Client
from django.urls import reverse

from accounts import events
from accounts.constants import LifeCycle
from accounts.core.merging import Pick, default_picks, merged
from accounts.errors import AlreadyMerged, CodeTakenError, MergeRefused
from accounts.models import Contact, Customer, CustomerRedirect, LifeCycleTransition, Merge, TeamMember
from accounts.queries import merges as queries
from accounts.queries import redirects
from accounts.registry import Follow, customer_references
from accounts.services import customers, life_cycle, merges
from accounts.services.customers import NewCustomer
from crm.lib import dates
from jobs.models import OutboxEvent, Subscription, Task
from sales.models import CustomerDay, Order, RollupMark
from sales.services import rollup
from segmentation.models import Override, Standing
from segmentation.services import standings
from tests import factories
from users.models import Change, Department, User
from users.queries import changes as log
from users.services import approvals

pytestmark = pytest.mark.django_db


@pytest.fixture
def twin(owner: User, east: Department) -> Customer:
    """A second record of the same organisation, of the same owner."""
    return factories.customer(
        code="KH-000002",
        name="华为技术股份有限公司",
        owner=owner,
        department=east,
        website="https://www.huawei.com",
        note="Second record",
        staff_count=12,
    )


def request(survivor: Customer, loser: Customer, **picks: str) -> merges.Request:
    survivor.refresh_from_db()
    loser.refresh_from_db()
    defaults = default_picks(merges.values_of(survivor), merges.values_of(loser))
    chosen = defaults | {name: Pick(pick) for name, pick in picks.items()}
    return merges.Request(survivor.pk, loser.pk, chosen, survivor.version, loser.version)


def merge(survivor: Customer, loser: Customer, by: User, **picks: str) -> Merge:
    return merges.merge(request=request(survivor, loser, **picks), by=by)


def everything() -> dict[str, Any]:
    """All rows that a merge and its undoing leave as they were."""
    tables = {"accounts_contact": "updated_at", "sales_order": "updated_at", "segmentation_standing": "",
              "segmentation_override": "", "segmentation_tierhistory": "", "jobs_task": "", "jobs_message": "",
              "accounts_teammember": "", "accounts_accessgrant": "", "accounts_lifecycletransition": ""}  # fmt: skip
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table, moment in tables.items():
            cursor.execute(f"SELECT to_jsonb(t) {f'- {moment!r}' if moment else ''} FROM {table} t ORDER BY 1")
            found[table] = cursor.fetchall()
        cursor.execute("SELECT to_jsonb(c) - 'version' - 'updated_at' FROM accounts_customer c ORDER BY id")
        found["accounts_customer"] = cursor.fetchall()
    return found


# ── Fields ──────────────────────────────────────────────────────────────────


def test_the_default_is_the_survivors_value_and_the_losers_where_it_has_none() -> None:
    ours = {"name": "A", "website": "", "staff_count": None, "founded_year": 0, "former_names": ["B"], "note": "x"}
    theirs = {"name": "C", "website": "w", "staff_count": 5, "founded_year": 1990, "former_names": ["D"], "note": ""}
    picks = default_picks(ours, theirs)
    assert picks == {
        "name": "survivor", "website": "loser", "staff_count": "loser", "founded_year": "survivor",
        "former_names": "both", "note": "survivor",
    }  # fmt: skip
    assert merged(ours, theirs, picks) == {
        "name": "A", "website": "w", "staff_count": 5, "founded_year": 0, "former_names": ["B", "D", "C"], "note": "x",
    }  # fmt: skip


def test_the_survivor_takes_the_chosen_fields_and_the_other_name_as_a_former_one(
    account: Customer, twin: Customer, owner: User
) -> None:
    merge(account, twin, owner, name="loser", note="both")
    account.refresh_from_db()
    assert account.name == "华为技术股份有限公司"
    assert account.former_names == ["华为技术有限公司"]
    assert (account.website, account.staff_count, account.note) == ("https://www.huawei.com", 12, "Second record")
    assert account.code == "KH-000001"
    assert "股份" in account.search_text, "it is found by its new name"
    assert not Customer.objects.filter(pk=twin.pk).exists()


def test_the_survivor_may_take_the_losers_code_and_both_codes_lead_to_it(
    account: Customer, twin: Customer, owner: User
) -> None:
    merge(account, twin, owner, code="loser")
    account.refresh_from_db()
    assert account.code == "KH-000002"
    assert redirects.survivors_of_codes(["KH-000001", "KH-000002"]) == {"KH-000001": account.pk}
    assert redirects.survivors([twin.pk]) == {twin.pk: account.pk}


def test_the_code_of_a_merged_record_is_given_to_nobody_else(account: Customer, twin: Customer, owner: User) -> None:
    merge(account, twin, owner)
    with pytest.raises(CodeTakenError):
        customers.create(new=NewCustomer(name="New", code="KH-000002"), by=owner)
    other = factories.customer(owner=owner, department=owner.department)
    with pytest.raises(CodeTakenError):
        customers.update(customer_id=other.pk, values={"code": "KH-000002"}, version=1, by=owner)


def test_a_protected_record_stays_protected(account: Customer, twin: Customer, owner: User) -> None:
    Customer.objects.filter(pk=twin.pk).update(is_protected=True)
    row = merge(account, twin, owner)
    account.refresh_from_db()
    assert account.is_protected
    merges.undo(merge_id=row.pk, by=owner)
    account.refresh_from_db()
    assert not account.is_protected


# ── Children ────────────────────────────────────────────────────────────────


def test_all_children_move_and_the_totals_follow(account: Customer, twin: Customer, owner: User) -> None:
    day = dates.today()
    contact = factories.contact(twin, name="Li")
    factories.contact(account, name="Wang")
    orders = [factories.order(of, "100.00", on=day) for of in (account, twin, twin)]
    daughter = factories.customer(parent=twin)
    task = Task.objects.create(kind="x", occasion="1", assignee=owner, customer_id=twin.pk)
    RollupMark.objects.bulk_create(RollupMark(customer_id=pk, day=day) for pk in (account.pk, twin.pk))
    rollup.catch_up()
    row = merge(account, twin, owner)
    assert set(Contact.objects.filter(customer=account).values_list("name", flat=True)) == {"Li", "Wang"}
    assert Contact.objects.get(pk=contact.pk).customer_id == account.pk
    assert set(Order.objects.filter(customer=account)) == set(orders)
    daughter.refresh_from_db()
    task.refresh_from_db()
    assert daughter.parent_id == account.pk
    assert task.customer_id == account.pk
    rollup.catch_up()
    assert list(CustomerDay.objects.values_list("customer_id", "orders", "revenue_minor")) == [(account.pk, 3, 30000)]
    moved = {one.label: one.count for one in queries.moved_by(row)}
    assert moved["contacts"] == 1
    assert moved["orders"] == 2
    merges.undo(merge_id=row.pk, by=owner)
    rollup.catch_up()
    assert list(CustomerDay.objects.order_by("customer_id").values_list("customer_id", "orders")) == [
        (account.pk, 1), (twin.pk, 2)
    ]  # fmt: skip


def test_the_losers_standing_goes_and_its_live_override_gives_way(
    account: Customer, twin: Customer, manager: User, owner: User
) -> None:
    standings.make_for([account.pk, twin.pk])
    for of, grade in ((account, "A"), (twin, "B")):
        Override.objects.create(customer=of, grade=grade, reason="r", until=dates.today(), by=manager)
    ended = Override.objects.create(
        customer=twin, grade="C", reason="old", until=dates.today(), by=manager, ended_on=dates.today()
    )
    merge(account, twin, owner)
    assert [row.pk for row in Standing.objects.all()] == [account.pk]
    assert set(Override.objects.filter(customer=account).values_list("grade", flat=True)) == {"A", "C"}
    ended.refresh_from_db()
    assert ended.customer_id == account.pk


def test_every_column_that_names_a_customer_is_in_the_registry_and_every_entry_fits_its_model() -> None:
    ours = [model for model in apps.get_models() if model._meta.app_label in OURS]
    named = {
        f"{model._meta.label_lower}.{field.attname}"
        for model in ours
        for field in model._meta.concrete_fields
        if field.related_model is Customer or field.attname in {"customer_id", "old_customer_id"}
    }
    known = set(customer_references.keys())
    assert named - known == set(), "add it to the app's references.py: a merge must know what to do with it"
    for reference in customer_references:
        model = apps.get_model(reference.model)
        field = next(field for field in model._meta.concrete_fields if field.attname == reference.column)
        assert field.column == reference.column
        relation = field.related_model is Customer
        if reference.follow is Follow.STAY:
            assert not relation or not field.db_constraint, f"{reference.key}: the database wouldn't let it stay"
        if reference.follow is Follow.MOVE:
            kind = model._meta.pk.get_internal_type()
            assert kind in {"BigAutoField", "BigIntegerField", "AutoField"}, f"{reference.key}: ids can't be kept"
    for model in ours:
        assert not [field for field in model._meta.many_to_many if field.related_model is Customer]


OURS = {"users", "jobs", "accounts", "sales", "segmentation", "dashboards"}


def test_a_row_that_names_the_loser_and_is_in_no_registry_stops_the_merge(
    account: Customer, twin: Customer, owner: User
) -> None:
    factories.order(twin)
    known = {key: entry for key, entry in customer_references._entries.items() if key != "sales.order.customer_id"}
    with (
        mock.patch.object(customer_references, "_entries", known),
        transaction.atomic(),
        pytest.raises(IntegrityError, match="sales_order"),
    ):
        merge(account, twin, owner)
    assert Customer.objects.filter(pk=twin.pk).exists()
    assert not Merge.objects.exists()


# ── The tree of a group ─────────────────────────────────────────────────────


def test_merging_a_parent_into_its_daughter_lifts_the_daughter(account: Customer, twin: Customer, owner: User) -> None:
    head = factories.customer()
    Customer.objects.filter(pk=twin.pk).update(parent=head)
    middle = factories.customer(parent=twin)
    Customer.objects.filter(pk=account.pk).update(parent=middle)
    row = merge(account, twin, owner)
    account.refresh_from_db()
    middle.refresh_from_db()
    assert (account.parent_id, middle.parent_id) == (head.pk, account.pk)
    merges.undo(merge_id=row.pk, by=owner)
    for one, parent in ((twin, head), (middle, twin), (account, middle)):
        one.refresh_from_db()
        assert one.parent_id == parent.pk


def test_an_undo_that_would_close_a_circle_is_refused(account: Customer, twin: Customer, owner: User) -> None:
    head = factories.customer()
    daughter = factories.customer(parent=twin)
    Customer.objects.filter(pk=twin.pk).update(parent=head)
    row = merge(account, twin, owner)
    # Meanwhile somebody put the old head below what was the daughter.
    Customer.objects.filter(pk=account.pk).update(parent=None)
    Customer.objects.filter(pk=head.pk).update(parent=daughter)
    with pytest.raises(MergeRefused, match="lies below"):
        merges.undo(merge_id=row.pk, by=owner)
    assert not Customer.objects.filter(pk=twin.pk).exists()


# ── Log, event ──────────────────────────────────────────────────────────────


def test_the_change_log_tells_of_the_merge_and_keeps_the_losers_history_readable(
    account: Customer, twin: Customer, owner: User, outsider: User
) -> None:
    customers.update(customer_id=twin.pk, values={"short_name": "老名字"}, version=1, by=owner)
    row = merge(account, twin, owner)
    actions = set(Change.objects.filter(change_set=row.change_set).values_list("action", "model"))
    assert {("update", "accounts.customer"), ("delete", "accounts.customer")} <= actions
    former = redirects.former_ids(account.pk)
    assert former == [twin.pk]
    assert log.visible_to(owner).filter(customer_id=twin.pk).exists()
    assert not log.visible_to(outsider).filter(customer_id=twin.pk).exists()


def test_other_systems_are_told(account: Customer, twin: Customer, owner: User) -> None:
    Subscription.objects.create(kinds=[events.MERGED], target="https://erp.example/hook", subscriber=owner)
    merge(account, twin, owner)
    event = OutboxEvent.objects.get(kind=events.MERGED)
    assert event.customer_id == account.pk
    assert event.payload["merged_code"] == "KH-000002"


# ── Undo ────────────────────────────────────────────────────────────────────


def test_an_undo_restores_both_records_and_everything_they_had(
    account: Customer, twin: Customer, manager: User, owner: User
) -> None:
    standings.make_for([account.pk, twin.pk])
    factories.contact(twin, name="Li")
    factories.order(twin, "1.00")
    factories.order(account, "2.00")
    factories.customer(parent=twin)
    Override.objects.create(customer=account, grade="A", reason="r", until=dates.today(), by=manager)
    Override.objects.create(customer=twin, grade="B", reason="r", until=dates.today(), by=manager)
    Customer.objects.filter(pk=twin.pk).update(yearly_turnover="1234567890123456.78")
    before = everything()
    row = merge(account, twin, owner, name="loser", code="loser", note="both", yearly_turnover="loser")
    assert everything() != before
    merges.undo(merge_id=row.pk, by=owner)
    assert everything() == before
    row.refresh_from_db()
    assert row.undone_by == owner
    assert not CustomerRedirect.objects.exists()


def test_an_undo_keeps_what_somebody_changed_or_added_since(account: Customer, twin: Customer, owner: User) -> None:
    moved = factories.order(twin)
    row = merge(account, twin, owner)
    account.refresh_from_db()
    assert account.staff_count == 12
    customers.update(customer_id=account.pk, values={"staff_count": 99}, version=account.version, by=owner)
    added = factories.order(account)
    merges.undo(merge_id=row.pk, by=owner)
    account.refresh_from_db()
    moved.refresh_from_db()
    added.refresh_from_db()
    assert (account.staff_count, account.website) == (99, "")
    assert (moved.customer_id, added.customer_id) == (twin.pk, account.pk)


def test_an_undone_merge_is_not_undone_again(account: Customer, twin: Customer, owner: User) -> None:
    row = merge(account, twin, owner)
    merges.undo(merge_id=row.pk, by=owner)
    with pytest.raises(MergeRefused, match="undone already"):
        merges.undo(merge_id=row.pk, by=owner)


def test_a_chain_of_merges_leads_to_the_last_and_is_undone_from_its_end(
    account: Customer, twin: Customer, owner: User
) -> None:
    third = factories.customer(owner=owner, department=owner.department)
    first = merge(account, twin, owner)
    second = merge(third, account, owner)
    assert redirects.survivors([twin.pk, account.pk]) == {twin.pk: third.pk, account.pk: third.pk}
    with pytest.raises(MergeRefused, match="Undo that merge first"):
        merges.undo(merge_id=first.pk, by=owner)
    merges.undo(merge_id=second.pk, by=owner)
    assert redirects.survivors([twin.pk, account.pk]) == {twin.pk: account.pk}
    merges.undo(merge_id=first.pk, by=owner)
    assert redirects.survivors([twin.pk, account.pk]) == {}
    assert Customer.objects.count() == 3


def test_the_stage_of_the_survivor_is_dated(account: Customer, twin: Customer, owner: User) -> None:
    life_cycle.move(customer_ids=[twin.pk], to=LifeCycle.ACTIVE, reason="", by=owner)
    row = merge(account, twin, owner, life_cycle="loser")
    account.refresh_from_db()
    step = LifeCycleTransition.objects.filter(customer=account).latest("id")
    assert (account.life_cycle, step.before, step.after) == ("active", "prospect", "active")
    assert step.reason == "Merged with KH-000002"
    merges.undo(merge_id=row.pk, by=owner)
    account.refresh_from_db()
    assert account.life_cycle == "prospect"


# ── Who may ─────────────────────────────────────────────────────────────────


def test_records_of_different_owners_need_the_managers_approval(
    account: Customer, colleague: User, owner: User, manager: User, east: Department
) -> None:
    theirs = factories.customer(owner=colleague, department=east, name="华为技术")
    TeamMember.objects.create(customer=theirs, user=owner, role="service", starts_on=dates.today())
    wanted = request(account, theirs)
    with pytest.raises(PermissionDenied):
        merges.merge(request=wanted, by=owner)
    asked = merges.ask(request=wanted, by=owner, reason="One company")
    assert Customer.objects.filter(pk=theirs.pk).exists()
    with pytest.raises(MergeRefused, match="already asked"):
        merges.ask(request=wanted, by=owner, reason="again")
    approvals.decide(approval_id=asked.pk, approve=True, by=manager)
    assert not Customer.objects.filter(pk=theirs.pk).exists()
    assert redirects.survivor_of(owner, theirs.pk) == account.pk


def test_an_approved_merge_of_records_that_changed_meanwhile_is_not_carried_out(
    account: Customer, colleague: User, owner: User, manager: User, east: Department
) -> None:
    theirs = factories.customer(owner=colleague, department=east)
    TeamMember.objects.create(customer=theirs, user=owner, role="service", starts_on=dates.today())
    asked = merges.ask(request=request(account, theirs), by=owner, reason="One company")
    customers.update(customer_id=account.pk, values={"staff_count": 5}, version=1, by=owner)
    left = approvals.decide(approval_id=asked.pk, approve=True, by=manager)
    assert left.is_open
    assert "changed meanwhile" in left.blocked
    assert Customer.objects.filter(pk=theirs.pk).exists()


def test_a_manager_of_both_owners_merges_without_asking(
    account: Customer, colleague: User, manager: User, east: Department
) -> None:
    theirs = factories.customer(owner=colleague, department=east)
    merge(account, theirs, manager)
    assert not Customer.objects.filter(pk=theirs.pk).exists()


def test_nobody_merges_what_they_do_not_see(account: Customer, outsider: User, twin: Customer) -> None:
    with pytest.raises(Customer.DoesNotExist):
        merge(account, twin, outsider)
    mine = factories.customer(owner=outsider, department=outsider.department)
    with pytest.raises(Customer.DoesNotExist):
        merge(mine, account, outsider)
    assert Customer.objects.filter(pk=account.pk).exists()


def test_a_reader_of_both_may_not_merge_them(
    account: Customer, twin: Customer, executive: User, client: Client
) -> None:
    with pytest.raises(PermissionDenied):
        merge(account, twin, executive)
    client.force_login(executive)
    assert client.get(reverse("accounts:merge_edit", args=[account.pk, twin.pk])).status_code == 403


def test_a_record_is_not_merged_with_itself(account: Customer, owner: User) -> None:
    wanted = merges.Request(account.pk, account.pk, {}, 1, 1)
    with pytest.raises((MergeRefused, Customer.DoesNotExist)):
        merges.merge(request=wanted, by=owner)


def test_what_was_looked_at_and_changed_since_is_not_merged(account: Customer, twin: Customer, owner: User) -> None:
    wanted = request(account, twin)
    customers.update(customer_id=twin.pk, values={"staff_count": 13}, version=1, by=owner)
    with pytest.raises(MergeRefused, match="changed meanwhile"):
        merges.merge(request=wanted, by=owner)


def test_a_merge_whose_last_write_fails_leaves_nothing(account: Customer, twin: Customer, owner: User) -> None:
    factories.order(twin)
    before = everything()
    with mock.patch.object(merges.events, "tell_merged", side_effect=RuntimeError), pytest.raises(RuntimeError):
        merge(account, twin, owner)
    assert everything() == before
    assert not Merge.objects.exists()


# ── At once ─────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("opposite", [False, True], ids=["the same way", "each into the other"])
def test_of_two_who_merge_a_pair_at_once_one_wins(
    opposite: bool, owner: User, account: Customer, twin: Customer
) -> None:
    factories.order(account)
    factories.order(twin)
    wanted = [request(account, twin), request(twin, account) if opposite else request(account, twin)]
    outcomes: list[Any] = []
    gate = threading.Barrier(2)

    def attempt(one: merges.Request) -> None:
        try:
            by = User.objects.get(pk=owner.pk)
            gate.wait(timeout=10)
            outcomes.append(merges.merge(request=one, by=by))
        except (AlreadyMerged, MergeRefused, DatabaseError) as error:
            outcomes.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=attempt, args=[one]) for one in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyMerged", "Merge"]
    (lost,) = (outcome for outcome in outcomes if isinstance(outcome, AlreadyMerged))
    assert "Owner already merged" in str(lost)
    (left,) = Customer.objects.all()
    assert lost.survivor_id == left.pk
    assert Order.objects.filter(customer=left).count() == 2


# ── Pages ───────────────────────────────────────────────────────────────────


def test_the_page_shows_both_and_merges_what_was_chosen(
    account: Customer, twin: Customer, owner: User, client: Client
) -> None:
    factories.contact(twin)
    client.force_login(owner)
    path = reverse("accounts:merge_edit", args=[account.pk, twin.pk])
    text = client.get(path).content.decode()
    assert "华为技术股份有限公司" in text
    assert "Same name, apart from the company form" in text
    answer = client.post(
        path, {"survivor_version": 1, "loser_version": 1, "pick-name": "loser", "pick-website": "loser"}
    )
    row = Merge.objects.get()
    assert answer["Location"] == reverse("accounts:merge_detail", args=[row.pk])
    account.refresh_from_db()
    assert (account.name, account.website, account.staff_count) == (
        "华为技术股份有限公司", "https://www.huawei.com", None
    )  # fmt: skip
    assert "went into" in client.get(answer["Location"]).content.decode()
    assert twin.code in client.get(reverse("accounts:merge_list")).content.decode()
    assert client.post(reverse("accounts:merge_undo", args=[row.pk])).status_code == 302
    assert Customer.objects.filter(pk=twin.pk).exists()


def test_old_addresses_lead_to_the_survivor_for_those_who_see_it(
    account: Customer, twin: Customer, owner: User, outsider: User, client: Client
) -> None:
    merge(account, twin, owner)
    client.force_login(owner)
    for name in ("accounts:customer_detail", "accounts:customer_edit", "accounts:customer_peek"):
        answer = client.get(reverse(name, args=[twin.pk]) + "?figures=group")
        assert answer.status_code == 302
        assert answer["Location"] == reverse(name, args=[account.pk]) + "?figures=group"
    assert client.post(reverse("accounts:customer_edit", args=[twin.pk]), {}).status_code == 404
    client.force_login(outsider)
    assert client.get(reverse("accounts:customer_detail", args=[twin.pk])).status_code == 404


def test_a_refused_merge_says_why_and_changes_nothing(
    account: Customer, twin: Customer, owner: User, client: Client
) -> None:
    client.force_login(owner)
    answer = client.post(reverse("accounts:merge_edit", args=[account.pk, twin.pk]), {"survivor_version": 7})
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.content.decode()
    assert not Merge.objects.exists()
