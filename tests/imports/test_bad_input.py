"""One file with every kind of damage: each line is named with its reason, and the rest is in the books."""

from decimal import Decimal

import pytest

from accounts.models import Customer
from sales.models import Order, OrderLine
from tests.imports.conftest import HEADER, Bring, line
from users.models import Change

pytestmark = pytest.mark.django_db

TEN_MEGABYTES = "9" * 10_000_000


def refused(result: dict[str, object]) -> list[tuple[int, str, str, str]]:
    errors = result["first_errors"]
    assert isinstance(errors, list)
    return [(error["line"], error["column"], error["value"][:10], error["reason"]) for error in errors]


def test_every_damaged_line_costs_its_own_order_and_no_other(bring: Bring) -> None:
    lines = [
        line("GOOD1").encode(),
        line("RAGGED").encode().rstrip() + b",one,more\n",
        line("SHORT").split(",2,")[0].encode() + b"\n",
        line("NUL", customer="K\0").encode(),
        line("BYTES").encode().replace(b"Router", b"Rout\xff\xfe"),
        line("LONG", qty=TEN_MEGABYTES).encode(),
        line("DAY", day="2026-02-30").encode(),
        line("MINUS", qty="-3").encode(),
        line("HUGE", price="9999999999999").encode(),
        line("GOOD2", customer="K2").replace("Company K2", "<script>alert(1)</script>公司").encode(),
    ]
    result = bring(HEADER.encode() + b"".join(lines))
    assert (result["rows"], result["created"], result["rejected"]) == (10, 2, 8)
    assert set(Order.objects.values_list("number", flat=True)) == {"GOOD1", "GOOD2"}
    assert OrderLine.objects.count() == 2
    assert Customer.objects.filter(name="<script>alert(1)</script>公司").exists()
    assert [found[0] for found in refused(result)] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert refused(result)[5:] == [
        (8, "Order date", "2026-02-30", "There is no such date."),
        (9, "Quantity", "-3", "A quantity below zero stands only in a return."),
        (10, "Unit price", "9999999999", "The number is larger than the field holds."),
    ]
    said = [reason for _line, _column, _value, reason in refused(result)[:5]]
    assert "cells than the header" in said[0]
    assert said[1] == said[0]
    assert "NUL" in said[2]
    assert "encoding" in said[3]
    assert "long" in said[4]
    assert result["errors"].count("\n") == 9


@pytest.mark.parametrize(
    ("price", "quantity", "net"),
    [
        ("1,234.50", "2", "2469.00"),
        ("１２３", "２", "246.00"),
        ("１，２３４．５０", "1", "1234.50"),
        (" 10 ", "3", "30.00"),
    ],
)
def test_numbers_as_people_and_their_programs_write_them(bring: Bring, price: str, quantity: str, net: str) -> None:
    result = bring(HEADER + line(price=f'"{price}"', qty=quantity))
    assert (result["created"], result["rejected"]) == (1, 0)
    assert Order.objects.get().net == Decimal(net)


def test_a_file_that_is_refused_leaves_no_customer_and_no_log(bring: Bring) -> None:
    result = bring(HEADER + line(day="2026-02-30", customer="NEW"))
    assert (result["created"], result["rejected"]) == (0, 1)
    assert not Customer.objects.exists()
    assert not Change.objects.exists()
