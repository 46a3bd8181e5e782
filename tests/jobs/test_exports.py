"""Lists as files: what is in them, who gets them, what is written down."""

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.models import Customer
from crm.lib.cells import neutral
from jobs import hints
from jobs.constants import RunState
from jobs.exports.registry import list_exports
from jobs.file_parameters import FileRules
from jobs.models import Export, Run
from jobs.services import exports
from jobs.services.runs import run_now
from tests import factories
from users.models import Approval, Change, Department, User
from users.services import approvals

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path) -> None:
    monkeypatch.setattr(hints.current_app, "send_task", lambda *_, **__: None)
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Rules of files for one test."""

    def use(**values: Any) -> None:
        monkeypatch.setattr(exports, "rules", lambda: FileRules(**values))

    return use


def post(client: Client, by: User, kind: str, query: str = "", **data: Any) -> Any:
    client.force_login(by)
    return client.post(reverse("jobs:export_new", args=[kind]) + query, data)


def rows_in(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))


def made(by: User, kind: str = "customers", file_format: str = "csv", query: str = "") -> Export:
    export, _approval = exports.ask(kind=kind, query=query, columns=[], file_format=file_format, by=by)
    assert export.run is not None
    run = run_now(export.run)
    assert run.state == RunState.DONE, run.error
    export.refresh_from_db()
    return export


def test_an_export_holds_the_filtered_list_of_ones_own_with_its_code_and_is_logged(
    client: Client, owner: User, outsider: User, account: Customer
) -> None:
    factories.customer(owner=outsider, name="Secret Works")
    factories.customer(owner=owner, name="Lost Ltd", life_cycle="lost")
    answer = post(
        client, owner, "customers", "?stage=prospect&sort=name", columns=["code", "short", "stage", "parent_code"]
    )
    rows = rows_in(answer)
    export = Export.objects.get()
    assert rows[0] == ["Code", "Customer", "Stage", "Parent company (code)", "Export code"]
    assert rows[1:] == [["KH-000001", "华为", "Prospect", "", export.code]]
    logged = Change.objects.get(action="export")
    assert (logged.change_set.actor, logged.rows, logged.object_id) == (owner, 1, export.pk)
    assert logged.after["code"] == export.code
    assert logged.after["filter"] == [["Stage", "Prospect"]]
    assert logged.after["columns"] == ["code", "short", "stage", "parent_code"]


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t=", "\r=", "＝", "＋", "－", "＠", " =", "\u3000=", "\ufeff="]
)
def test_a_cell_that_starts_like_a_formula_is_neutralised(start: str) -> None:
    assert neutral(f'{start}HYPERLINK("x")') == f'\'{start}HYPERLINK("x")'


@pytest.mark.parametrize("text", ["-5", "+12.5", "-1,234.50", "华为", "a=b", "", "1-2"])
def test_plain_numbers_and_texts_stay_as_they_are(text: str) -> None:
    assert neutral(text) == text


def test_names_never_become_formulas_in_either_format(client: Client, owner: User, tmp_path: Path) -> None:
    factories.customer(owner=owner, name='=HYPERLINK("http://x")', short_name="@cmd|x")
    row = rows_in(post(client, owner, "customers", columns=["short", "name"]))[1]
    assert row[:2] == ["'@cmd|x", '\'=HYPERLINK("http://x")']
    answer = post(client, owner, "customers", columns=["short", "name"], format="xlsx")
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"".join(answer))
    sheet = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    cells = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert cells[1][0] == "'@cmd|x"


def test_numbers_and_days_are_typed_in_a_spreadsheet(client: Client, owner: User, account: Customer) -> None:
    factories.order(account, "1234.50", on=dt.date(2026, 11, 2), number="0012")
    answer = post(client, owner, "orders", format="xlsx", columns=["number", "ordered_on", "net"])
    cells = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer))).get_sheet_by_index(0).to_python()
    assert cells[1][:3] == ["0012", dt.date(2026, 11, 2), 1234.5]


@pytest.mark.parametrize("kind", [one.code for one in list_exports])
def test_every_list_is_exported_in_both_formats_and_counts_right(
    kind: str, client: Client, admin_user: User, account: Customer
) -> None:
    factories.contact(account)
    factories.order(account)
    factories.product()
    of = list_exports.get(kind)
    from django.http import QueryDict

    count = of.count(admin_user, QueryDict())
    rows = rows_in(post(client, admin_user, kind))
    assert len(rows) - 1 == count
    sheet = b"".join(post(client, admin_user, kind, format="xlsx"))
    cells = CalamineWorkbook.from_filelike(io.BytesIO(sheet)).get_sheet_by_index(0).to_python()
    # The change log has a row more by now: the first export.
    assert len(cells) - 1 == count + (kind == "changes")
    page = client.get(reverse("jobs:export_new", args=[kind]))
    assert page.status_code == 200


def test_an_export_spans_many_pages(client: Client, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.exports.CHUNK", 3)
    codes = {factories.customer(owner=owner).code for _ in range(8)}
    rows = rows_in(post(client, owner, "customers"))
    assert {row[0] for row in rows[1:]} == codes
    assert len(rows) == 9


def test_who_may_not_export_gets_nothing_and_leaves_no_entry(client: Client, agent: User, account: Customer) -> None:
    for kind in ("customers", "orders", "contacts", "tiers", "changes"):
        assert post(client, agent, kind).status_code == 403
    assert not Change.objects.exists()
    assert not Export.objects.exists()


def test_a_column_that_is_not_for_ones_eyes_is_left_out(client: Client, owner: User, manager: User) -> None:
    factories.product(standard_cost="3")
    rows = rows_in(post(client, owner, "products", columns=["code", "standard_cost"]))
    assert rows[0] == ["Product code", "Export code"]
    assert "Standard cost" in rows_in(post(client, manager, "products", columns=["code", "standard_cost"]))[0]


def test_a_large_export_is_a_run_with_a_file_for_its_requester_alone(
    client: Client, owner: User, admin_user: User, account: Customer, rules: Any
) -> None:
    rules(export_at_once_rows=0)
    answer = post(client, owner, "customers", columns=["code"])
    assert answer["Location"] == reverse("jobs:export_list")
    export = Export.objects.get()
    run_now(Run.objects.get(pk=export.run_id))
    url = reverse("jobs:export_download", args=[export.pk])
    answer = client.get(url)
    assert b"KH-000001" in b"".join(answer)
    client.force_login(admin_user)
    assert client.get(url).status_code == 404
    assert export.code in client.get(reverse("jobs:export_list"), {"code": export.code.lower()}).content.decode()
    export.refresh_from_db()
    assert export.downloads == 1


def test_rights_are_asked_again_when_the_file_is_made(owner: User, account: Customer, rules: Any) -> None:
    rules(export_at_once_rows=0)
    export, _ = exports.ask(kind="customers", query="", columns=[], file_format="csv", by=owner)
    owner.groups.set([Group.objects.get(name="service_agent")])
    assert export.run is not None
    run = run_now(export.run)
    assert run.state == RunState.FAILED
    assert "may not export" in run.error


def test_a_file_made_under_a_wider_scope_is_not_handed_out(
    manager: User, account: Customer, west: Department, rules: Any
) -> None:
    rules(export_at_once_rows=0)
    export = made(manager)
    assert exports.fetch(export_id=export.pk, by=User.objects.get(pk=manager.pk))
    User.objects.filter(pk=manager.pk).update(department=west)
    with pytest.raises(exports.ExportRefused, match="have changed since"):
        exports.fetch(export_id=export.pk, by=User.objects.get(pk=manager.pk))
    manager.groups.set([Group.objects.get(name="service_agent")])
    with pytest.raises(PermissionDenied):
        exports.fetch(export_id=export.pk, by=User.objects.get(pk=manager.pk))


def test_a_file_expires(owner: User, account: Customer, rules: Any) -> None:
    rules(export_at_once_rows=0)
    export = made(owner)
    Export.objects.update(expires_at=timezone.now())
    with pytest.raises(exports.ExportRefused, match="no longer kept"):
        exports.fetch(export_id=export.pk, by=owner)


def test_a_run_begun_again_makes_the_whole_file(owner: User, account: Customer, rules: Any) -> None:
    rules(export_at_once_rows=0)
    export = made(owner)
    first = export.path.read_bytes()
    Run.objects.filter(pk=export.run_id).update(state=RunState.QUEUED)
    (export.directory / "dead.part").write_bytes(b"half")
    assert export.run is not None
    run_now(Run.objects.get(pk=export.run_id))
    assert export.path.read_bytes() == first
    assert [path.name for path in export.directory.iterdir()] == ["file.csv"]


def test_a_very_large_export_waits_for_agreement(owner: User, manager: User, account: Customer, rules: Any) -> None:
    rules(export_free_rows=0)
    export, approval = exports.ask(
        kind="customers", query="", columns=[], file_format="csv", by=owner, reason="For the fair"
    )
    assert approval is not None
    assert (export.run, Run.objects.filter(kind=exports.KIND).count()) == (None, 0)
    approvals.decide(approval_id=approval.pk, approve=True, by=manager)
    export.refresh_from_db()
    assert export.run is not None
    assert run_now(export.run).state == RunState.DONE


def test_refused_exports_are_never_made(owner: User, manager: User, account: Customer, rules: Any) -> None:
    rules(export_free_rows=0)
    export, approval = exports.ask(kind="customers", query="", columns=[], file_format="csv", by=owner)
    assert approval is not None
    approvals.decide(approval_id=approval.pk, approve=False, by=manager, comment="No")
    export.refresh_from_db()
    assert export.run is None
    assert Approval.objects.get().state == "refused"


def test_many_small_exports_need_agreement_like_one_large(owner: User, manager: User, rules: Any) -> None:
    for _ in range(3):
        factories.customer(owner=owner)
    rules(export_free_rows=5)
    _first, approval = exports.ask(kind="customers", query="", columns=[], file_format="csv", by=owner)
    assert approval is None
    _second, approval = exports.ask(kind="customers", query="", columns=[], file_format="csv", by=owner)
    assert approval is not None


def test_the_files_words_follow_the_requesters_language(client: Client, owner: User, account: Customer) -> None:
    User.objects.filter(pk=owner.pk).update(language="zh-hans")
    head = rows_in(post(client, User.objects.get(pk=owner.pk), "customers"))[0]
    assert "客户" in head
