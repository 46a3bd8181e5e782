"""The UCI Online Retail invoices (Chen, Sain & Guo 2012): ABC and concentration of real sales.

Set REFERENCE_DATA to a folder with `online_retail/online_retail.csv.gz` to run it.
"""

import os
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmentation.core.abc import classify
from segmentation.core.concentration import measure
from segmentation.core.curve import summarise
from segmentation.core.position import position
from segmentation.core.rules import Buffer, Rules

INVOICES = Path(os.environ.get("REFERENCE_DATA", "")) / "online_retail" / "online_retail.csv.gz"

pytestmark = pytest.mark.skipif(
    not INVOICES.is_file(), reason="set REFERENCE_DATA to a folder with online_retail/online_retail.csv.gz"
)


@pytest.fixture(scope="module")
def sales():
    """Net sales in cents of each customer; a line is rounded half up to the cent."""
    lines = pd.read_csv(INVOICES, usecols=["Quantity", "UnitPrice", "CustomerID"]).dropna(subset="CustomerID")
    tenths = lines["Quantity"] * (lines["UnitPrice"] * 1000).round().astype("int64")
    lines["cents"] = np.sign(tenths) * ((tenths.abs() + 5) // 10)
    return lines.groupby("CustomerID")["cents"].sum().to_numpy(dtype=np.int64)


def test_tiers_of_a_real_wholesaler(sales):
    found = classify(sales, Rules())

    assert len(sales) == 4372
    assert int(sales.sum()) == 830_006_581
    assert found.total_minor == 831_329_495
    assert found.tier_counts == (1178, 1456, 1683)
    assert found.flag_counts == (14, 41)


def test_concentration_of_a_real_wholesaler(sales):
    found = measure(sales)

    assert found.customers == 4317
    assert found.gini.value == pytest.approx(0.702828, abs=5e-7)
    assert (found.top_customers, found.top_share.value) == (863, pytest.approx(0.734391, abs=5e-7))
    assert dict(found.needed)[Decimal("0.80")] == 1178


def test_positions_on_a_real_curve(sales):
    found = classify(sales, Rules())
    curve = summarise(sales, found, buffer=Buffer())

    for i in found.order[::7]:
        place = position(int(sales[i]), curve)
        assert place.tier == found.tier[i]
        assert place.rank == pytest.approx(found.rank[i], abs=9)
        assert place.before == pytest.approx(found.before[i], abs=0.002)
