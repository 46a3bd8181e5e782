"""Contacts, updates by key, empty cells, parents, stages, saved mappings."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Contact, Customer
from jobs.imports.errors import MappingRefused
from jobs.models import Import, SavedMapping
from jobs.services import imports
from jobs.services.runs import run_now
from sales.models import Product
from tests import factories
from tests.imports.conftest import Bring
from users.models import Change, User
from users.services import undo

pytestmark = pytest.mark.django_db

PEOPLE = "客户编码,姓名,职务,手机,邮箱,决策角色,影响力,态度,上级,备注\n"


def counts(result: dict[str, Any]) -> tuple[int, int, int, int]:
    return result["created"], result["updated"], result["unchanged"], result["rejected"]


def test_contacts_are_brought_in_with_their_superiors_and_twice_changes_nothing(
    bring: Bring, account: Customer, owner: User
) -> None:
    text = (
        PEOPLE
        + "KH-000001,李工,工程师,13800000001,li@example.com,user,2,neutral,王总,\n"
        + "KH-000001,王总,总经理,13800000002,wang@example.com,Decision maker,5,supporter,,老客户\n"
        + "NOBODY,张三,,,,,,,,\n"
        + "KH-000001,赵六,,,not-an-address,,9,,,\n"
    )
    result = bring(text, kind="contacts", by=owner)
    assert counts(result) == (2, 0, 0, 2)
    assert "Influence goes from 1 to 5." in result["errors"]
    assert "There is no customer with this code." in result["errors"]
    li, wang = Contact.objects.order_by("id")
    assert (li.reports_to, wang.attitude, wang.influence, wang.note) == (wang, "supporter", 5, "老客户")
    assert Contact.objects.matching("李工").exists()
    assert counts(bring(text, kind="contacts", by=owner)) == (0, 0, 2, 2)
    dry = bring(PEOPLE + "KH-000001,李工,总工,,,,,,,\n", kind="contacts", by=owner, dry_run=True)
    assert counts(dry) == (0, 1, 0, 0)
    undo.undo(change_set_id=result["change_set"], by=owner)
    assert not Contact.objects.exists()


def test_a_contact_is_found_by_its_mobile_number(bring: Bring, account: Customer, owner: User) -> None:
    factories.contact(account, name="Old Name", mobile="138")
    result = bring("customer_code,name,mobile\nKH-000001,New Name,138\n", kind="contacts", by=owner, key="mobile")
    assert counts(result) == (0, 1, 0, 0)
    assert Contact.objects.get().name == "New Name"


def test_nobody_reports_to_themselves_through_a_file(bring: Bring, account: Customer, owner: User) -> None:
    text = "customer_code,name,reports to\nKH-000001,A,B\nKH-000001,B,C\nKH-000001,C,A\n"
    result = bring(text, kind="contacts", by=owner)
    assert counts(result)[3] == 1
    assert "reporting to themselves" in result["errors"]


def test_contacts_of_others_customers_are_refused(bring: Bring, account: Customer, outsider: User) -> None:
    result = bring("customer_code,name\nKH-000001,Spy\n", kind="contacts", by=outsider)
    assert counts(result) == (0, 0, 0, 1)
    assert not Contact.objects.exists()


def test_customers_are_updated_by_tax_number_and_only_in_mapped_columns(
    bring: Bring, account: Customer, owner: User
) -> None:
    Customer.objects.filter(pk=account.pk).update(tax_number="914403001922038216", address="Old street")
    text = "税号,员工数\n914403001922038216,207000\n"
    result = bring(text, kind="customers", by=owner)
    assert counts(result) == (0, 1, 0, 0)
    account.refresh_from_db()
    assert (account.staff_count, account.address, account.name) == (207000, "Old street", "华为技术有限公司")


def test_a_key_that_several_have_is_refused(bring: Bring, owner: User) -> None:
    for _ in range(2):
        factories.customer(owner=owner, department=owner.department, name="Twin")
    result = bring("name,staff\nTwin,5\n", kind="customers", by=owner)
    assert counts(result) == (0, 0, 0, 1)
    assert "Several customers have this" in result["errors"]


def test_an_empty_cell_leaves_or_empties_as_chosen(bring: Bring, account: Customer, owner: User) -> None:
    Customer.objects.filter(pk=account.pk).update(address="Old street", staff_count=5)
    text = "code,name,address,staff\nKH-000001,,,\n"
    assert counts(bring(text, kind="customers", by=owner)) == (0, 0, 1, 0)
    assert counts(bring(text, kind="customers", by=owner, empty="clear")) == (0, 1, 0, 0)
    account.refresh_from_db()
    assert (account.name, account.address, account.staff_count) == ("华为技术有限公司", "", None)


def test_parents_may_stand_further_down_and_circles_are_refused(bring: Bring, admin_user: User) -> None:
    text = "code,name,parent_code\nA,Alpha,B\nB,Beta,C\nC,Gamma,A\nD,Delta,NOBODY\nE,Epsilon,E\n"
    dry = bring(text, kind="customers", by=admin_user, dry_run=True)
    result = bring(text, kind="customers", by=admin_user)
    assert (dry["created"], dry["rejected"]) == (result["created"], result["rejected"]) == (3, 3)
    parents = dict(Customer.objects.values_list("code", "parent__code"))
    assert parents == {"A": "B", "B": "C", "C": None}
    assert "close a circle" in result["errors"]
    again = bring("code,name,parent_code\nA,Alpha,B\nB,Beta,\n", kind="customers", by=admin_user)
    assert counts(again) == (0, 0, 2, 0)
    moved = bring("code,parent_code\nA,C\n", kind="customers", by=admin_user)
    assert counts(moved) == (0, 1, 0, 0)
    undo.undo(change_set_id=moved["change_set"], by=admin_user)
    assert Customer.objects.get(code="A").parent == Customer.objects.get(code="B")


def test_a_stage_brought_in_is_a_dated_step(bring: Bring, account: Customer, owner: User) -> None:
    refused = bring("code,stage\nKH-000001,lost\n", kind="customers", by=owner)
    assert "takes a reason" in refused["errors"]
    result = bring(
        "code,阶段,阶段原因\nKH-000001,lost,Bought by a rival\n",
        kind="customers",
        by=owner,
        columns={"life_cycle": "阶段", "life_cycle_reason": "阶段原因"},
    )
    assert counts(result) == (0, 1, 0, 0)
    step = account.transitions.latest("id")
    assert (step.before, step.after, step.reason, step.by) == ("prospect", "lost", "Bought by a rival", owner)
    undo.undo(change_set_id=result["change_set"], by=owner)
    account.refresh_from_db()
    assert account.life_cycle == "prospect"


def test_a_file_without_its_key_is_refused(bring: Bring, owner: User) -> None:
    with pytest.raises(MappingRefused, match="no column is mapped to"):
        bring("name,staff\nX,1\n", kind="customers", by=owner, key="tax_number")


def test_products_are_found_by_name(bring: Bring, admin_user: User) -> None:
    factories.product(code="P1", name="Router", unit="pc")
    result = bring("产品名称,单位\nRouter,\nSwitch,\n", kind="products", by=admin_user, empty="clear")
    assert counts(result) == (0, 1, 0, 1)
    assert Product.objects.get().unit == ""


# ── Saved mappings ──────────────────────────────────────────────────────────

FILE = b"Kunde,Bezeichnung,Ort\nK1,Erste,Berlin\n"
MAPPING = {"code": "Kunde", "name": "Bezeichnung", "address": "Ort"}


def received(by: User, content: bytes = FILE) -> Import:
    return imports.receive(kind="customers", name="kunden.csv", chunks=[content], by=by)


def test_a_mapping_kept_under_a_name_is_proposed_for_the_same_columns(admin_user: User, manager: User) -> None:
    row = received(admin_user)
    assert row.mapping == {}
    imports.save_mapping(row=row, columns=MAPPING, options=row.options | {"empty": "clear"}, by=admin_user)
    imports.keep_mapping(row=row, name="ERP Berlin", by=admin_user)
    later = received(admin_user)
    assert later.saved_mapping is not None
    assert (later.saved_mapping.name, later.mapping, later.options["empty"]) == ("ERP Berlin", MAPPING, "clear")
    assert received(manager).saved_mapping is None


def test_a_kept_mapping_is_used_for_other_columns_as_far_as_they_are_there(client: Client, admin_user: User) -> None:
    row = received(admin_user)
    imports.save_mapping(row=row, columns=MAPPING, options=row.options, by=admin_user)
    saved = imports.keep_mapping(row=row, name="ERP", by=admin_user)
    other = received(admin_user, b"Kunde,Bezeichnung,Extra\nK1,Erste,x\n")
    client.force_login(admin_user)
    url = reverse("jobs:import_detail", args=[other.pk])
    assert "ERP" in client.get(url).content.decode()
    client.post(url, {"use": 1, "saved": saved.pk})
    other.refresh_from_db()
    assert other.mapping == {"code": "Kunde", "name": "Bezeichnung"}
    form = {f"column-{code}": header for code, header in other.mapping.items()}
    form |= {"option-key": "code", "option-empty": "keep", "option-create": "on", "option-update": "on"}
    client.post(url, form | {"keep": 1, "mapping_name": "ERP two"})
    assert set(SavedMapping.objects.values_list("name", flat=True)) == {"ERP", "ERP two"}
    client.post(url, {"forget": 1, "saved": saved.pk})
    assert list(SavedMapping.objects.values_list("name", flat=True)) == ["ERP two"]


def test_nobody_uses_or_deletes_anothers_mapping(admin_user: User, manager: User) -> None:
    row = received(admin_user)
    imports.save_mapping(row=row, columns=MAPPING, options=row.options, by=admin_user)
    saved = imports.keep_mapping(row=row, name="ERP", by=admin_user)
    with pytest.raises(MappingRefused):
        imports.use_mapping(row=received(manager), saved_id=saved.pk, by=manager)
    imports.forget_mapping(saved_id=saved.pk, by=manager)
    assert SavedMapping.objects.exists()


# ── Stopped and begun again ─────────────────────────────────────────────────


class Stopped(Exception):
    """The process was killed, as far as the import can tell."""


@pytest.mark.parametrize("stop_at", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("kind", ["customers", "contacts", "products"])
def test_a_stopped_import_of_records_goes_on_and_ends_like_an_uninterrupted_one(
    kind: str, stop_at: int, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobs.imports import records

    monkeypatch.setattr(records, "BATCH", 4)
    company = factories.customer(code="HOME")
    if kind == "customers":
        factories.customer(code="K03", name="Old")
        text = "code,name,parent_code\n" + "".join(
            f"K{n:02},Name {n},{f'K{n + 1:02}' if n < 11 else ''}\n" for n in range(12)
        )
    elif kind == "contacts":
        factories.contact(company, name="P03", post="Old")
        text = "customer_code,name,post,reports to\n" + "".join(
            f"HOME,P{n:02},Post {n},{f'P{n + 1:02}' if n < 11 else ''}\n" for n in range(12)
        )
    else:
        factories.product(code="P03", name="Old")
        text = "code,name\n" + "".join(f"P{n:02},Name {n}\n" for n in range(12))
    row = imports.receive(kind=kind, name="x.csv", chunks=[text.encode()], by=admin_user)
    run = imports.start(row=row, by=admin_user)
    real, calls = records.Records._count, iter(range(100))
    linking, more = records.Records._settled, iter(range(3, 100))

    def stops(self: Any, applied: Any) -> None:
        real(self, applied)
        if next(calls) == stop_at:
            raise Stopped

    def stops_linking(self: Any, batch: Any, log: Any) -> Any:
        refused = linking(self, batch, log)
        if next(more) == stop_at:
            raise Stopped
        return refused

    monkeypatch.setattr(records.Records, "_count", stops)
    monkeypatch.setattr(records.Records, "_settled", stops_linking)
    run = run_now(run)
    stopped = run.state == "failed"
    assert stopped or kind == "products"
    monkeypatch.setattr(records.Records, "_count", real)
    monkeypatch.setattr(records.Records, "_settled", linking)
    if stopped:
        from jobs.models import Run

        Run.objects.filter(pk=run.pk).update(state="queued")
        run = run_now(run)
    assert run.state == "done", run.error
    assert (run.result["created"], run.result["updated"]) == (11, 1)
    again = imports.receive(kind=kind, name="x.csv", chunks=[text.encode()], by=admin_user)
    again_run = run_now(imports.start(row=again, by=admin_user))
    assert (again_run.result["created"], again_run.result["updated"]) == (0, 0)
    undo.undo(change_set_id=run.result["change_set"], by=admin_user)
    left = {"customers": Customer, "contacts": Contact, "products": Product}[kind]
    assert left.objects.count() == (2 if kind == "customers" else 1)
    assert Change.objects.filter(change_set__undoes__isnull=False).exists()


def test_files_are_removed_after_their_time(admin_user: User, settings: Any) -> None:
    import datetime as dt

    from django.utils import timezone

    from jobs.services import old_files

    old, young = received(admin_user), received(admin_user)
    Import.objects.filter(pk=old.pk).update(created_at=timezone.now() - dt.timedelta(days=31))
    stray = Path(settings.MEDIA_ROOT) / "imports" / "stray"
    stray.mkdir()
    import os

    os.utime(stray, (0, 0))
    assert old_files.remove_imports(timezone.now() - dt.timedelta(days=30)) == 2
    assert (old.directory.exists(), young.directory.exists(), stray.exists()) == (False, True, False)
    assert old_files.remove_imports(timezone.now() - dt.timedelta(days=30)) == 0
