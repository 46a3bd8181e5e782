"""Taking back imports and bulk edits."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from accounts.constants import LifeCycle
from accounts.models import Contact, Customer, LifeCycleTransition
from accounts.services import contacts, customers, handover, life_cycle
from crm.lib import dates
from jobs import runs
from jobs.services.runs import run_now
from sales.models import CustomerDay, Order, OrderLine, Product
from sales.services import order_steps, returns
from sales.services.order_steps import Step
from sales.services.returns import ReturnLine
from segmentation.models import Standing
from tests import factories
from tests.imports.conftest import HEADER, Bring, line
from users.constants import Action
from users.errors import AlreadyUndone, UndoRefused
from users.models import Change, ChangeSet, Department, User
from users.services import undo

pytestmark = pytest.mark.django_db


def books() -> list[tuple[object, ...]]:
    """Orders and lines as they stand, without versions and stamps."""
    lines = OrderLine.objects.order_by("order__number", "position").values_list(
        "order__number", "order__state", "order__net", "order__base_minor", "order__customer__code", "order__digest",
        "position", "product__code", "description", "quantity", "unit_price", "net", "base_minor", "unit_cost",
        "cost_minor",
    )  # fmt: skip
    return list(lines)


def test_undo_of_an_import_removes_what_it_created(bring: Bring, admin_user: User) -> None:
    kept = factories.customer(code="K9")
    result = bring(HEADER + line("S1") + line("S2", customer="K2") + line("S3", customer="K9"), by=admin_user)
    run_now(runs.request("sales.rollup"))
    assert (Order.objects.count(), Product.objects.count(), CustomerDay.objects.count()) == (3, 1, 3)
    outcome = undo.undo(change_set_id=result["change_set"], by=admin_user)
    assert {part.label: part.removed for part in outcome.parts} == {
        "accounts.customer": 2, "sales.product": 1, "sales.order": 3,
    }  # fmt: skip
    assert [model.objects.count() for model in (Order, OrderLine, Product)] == [0, 0, 0]
    assert list(Customer.objects.all()) == [kept]
    assert not LifeCycleTransition.objects.exclude(customer=kept).exists()
    assert not Standing.objects.exclude(customer=kept).exists()
    run_now(runs.request("sales.rollup"))
    assert not CustomerDay.objects.exists()
    gone = Change.objects.filter(change_set_id=outcome.change_set_id, action=Action.BULK_DELETE)
    assert {change.model: change.rows for change in gone}["sales.order"] == 3
    assert ChangeSet.objects.get(pk=outcome.change_set_id).undoes_id == result["change_set"]


def test_undo_of_an_import_restores_the_orders_it_replaced(bring: Bring, admin_user: User) -> None:
    factories.product(code="P1", standard_cost=Decimal("3.5"))
    bring(HEADER + line("S1") + line("S1", price="11") + line("S2", day="2026-10-01"), by=admin_user)
    run_now(runs.request("sales.rollup"))
    before, days = books(), list(CustomerDay.objects.values_list("day", "revenue_minor").order_by("day"))
    second = bring(
        HEADER + line("S1", price="99", day="2026-11-05", customer="NEW") + line("S2", qty="7", day="2026-10-02"),
        by=admin_user,
    )
    assert books() != before
    run_now(runs.request("sales.rollup"))
    undo.undo(change_set_id=second["change_set"], by=admin_user)
    assert books() == before
    assert not Customer.objects.filter(code="NEW").exists()
    run_now(runs.request("sales.rollup"))
    assert list(CustomerDay.objects.values_list("day", "revenue_minor").order_by("day")) == days
    third = bring(HEADER + line("S1") + line("S1", price="11") + line("S2", day="2026-10-01"), by=admin_user)
    assert (third["updated"], third["unchanged"]) == (0, 2)


def test_undo_of_a_customer_import_restores_values_and_search_keys(bring: Bring, admin_user: User) -> None:
    factories.customer(code="K1", name="Old name", staff_count=7)
    text = "code,name,staff,yearly turnover\nK1,New name,8,12.50\nK2,Second,,\n"
    result = bring(text, kind="customers", by=admin_user)
    row = Customer.objects.get(code="K1")
    assert (row.name, row.staff_count) == ("New name", 8)
    undo.undo(change_set_id=result["change_set"], by=admin_user)
    row = Customer.objects.get()
    assert (row.name, row.staff_count, row.yearly_turnover) == ("Old name", 7, None)
    assert Customer.objects.matching("old name").exists()
    assert not Customer.objects.matching("new name").exists()


def test_undo_is_refused_where_a_row_was_changed_since(bring: Bring, admin_user: User) -> None:
    factories.customer(code="K1", name="Old name", staff_count=7)
    result = bring("code,name,staff\nK1,New name,8\nK2,Second,9\n", kind="customers", by=admin_user)
    row = Customer.objects.get(code="K1")
    customers.update(customer_id=row.pk, values={"staff_count": 10}, version=row.version, by=admin_user)
    with pytest.raises(UndoRefused, match="Customers: changed since") as refused:
        undo.undo(change_set_id=result["change_set"], by=admin_user)
    assert refused.value.reasons[0].rows == 1
    assert refused.value.reasons[0].examples == ["New name"]
    assert Customer.objects.get(code="K1").name == "New name"
    assert Customer.objects.filter(code="K2").exists()
    assert not ChangeSet.objects.filter(undoes__isnull=False).exists()


def test_a_later_change_of_another_field_stays(bring: Bring, admin_user: User) -> None:
    factories.customer(code="K1", name="Old name")
    result = bring("code,name\nK1,New name\n", kind="customers", by=admin_user)
    row = Customer.objects.get(code="K1")
    customers.update(customer_id=row.pk, values={"staff_count": 10}, version=row.version, by=admin_user)
    undo.undo(change_set_id=result["change_set"], by=admin_user)
    row.refresh_from_db()
    assert (row.name, row.staff_count) == ("Old name", 10)


def test_an_unlogged_change_of_the_row_is_noticed_too(bring: Bring, admin_user: User) -> None:
    factories.customer(code="K1", name="Old name")
    result = bring("code,name\nK1,New name\n", kind="customers", by=admin_user)
    Customer.objects.filter(code="K1").update(name="By hand in SQL")
    with pytest.raises(UndoRefused, match="changed since"):
        undo.undo(change_set_id=result["change_set"], by=admin_user)


def test_undo_is_refused_while_orders_hang_on_a_created_customer(bring: Bring, admin_user: User) -> None:
    result = bring("code,name\nK1,One\nK2,Two\n", kind="customers", by=admin_user)
    factories.order(Customer.objects.get(code="K1"))
    with pytest.raises(UndoRefused, match="orders depend on them"):
        undo.undo(change_set_id=result["change_set"], by=admin_user)
    assert Customer.objects.count() == 2


def test_undo_is_refused_while_a_return_hangs_on_a_created_order(bring: Bring, admin_user: User) -> None:
    result = bring(HEADER + line("S1"), by=admin_user)
    order = Order.objects.get()
    returns.create_return(
        original_id=order.pk,
        lines=[ReturnLine(1, Decimal(1))],
        returned_at=dates.start_of_day(dates.today()),
        by=admin_user,
    )
    look = undo.look(change_set_id=result["change_set"], by=admin_user)
    assert any("orders depend on them" in reason.text for reason in look.reasons)
    with pytest.raises(UndoRefused):
        undo.undo(change_set_id=result["change_set"], by=admin_user)


def test_undo_is_refused_while_other_orders_use_a_created_product(bring: Bring, admin_user: User) -> None:
    result = bring("code,name\nP1,Router\n", kind="products", by=admin_user)
    bring(HEADER + line("S1"), by=admin_user)
    with pytest.raises(UndoRefused, match="order lines depend on them"):
        undo.undo(change_set_id=result["change_set"], by=admin_user)


def test_what_was_taken_back_is_no_later_work(bring: Bring, admin_user: User) -> None:
    factories.customer(code="K1", name="First")
    one = bring("code,name\nK1,Second\n", kind="customers", by=admin_user)
    two = bring("code,name\nK1,Third\n", kind="customers", by=admin_user)
    with pytest.raises(UndoRefused):
        undo.undo(change_set_id=one["change_set"], by=admin_user)
    undo.undo(change_set_id=two["change_set"], by=admin_user)
    undo.undo(change_set_id=one["change_set"], by=admin_user)
    assert Customer.objects.get().name == "First"


def test_undo_twice_is_refused_and_so_is_undo_of_undo(bring: Bring, admin_user: User) -> None:
    result = bring("code,name\nK1,One\n", kind="customers", by=admin_user)
    outcome = undo.undo(change_set_id=result["change_set"], by=admin_user)
    with pytest.raises(AlreadyUndone, match="Administrator took this back already"):
        undo.undo(change_set_id=result["change_set"], by=admin_user)
    with pytest.raises(AlreadyUndone):
        undo.undo(change_set_id=outcome.change_set_id, by=admin_user)


def test_undo_is_all_or_nothing(bring: Bring, admin_user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    result = bring(HEADER + line("S1") + line("S2", customer="K2"), by=admin_user)
    before = books()
    monkeypatch.setattr("users.services.undo_steps.changes.record_bulk", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        undo.undo(change_set_id=result["change_set"], by=admin_user)
    assert books() == before


def test_only_who_did_it_or_may_undo_others_takes_it_back(
    account: Customer, owner: User, colleague: User, manager: User, outsider: User
) -> None:
    outcome = life_cycle.move(customer_ids=[account.pk], to=LifeCycle.LOST, reason="Moved", by=owner)
    assert outcome.change_set_id is not None
    for other in (colleague, outsider):
        with pytest.raises(ChangeSet.DoesNotExist):
            undo.undo(change_set_id=outcome.change_set_id, by=other)
    undo.undo(change_set_id=outcome.change_set_id, by=manager)
    account.refresh_from_db()
    assert account.life_cycle == LifeCycle.PROSPECT
    steps = account.transitions.order_by("id").values_list("before", "after", "reason")
    assert list(steps)[-1] == (LifeCycle.LOST, LifeCycle.PROSPECT, "Taken back")


def test_undo_out_of_ones_reach_is_denied_and_changes_nothing(
    account: Customer, manager: User, west: Department, east: Department
) -> None:
    far = factories.user("sales_manager", username="far", department=west)
    outcome = life_cycle.move(customer_ids=[account.pk], to=LifeCycle.LOST, reason="Moved", by=manager)
    assert outcome.change_set_id is not None
    with pytest.raises(ChangeSet.DoesNotExist):
        undo.undo(change_set_id=outcome.change_set_id, by=far)
    assert manager.department is not None
    Customer.objects.filter(pk=account.pk).update(owner=far, department=west)
    with pytest.raises(PermissionDenied):
        undo.undo(change_set_id=outcome.change_set_id, by=manager)
    account.refresh_from_db()
    assert account.life_cycle == LifeCycle.LOST


def test_a_handover_out_of_ones_reach_can_be_taken_back(
    account: Customer, manager: User, owner: User, outsider: User, company: Department
) -> None:
    head = factories.user("sales_manager", username="head", department=company)
    outcome = handover.reassign(customer_ids=[account.pk], owner_id=outsider.pk, department_id=None, by=head)
    assert outcome.change_set_id is not None
    undo.undo(change_set_id=outcome.change_set_id, by=manager)
    account.refresh_from_db()
    assert (account.owner, account.department) == (owner, owner.department)


def test_contacts_created_in_bulk_go_again(account: Customer, owner: User) -> None:
    from users.constants import Cause
    from users.services import changes

    change_set = changes.open_set(by=owner, cause=Cause.IMPORT)
    rows = [contacts.NewContact(account.pk, {"name": f"Person {n}"}) for n in range(3)]
    contacts.create_many(rows=rows, by=owner, change_set=change_set)
    undo.undo(change_set_id=change_set.pk, by=owner)
    assert not Contact.objects.exists()


def test_orders_changed_on_a_page_are_not_taken_back_here(account: Customer, owner: User) -> None:
    order = factories.order(account)
    order_steps.take(order_id=order.pk, version=order.version, step=Step.CANCEL, by=owner)
    change_set = ChangeSet.objects.latest("id")
    with pytest.raises(UndoRefused, match="aren't taken back here"):
        undo.undo(change_set_id=change_set.pk, by=owner)
