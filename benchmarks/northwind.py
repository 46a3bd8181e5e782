"""Bring in the Northwind sample: customers, products, and orders joined with their details.

    python benchmarks/northwind.py FOLDER

FOLDER holds Customer.csv, Product.csv, Order.csv, OrderDetails.csv. Prints what the books say, and fails
if it isn't what the sample adds up to. Run it on an empty database (DATABASE_URL).
"""

import csv
import os
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NET = Decimal("1265793.29")
BUYERS = 89
FIRST = 18
FIRST_HOLD = Decimal("60.057")
COLUMNS = ("OrderID", "OrderDate", "CustomerID", "ProductID", "Quantity", "UnitPrice", "Discount")


def joined(folder: Path, target: Path) -> Path:
    """One line for each order detail, with its order's date and customer."""
    with (folder / "Order.csv").open(encoding="utf-8-sig", newline="") as file:
        orders = {row["OrderID"]: row for row in csv.DictReader(file)}
    with (
        (folder / "OrderDetails.csv").open(encoding="utf-8-sig", newline="") as file,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        for row in csv.DictReader(file):
            writer.writerow(orders[row["OrderID"]] | row)
    return target


def bring_in(folder: Path) -> None:
    """The three files, through the same command that people use."""
    from django.core.management import call_command

    with tempfile.TemporaryDirectory() as scratch:
        lines = joined(folder, Path(scratch) / "northwind-orders.csv")
        call_command("import", "customers", str(folder / "Customer.csv"))
        call_command("import", "products", str(folder / "Product.csv"), "--mapping", '{"category": null}')
        call_command("import", "orders", str(lines), "--source", "northwind")


def check() -> None:
    """Compare the books with what the sample adds up to."""
    from django.db.models import Sum

    from sales.models import Order

    orders = Order.objects.filter(source="northwind")
    bought = sorted(orders.values("customer").annotate(net=Sum("net")).values_list("net", flat=True), reverse=True)
    net, buyers = sum(bought), len(bought)
    hold = round(sum(bought[:FIRST]) / net * 100, 3)
    print(f"{orders.count()} orders, net {net:,.2f}, {buyers} customers who bought, the first {FIRST} hold {hold} %")
    if (net, buyers, hold) != (NET, BUYERS, FIRST_HOLD):
        raise SystemExit(f"expected net {NET:,} of {BUYERS} customers, the first {FIRST} of them with {FIRST_HOLD} %")


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    import django

    django.setup()
    bring_in(Path(sys.argv[1]))
    check()


if __name__ == "__main__":
    main()
