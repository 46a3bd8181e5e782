"""Spreadsheets come in like CSV files."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from xlsxwriter import Workbook

from accounts.models import Contact, Customer
from jobs.imports.errors import FileRefused
from jobs.models import Import
from jobs.services import imports
from jobs.services.runs import run_now
from sales.models import Order
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A sheet of orders as people make them, with a title above, and a sheet of customers."""
    path = tmp_path / "orders.xlsx"
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("订单")
        book.add_worksheet("hidden").hide()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range(0, 0, 0, 5, "2026 orders")
        sheet.write_row(2, 0, ["订单号", "日期", "客户编码", "产品编码", "数量", "单价"])
        sheet.merge_range(3, 0, 4, 0, "S1")
        for row, (code, quantity) in enumerate([("P1", 2), ("P2", 3)], start=3):
            sheet.write_datetime(row, 1, dt.datetime(2026, 11, 2), day)  # noqa: DTZ001 - sheets know no zone
            sheet.write_number(row, 2, 17850.0)
            sheet.write_string(row, 3, code)
            sheet.write_formula(row, 4, f"=1+{quantity - 1}", value=quantity)
            sheet.write_number(row, 5, 10.1)
        sheet.write_row(5, 0, ["S2", "nonsense", "17850", "P1", 1, 1])
        people = book.add_worksheet("Kunden")
        people.write_row(0, 0, ["code", "name"])
        people.write_row(1, 0, ["00123", "Text code"])
        people.write_row(2, 0, [456, "Number code"])
    return path


def received(path: Path, kind: str, by: User) -> Import:
    return imports.receive(kind=kind, name=path.name, chunks=[path.read_bytes()], by=by)


def test_a_sheet_with_title_merged_cells_dates_and_formulas_is_read(workbook: Path, admin_user: User) -> None:
    row = received(workbook, "orders", admin_user)
    assert (row.sheets, row.sheet) == (["订单", "Kunden"], "订单")
    run = run_now(imports.start(row=row, by=admin_user))
    assert run.state == "done", run.error
    assert (run.result["created"], run.result["rejected"]) == (1, 1)
    order = Order.objects.get()
    assert (order.number, order.customer.code, order.ordered_on) == ("S1", "17850", dt.date(2026, 11, 2))
    assert list(order.lines.values_list("product__code", "quantity", "net").order_by("position")) == [
        ("P1", 2, Decimal("20.2")),
        ("P2", 3, Decimal("30.3")),
    ]
    # The rejected row is named by its number in the sheet.
    (rejected,) = csv.DictReader(row.rejected_path.read_text("utf-8-sig").splitlines())
    assert (rejected["line"], rejected["column"]) == ("6", "日期")


def test_another_sheet_is_chosen_on_the_page(client: Client, workbook: Path, admin_user: User) -> None:
    client.force_login(admin_user)
    answer = client.post(reverse("jobs:import_new"), {"kind": "customers", "file": io.BytesIO(workbook.read_bytes())})
    row = Import.objects.get()
    assert answer["Location"] == reverse("jobs:import_detail", args=[row.pk])
    client.post(answer["Location"], {"read_sheet": 1, "sheet": "Kunden"})
    row.refresh_from_db()
    assert (row.sheet, row.mapping) == ("Kunden", {"code": "code", "name": "name"})
    run_now(imports.start(row=row, by=admin_user))
    assert set(Customer.objects.values_list("code", flat=True)) == {"00123", "456"}


def test_an_unknown_sheet_is_refused_and_the_import_kept(workbook: Path, admin_user: User) -> None:
    row = received(workbook, "customers", admin_user)
    with pytest.raises(FileRefused, match="no sheet"):
        imports.choose_sheet(row=row, sheet="Nowhere", by=admin_user)
    assert row.path.exists()


def test_a_refused_spreadsheet_leaves_nothing_behind(admin_user: User, settings: Any) -> None:
    with pytest.raises(FileRefused):
        imports.receive(kind="customers", name="x.xlsx", chunks=[b"PK\x03\x04rubbish"], by=admin_user)
    assert list((Path(settings.MEDIA_ROOT) / "imports").iterdir()) == []
    assert not Import.objects.exists()


def test_the_command_reads_spreadsheets_and_contacts(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for flags in (["--dry-run"], []):
        call_command("import", "customers", str(workbook), "--sheet", "Kunden", "--json", *flags)
        assert json.loads(capsys.readouterr().out)["created"] == 2
    people = tmp_path / "people.csv"
    people.write_text("customer_code,name\n456,Ada\n")
    call_command("import", "contacts", str(people), "--json")
    assert json.loads(capsys.readouterr().out)["created"] == 1
    assert Contact.objects.get().customer.code == "456"
