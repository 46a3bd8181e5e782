"""`manage.py import`."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Customer
from sales.models import Order
from tests.imports.conftest import HEADER, line

pytestmark = pytest.mark.django_db

File = Callable[..., Path]


def run(*arguments: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import", *map(str, arguments), "--json", stdout=out)
    figures: dict[str, Any] = json.loads(out.getvalue())
    return figures


def test_json_prints_exactly_the_counts(file: File) -> None:
    figures = run("orders", file(HEADER + line("S1") + line("S2", qty="x")))
    errors = Path(figures.pop("errors_file"))
    assert figures == {"rows": 2, "created": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    assert "This isn't a number." in errors.read_text("utf-8-sig")


def test_without_rejected_rows_there_is_no_file_of_them(file: File) -> None:
    path = file(HEADER + line())
    assert run("orders", path)["errors_file"] is None
    assert run("orders", path) == {
        "rows": 1,
        "created": 0,
        "updated": 0,
        "unchanged": 1,
        "rejected": 0,
        "errors_file": None,
    }


def test_a_dry_run_writes_nothing(file: File) -> None:
    assert run("orders", file(HEADER + line()), "--dry-run")["created"] == 1
    assert not Order.objects.exists()
    assert not Customer.objects.exists()


@pytest.mark.parametrize("turned", [False, True])
def test_a_mapping_may_be_given_either_way_round(file: File, turned: bool) -> None:
    columns = {"number": "A", "ordered_at": "B", "customer_code": "C", "quantity": "D", "unit_price": "E"}
    mapping = {header: code for code, header in columns.items()} if turned else {"columns": columns}
    path = file("A,B,C,D,E\nS1,2026-11-02,K1,2,10\n")
    assert run("orders", path, "--mapping", json.dumps(mapping))["created"] == 1


def test_a_mapping_may_be_a_file_with_options(file: File) -> None:
    mapping = file(json.dumps({"columns": {"product_name": None}, "options": {"state": "confirmed"}}), "mapping.json")
    run("orders", file(HEADER + line()), "--mapping", mapping, "--source", "erp")
    order = Order.objects.get()
    assert (order.source, order.state) == ("erp", "confirmed")


def test_unknown_customers_can_be_refused(file: File) -> None:
    assert run("orders", file(HEADER + line()), "--no-create")["rejected"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--mapping", '{"number": "Nope"}'], "no column “Nope”"),
        (["--mapping", '{"columns": {"colour": "Order No"}}'], "no field “colour”"),
        (["--mapping", '{"columns": {}, "options": {"sauce": 1}}'], "no option “sauce”"),
        (["--mapping", '{"columns": {}, "options": {"state": "lost"}}'], "can't be “lost”"),
        (["--mapping", "{"], "isn't JSON"),
        (["--mapping", "nowhere.json"], "neither JSON nor a file"),
    ],
)
def test_what_is_wrong_is_said(file: File, arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("orders", file(HEADER + line()), *arguments)
    assert not Order.objects.exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no file"):
        run("orders", tmp_path / "none.csv")
