"""Real order files, where they are present beside the project."""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Sum

from accounts.models import Customer
from benchmarks import northwind
from sales.models import Order, OrderLine

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
RETAIL = DATA / "online_retail" / "online_retail.csv.gz"
NORTHWIND = DATA / "northwind"

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def run(path: Path) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import", "orders", str(path), "--json", stdout=out)
    figures: dict[str, Any] = json.loads(out.getvalue())
    return figures


@pytest.mark.skipif(not RETAIL.exists(), reason=f"{RETAIL} is not there")
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
    again = run(RETAIL)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 22_190)


@pytest.mark.skipif(not NORTHWIND.exists(), reason=f"{NORTHWIND} is not there")
def test_a_food_trader_from_several_files() -> None:
    northwind.bring_in(NORTHWIND)
    northwind.check()
    assert Customer.objects.count() == 91
    assert Customer.objects.get(code="ERNSH").country == "AT"
