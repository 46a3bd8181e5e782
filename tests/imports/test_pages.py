"""Import pages: upload, mapping, check, start, rejected rows; and who gets none of it."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from jobs.models import Import, Run
from jobs.services import imports
from jobs.services.runs import run_now
from sales.models import Order
from tests.imports.conftest import HEADER, line
from users.models import User

pytestmark = pytest.mark.django_db

NEW = "jobs:import_new"


@pytest.fixture
def web(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def upload(web: Client, content: bytes, name: str = "orders.csv", **more: Any) -> Any:
    file = SimpleUploadedFile(name, content)
    return web.post(reverse(NEW), {"kind": "orders", "file": file} | more)


def posted(row: Import, act: str, **changes: str) -> dict[str, str]:
    """What the form of an import sends."""
    said = {f"column-{code}": header for code, header in row.mapping.items()}
    for code, value in row.options.items():
        if value not in (False, ""):
            said[f"option-{code}"] = "on" if value is True else value
    return said | changes | {act: "1"}


def detail(row: Import) -> str:
    return reverse("jobs:import_detail", args=[row.pk])


def test_a_file_goes_from_upload_through_a_check_into_the_books(web: Client, manager: User) -> None:
    content = gzip.compress((HEADER + line("S1") + line("S2", qty="x")).encode())
    answer = upload(web, content, "orders.csv.gz")
    row = Import.objects.get()
    assert answer["Location"] == detail(row)
    page = web.get(detail(row)).content.decode()
    assert "Company K1" in page
    assert 'value="Order No" selected' in page
    assert web.post(detail(row), posted(row, "check"))["Location"] == detail(row)
    row.refresh_from_db()
    assert row.check_run is not None
    assert "every 2s" in web.get(detail(row)).content.decode()
    run_now(row.check_run)
    page = web.get(detail(row)).content.decode()
    assert "This isn&#x27;t a number." in page
    assert not Order.objects.exists()
    web.post(detail(row), posted(row, "start"))
    row.refresh_from_db()
    assert row.run is not None
    run_now(row.run)
    assert "1 created" in web.get(detail(row)).content.decode()
    assert "1 created" in web.get(reverse("jobs:import_list")).content.decode()
    assert Order.objects.get().number == "S1"
    rejected = web.get(reverse("jobs:import_rejected", args=[row.pk]))
    assert rejected["Content-Disposition"].startswith("attachment")
    assert b"".join(body(rejected)).startswith(b"\xef\xbb\xbf" + HEADER.strip().encode() + b",line,column,value,reason")


def body(answer: Any) -> Iterator[bytes]:
    content: Iterator[bytes] = answer.streaming_content
    yield from content
    answer.close()


def test_progress_comes_as_a_fragment_and_then_the_page_anew(web: Client) -> None:
    upload(web, (HEADER + line()).encode())
    row = Import.objects.get()
    web.post(detail(row), posted(row, "check"))
    fragment = web.get(detail(row), HTTP_HX_REQUEST="true")
    assert 'id="import-progress"' in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    row.refresh_from_db()
    assert row.check_run is not None
    run_now(row.check_run)
    assert web.get(detail(row), HTTP_HX_REQUEST="true")["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04\x00", "The spreadsheet is damaged"),
        (b"\x00\x01\x02,\x00\n", "NUL bytes"),
        (b"", "The file is empty"),
        (b"\n\n", "must name the columns"),
        (b"a,b,a\n1,2,3\n", "twice"),
    ],
)
def test_what_is_no_table_is_refused_and_not_kept(web: Client, content: bytes, words: str, settings: Any) -> None:
    answer = upload(web, content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Import.objects.exists()
    folder = settings.MEDIA_ROOT / "imports"
    assert not folder.exists() or not list(folder.iterdir())


def test_a_mapping_without_what_is_needed_is_refused(web: Client) -> None:
    upload(web, (HEADER + line()).encode())
    row = Import.objects.get()
    answer = web.post(detail(row), posted(row, "start", **{"column-customer_code": ""}))
    assert answer.status_code == 422
    assert "Customer code" in answer.content.decode()
    assert not Run.objects.exists()


def test_columns_mapped_twice_are_refused(web: Client) -> None:
    upload(web, (HEADER + line()).encode())
    row = Import.objects.get()
    answer = web.post(detail(row), posted(row, "start", **{"column-amount": "Unit price"}))
    assert "mapped twice" in answer.content.decode()


def test_the_next_file_with_the_same_columns_is_read_the_same_way(web: Client) -> None:
    upload(web, (HEADER + line()).encode())
    row = Import.objects.get()
    web.post(detail(row), posted(row, "start", **{"column-product_name": "", "option-source": "erp"}))
    row.refresh_from_db()
    assert row.run is not None
    run_now(row.run)
    upload(web, (HEADER + line("S2")).encode())
    latest = Import.objects.order_by("-id")[0]
    assert "product_name" not in latest.mapping
    assert latest.options["source"] == "erp"


def test_starting_twice_starts_once(web: Client) -> None:
    upload(web, (HEADER + line()).encode())
    row = Import.objects.get()
    for _ in range(2):
        web.post(detail(row), posted(row, "start"))
    assert Run.objects.filter(kind=imports.WRITE).count() == 1


def test_script_in_cells_and_headers_is_text(web: Client) -> None:
    upload(web, (HEADER.replace("Product name", "<b>x</b>") + line(customer="<script>alert(1)</script>")).encode())
    page = web.get(detail(Import.objects.get())).content.decode()
    assert "<script>alert(1)" not in page
    assert "<b>x</b>" not in page


# ── Whose ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["import_detail", "import_rejected"])
def test_somebody_elses_import_is_not_there(web: Client, client: Client, steward: User, name: str) -> None:
    upload(web, (HEADER + line()).encode())
    row = Import.objects.get()
    client.force_login(steward)
    assert client.get(reverse(f"jobs:{name}", args=[row.pk])).status_code == 404
    assert client.post(detail(row), posted(row, "start")).status_code == 404
    assert not Run.objects.exists()


def test_an_administrator_sees_imports_but_neither_rows_nor_buttons(
    web: Client, client: Client, admin_user: User
) -> None:
    upload(web, (HEADER + line()).encode())
    row = Import.objects.get()
    client.force_login(admin_user)
    page = client.get(detail(row)).content.decode()
    assert "Company K1" not in page
    assert 'name="start"' not in page
    assert client.post(detail(row), posted(row, "start")).status_code == 403
    assert client.get(reverse("jobs:import_rejected", args=[row.pk])).status_code == 404
    assert not Run.objects.exists()


def test_who_may_not_import_gets_no_page(client: Client, owner: User) -> None:
    client.force_login(owner)
    for name in ("import_list", "import_new"):
        assert client.get(reverse(f"jobs:{name}")).status_code == 403
    assert upload(client, (HEADER + line()).encode()).status_code == 403
    assert not Import.objects.exists()


def test_a_steward_may_not_bring_in_orders(client: Client, steward: User) -> None:
    client.force_login(steward)
    assert upload(client, (HEADER + line()).encode()).status_code == 422
    assert not Import.objects.exists()
