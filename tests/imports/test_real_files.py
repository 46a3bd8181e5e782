"""Real order files. Set REFERENCE_DATA to the folder that holds `online_retail` and `northwind` to run them."""

import io
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Sum

from accounts.models import Customer
from benchmarks import northwind
from sales.models import Order, OrderLine
from segmentation.models import TierRun

DATA = Path(os.environ.get("REFERENCE_DATA", ""))
RETAIL = DATA / "online_retail" / "online_retail.csv.gz"
NORTHWIND = DATA / "northwind"

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def run(path: Path) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import", "orders", str(path), "--json", stdout=out)
    figures: dict[str, Any] = json.loads(out.getvalue())
    return figures


def recompute(as_of: str, *, months: int) -> dict[str, Any]:
    out = io.StringIO()
    call_command("recompute", "segmentation", "--as-of", as_of, "--window-months", str(months), "--json", stdout=out)
    figures: dict[str, Any] = json.loads(out.getvalue())
    return figures


@pytest.mark.skipif(
    not RETAIL.is_file(), reason="set REFERENCE_DATA to a folder with online_retail/online_retail.csv.gz"
)
def test_a_year_of_a_wholesaler() -> None:
    figures = run(RETAIL)
    errors = Path(figures.pop("errors_file"))
    assert figures == {"rows": 541_909, "created": 22_190, "updated": 0, "unchanged": 0, "rejected": 135_080}
    with errors.open(encoding="utf-8-sig") as file:
        header, first, *rest = file
    assert header.startswith("InvoiceNo,")
    assert header.rstrip().endswith("line,column,value,reason")
    assert first.rstrip().endswith(",624,CustomerID,,The customer is missing.")
    assert len(rest) == 135_079
    assert Customer.objects.count() == 4_372
    assert Order.objects.aggregate(net=Sum("net"))["net"] == Decimal("8300065.81")
    assert OrderLine.objects.aggregate(base=Sum("base_minor"))["base"] == 830_006_581
    assert not Order.objects.filter(kind="return", is_unmatched=False).exists()
    judged = recompute("2011-12-10", months=13)
    assert [judged[name] for name in ("customers", "A", "B", "C", "no_sales", "net_returns")] == [
        4_372, 1_178, 1_456, 1_683, 14, 41,
    ]  # fmt: skip
    assert (round(judged["gini"], 6), round(judged["top20_share"], 6)) == (0.702828, 0.734391)
    again = run(RETAIL)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 22_190)


@pytest.mark.skipif(not NORTHWIND.is_dir(), reason="set REFERENCE_DATA to a folder with northwind/")
def test_a_food_trader_from_several_files() -> None:
    northwind.bring_in(NORTHWIND)
    northwind.check()
    assert Customer.objects.count() == 91
    assert Customer.objects.get(code="ERNSH").country == "AT"
    judged = recompute("1998-05-31", months=24)
    assert (judged["A"] + judged["B"] + judged["C"], judged["no_sales"]) == (89, 2)
    assert round(judged["top20_share"], 5) == 0.60057  # of the first 18
    mix = TierRun.objects.get(run_id=judged["run"]).mix
    assert sum(mix[tier]["value"] for tier in "ABC") == 126_579_329
