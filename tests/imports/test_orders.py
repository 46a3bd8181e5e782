"""Order files: what becomes an order, what is refused and why, what the same file does again."""

import datetime as dt
from decimal import Decimal

import pytest

from accounts.models import Customer
from jobs.imports.errors import FileRefused, MappingRefused
from sales.models import Order, OrderLine, Product, RollupMark
from tests import factories
from tests.imports.conftest import HEADER, Bring, line
from users.models import Change, ChangeSet, Department, User

pytestmark = pytest.mark.django_db

CHINESE = "订单号,订单日期,客户编码,客户名称,产品编码,数量,单价,金额\n"


def reasons(result: dict[str, object]) -> dict[str, int]:
    return dict(result["reasons"])  # type: ignore[call-overload, no-any-return]


def counts(result: dict[str, object]) -> tuple[object, ...]:
    return tuple(result[name] for name in ("rows", "created", "updated", "unchanged", "rejected"))


def test_lines_of_a_number_make_one_order_wherever_they_stand(bring: Bring) -> None:
    result = bring(
        HEADER
        + line("S1", "2026-11-02 10:00")
        + line("S2")
        + line("S1", "2026-11-02 09:30", qty="1", price='"1,234.50"')
    )
    assert counts(result) == (3, 2, 0, 0, 0)
    order = Order.objects.get(number="S1")
    assert (order.source, order.kind, order.state, order.currency) == ("import", "order", "completed", "CNY")
    assert order.net == Decimal("1254.50")
    assert order.base_minor == 125450
    assert order.ordered_at == dt.datetime(2026, 11, 2, 1, 30, tzinfo=dt.UTC)
    assert list(order.lines.values_list("position", "quantity", "net", "base_minor")) == [
        (1, 2, Decimal(20), 2000),
        (2, 1, Decimal("1234.500"), 123450),
    ]
    assert Customer.objects.get(code="K1").name == "Company K1"
    assert Product.objects.get(code="P1").name == "Router"


def test_identical_lines_are_kept(bring: Bring) -> None:
    bring(HEADER + line() + line())
    assert OrderLine.objects.count() == 2


def test_the_same_file_again_changes_nothing(bring: Bring) -> None:
    content = HEADER + line("S1") + line("C2", qty="-1") + line("S3", customer="K2")
    bring(content)
    before = (ChangeSet.objects.count(), Change.objects.count(), RollupMark.objects.count())
    stamps = list(Order.objects.order_by("id").values_list("updated_at", "version"))
    assert counts(bring(content)) == (3, 0, 0, 3, 0)
    assert (ChangeSet.objects.count(), Change.objects.count(), RollupMark.objects.count()) == before
    assert list(Order.objects.order_by("id").values_list("updated_at", "version")) == stamps


def test_a_later_file_replaces_the_lines_and_is_logged(bring: Bring) -> None:
    bring(HEADER + line("S1", qty="2") + line("S1", qty="3") + line("S2"))
    RollupMark.objects.all().delete()
    result = bring(HEADER + line("S1", day="2026-11-05", qty="7"))
    assert counts(result) == (1, 0, 1, 0, 0)
    order = Order.objects.get(number="S1")
    assert [one.quantity for one in order.lines.all()] == [7]
    assert order.version == 2
    change = Change.objects.get(action="update", object_id=order.pk)
    assert change.before["net"] == "50.000"
    assert len(change.before["lines"]) == 2
    assert change.after["lines"][0]["quantity"] == "7"
    days = set(RollupMark.objects.values_list("customer_id", "day"))
    assert days == {(order.customer_id, dt.date(2026, 11, 2)), (order.customer_id, dt.date(2026, 11, 5))}


def test_lines_in_another_sequence_are_the_same_order(bring: Bring) -> None:
    bring(HEADER + line("S1", qty="2") + line("S1", qty="3"))
    assert counts(bring(HEADER + line("S1", qty="3") + line("S1", qty="2"))) == (2, 0, 0, 1, 0)


def test_an_order_edited_by_a_person_gets_what_the_file_says(bring: Bring) -> None:
    bring(HEADER + line())
    Order.objects.update(digest="")
    assert counts(bring(HEADER + line())) == (1, 0, 1, 0, 0)


def test_a_dry_run_counts_and_writes_nothing(bring: Bring) -> None:
    bring(HEADER + line("S1"))
    result = bring(HEADER + line("S1", qty="9") + line("S2", customer="K9") + line("S3", day="x"), dry_run=True)
    assert counts(result) == (3, 1, 1, 0, 1)
    assert result["customers_created"] == 1
    assert Order.objects.count() == 1
    assert Customer.objects.count() == 1
    assert OrderLine.objects.get().quantity == 2
    assert "There is no such date." in result["errors"]


# ── Refused ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("bad", "column", "value", "reason"),
    [
        (line(number=""), "Order No", "", "The order number is missing."),
        (line(number="N" * 61), "Order No", "N" * 61, "This is longer than 60 characters."),
        (line(day=""), "Order date", "", "The order date is missing."),
        (line(day="2026-02-30"), "Order date", "2026-02-30", "There is no such date."),
        (line(customer=""), "Customer code", "", "The customer is missing."),
        (line(qty="-2"), "Quantity", "-2", "A quantity below zero stands only in a return."),
        (line(qty="0"), "Quantity", "0", "The quantity is zero."),
        (line(qty=""), "Quantity", "", "The quantity is missing."),
        (line(qty="two"), "Quantity", "two", "This isn't a number."),
        (line(price=""), "Unit price", "", "Price and amount are missing."),
        (line(price="-1"), "Unit price", "-1", "A price isn't below zero."),
        (line(price="9999999999999"), "Unit price", "9999999999999", "The number is larger than the field holds."),
        (
            line(qty="99999999999", price="99999999999"),
            "Unit price",
            "99999999999",
            "The amount is larger than the field holds.",
        ),
    ],
)
def test_a_bad_cell_is_named_with_line_column_value_and_reason(
    bring: Bring, bad: str, column: str, value: str, reason: str
) -> None:
    result = bring(HEADER + line("GOOD") + bad)
    assert counts(result) == (2, 1, 0, 0, 1)
    (error,) = result["first_errors"]
    assert error == {"line": 3, "column": column, "value": value, "reason": reason}
    assert list(Order.objects.values_list("number", flat=True)) == ["GOOD"]


def test_an_order_with_a_refused_line_is_refused_whole(bring: Bring) -> None:
    result = bring(HEADER + line("S1") + line("S2") + line("S1", qty="x"))
    assert counts(result) == (3, 1, 0, 0, 2)
    assert reasons(result) == {"This isn't a number.": 1, "Another line of this order is refused.": 1}
    assert list(Order.objects.values_list("number", flat=True)) == ["S2"]


def test_a_broken_line_spoils_the_order_it_belongs_to(bring: Bring) -> None:
    result = bring(HEADER + line("S1") + "S1,2026-11-02,K1,too,few\n" + line("S2"))
    assert counts(result) == (3, 1, 0, 0, 2)
    assert [error["line"] for error in result["first_errors"]] == [2, 3]


def test_two_customers_in_one_order_are_refused(bring: Bring) -> None:
    result = bring(HEADER + line("S1", customer="K1") + line("S1", customer="K2"))
    assert reasons(result) == {"The lines of this order name different customers.": 2}


def test_the_file_of_rejected_rows_can_be_corrected_and_brought_in(bring: Bring) -> None:
    result = bring(HEADER + line("S1") + line("S1", qty="=1+1") + line("S2"))
    assert result["errors"].splitlines() == [
        HEADER.strip() + ",line,column,value,reason",
        line("S1").strip() + ",2,Order No,S1,Another line of this order is refused.",
        line("S1", qty="=1+1").strip() + ",3,Quantity,'=1+1,This isn't a number.",
    ]
    again = bring(result["errors"].replace("=1+1,10", "5,10"))
    assert counts(again) == (2, 1, 0, 0, 0)
    assert Order.objects.get(number="S1").net == 70


def test_the_first_lines_time_and_customer_survive_script_in_names(bring: Bring) -> None:
    bring(HEADER + "S1,2026-11-02,K1,<script>alert(1)</script>,P1,=cmd|'/c calc',1,1\n")
    assert Customer.objects.get().name == "<script>alert(1)</script>"


# ── Returns ─────────────────────────────────────────────────────────────────


def test_numbers_with_the_prefix_and_negative_quantities_are_returns(bring: Bring) -> None:
    bring(HEADER + line("C1", qty="-2") + line("CO7", qty="2"))
    back, order = Order.objects.order_by("number")
    assert (back.kind, back.net, back.is_unmatched) == ("return", Decimal(-20), True)
    assert (order.kind, order.net, order.is_unmatched) == ("order", Decimal(20), False)


def test_a_positive_quantity_in_a_return_is_refused(bring: Bring) -> None:
    result = bring(HEADER + line("C1", qty="-2") + line("C1", qty="1"))
    assert "A quantity above zero doesn't stand in a return." in reasons(result)


def test_negative_orders_are_returns_if_one_says_so(bring: Bring) -> None:
    bring(HEADER + line("R1", qty="-2"), returns="negative")
    assert Order.objects.get().kind == "return"


def test_a_column_may_say_what_is_a_return(bring: Bring) -> None:
    header = "单号,日期,客户编码,产品编码,数量,金额,类型\n"
    bring(header + "1,2026-11-01,K1,P1,2,50,销售\n2,2026-11-01,K1,P1,1,25,退货\n")
    assert list(Order.objects.order_by("number").values_list("kind", "net")) == [
        ("order", Decimal(50)),
        ("return", Decimal(-25)),
    ]
    assert OrderLine.objects.get(order__number="2").quantity == -1


# ── Money ───────────────────────────────────────────────────────────────────


def test_an_amount_is_taken_as_it_is_and_gives_the_price(bring: Bring) -> None:
    bring(CHINESE + "1,2026年11月1日,K1,华为,P1,3,,10\n2,2026年11月1日,K1,华为,P1,３,3.40,￥10.00\n")
    first, second = OrderLine.objects.order_by("order__number")
    assert (first.net, first.unit_price) == (10, Decimal("3.333333"))
    assert (second.net, second.unit_price) == (10, Decimal("3.400000"))


@pytest.mark.parametrize(("cell", "net"), [("0.15", "85"), ("15%", "85"), ("85折", "85")])
def test_discounts_are_read_as_the_file_means_them(bring: Bring, cell: str, net: str) -> None:
    bring(f"Order No,Date,Customer,Product,Qty,Price,Discount\n1,2026-11-01,K1,P1,1,100,{cell}\n")
    assert OrderLine.objects.get().net == Decimal(net)


def test_a_line_is_rounded_once_half_up(bring: Bring) -> None:
    bring(HEADER + line(qty="3", price="0.335") + line("C2", qty="-3", price="0.335"))
    assert list(Order.objects.order_by("number").values_list("net", flat=True)) == [Decimal("-1.01"), Decimal("1.01")]


def test_a_foreign_currency_is_converted_once_and_waits_without_a_rate(bring: Bring) -> None:
    from sales.models import ExchangeRate

    ExchangeRate.objects.create(currency="USD", day=dt.date(2026, 1, 1), rate=Decimal("7.1"))
    header = "Order No,Date,Customer,Product,Qty,Price,Currency\n"
    bring(header + "1,2026-11-01,K1,P1,1,10.01,USD\n1,2026-11-01,K1,P2,1,0.05,USD\n2,2026-11-01,K1,P1,1,10,EUR\n")
    dollars, euros = Order.objects.order_by("number")
    assert dollars.base_minor == 7143
    assert sum(row.base_minor or 0 for row in dollars.lines.all()) == 7143
    assert (euros.base_minor, euros.rate_id) == (None, None)


def test_known_costs_are_kept_on_the_lines(bring: Bring) -> None:
    factories.product(code="P1", standard_cost=Decimal("4.5"))
    bring(HEADER + line(qty="2"))
    row = OrderLine.objects.get()
    assert (row.unit_cost, row.cost_minor) == (Decimal("4.5"), 900)


# ── The file's own conventions ──────────────────────────────────────────────


def test_codes_that_a_spreadsheet_took_for_numbers_lose_their_zero(bring: Bring) -> None:
    bring(HEADER + line(customer="17850.0") + line("S2", customer="17851.0"))
    assert set(Customer.objects.values_list("code", flat=True)) == {"17850", "17851"}


def test_a_code_with_a_point_stays_if_not_all_look_like_numbers(bring: Bring) -> None:
    bring(HEADER + line(customer="17850.0") + line("S2", customer="KA"))
    assert set(Customer.objects.values_list("code", flat=True)) == {"17850.0", "KA"}


def test_ambiguous_dates_are_asked_about(bring: Bring) -> None:
    with pytest.raises(MappingRefused, match="5 June"):
        bring(HEADER + line(day="5/6/2026"))
    bring(HEADER + line(day="5/6/2026"), date_order="mdy")
    assert Order.objects.get().ordered_on == dt.date(2026, 5, 6)


def test_one_clear_date_settles_the_others(bring: Bring) -> None:
    result = bring(HEADER + line("S1", day="5/6/2026") + line("S2", day="7/16/2026"))
    assert result["date_order"] == "mdy"
    assert Order.objects.get(number="S1").ordered_on == dt.date(2026, 5, 6)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_files_are_read_in_every_encoding(bring: Bring, encoding: str) -> None:
    text = CHINESE + "1,2026年11月1日,K1,华为技术有限公司,P1,2,5,\n"
    assert counts(bring(text.encode(encoding))) == (1, 1, 0, 0, 0)
    assert Customer.objects.get().name == "华为技术有限公司"


def test_semicolons_and_decimal_commas(bring: Bring) -> None:
    bring("Order No;Date;Customer;Product;Qty;Price\n1;2026-11-01;K1;P1;2;1.234,50\n2;2026-11-01;K1;P1;2;3,5\n")
    assert Order.objects.get(number="1").net == 2469


def test_missing_columns_are_named(bring: Bring) -> None:
    with pytest.raises(MappingRefused, match="Quantity and Unit price"):
        bring("Order No,Date,Customer\n1,2026-11-01,K1\n")


def test_unknown_columns_are_named(bring: Bring) -> None:
    with pytest.raises(MappingRefused, match="no column “Nr”"):
        bring(HEADER + line(), columns={"number": "Nr"})


def test_an_empty_table_is_an_import_of_nothing(bring: Bring) -> None:
    assert counts(bring(HEADER)) == (0, 0, 0, 0, 0)


def test_a_zip_is_refused(bring: Bring) -> None:
    with pytest.raises(FileRefused, match="CSV"):
        bring(b"PK\x03\x04" + b"x" * 100)


# ── Whose ───────────────────────────────────────────────────────────────────


def test_unknown_customers_and_products_may_be_refused(bring: Bring) -> None:
    factories.product(code="P1")
    factories.customer(code="K1")
    result = bring(HEADER + line("S1") + line("S2", customer="K2"), create=False)
    assert counts(result) == (2, 1, 0, 0, 1)
    assert reasons(result) == {"There is no customer with this code.": 1}


def test_new_customers_belong_to_whoever_brings_them(bring: Bring, manager: User, east: Department) -> None:
    bring(HEADER + line(), by=manager)
    made = Customer.objects.get(code="K1")
    assert (made.owner, made.department) == (manager, east)
    assert ChangeSet.objects.get().actor == manager


def test_customers_out_of_reach_are_refused(bring: Bring, manager: User, west: Department, account: Customer) -> None:
    factories.customer(code="FAR", department=west)
    result = bring(HEADER + line("S1", customer="FAR") + line("S2", customer=account.code), by=manager)
    assert counts(result) == (2, 1, 0, 0, 1)
    assert reasons(result) == {"This customer isn't among yours.": 1}


def test_orders_of_customers_out_of_reach_are_not_replaced(
    bring: Bring, manager: User, west: Department, account: Customer
) -> None:
    theirs = factories.order(factories.customer(department=west), source="import", number="S1")
    result = bring(HEADER + line("S1", customer=account.code), by=manager)
    assert counts(result) == (1, 0, 0, 0, 1)
    theirs.refresh_from_db()
    assert theirs.net == 100


def test_a_steward_may_not_bring_in_orders(steward: User) -> None:
    from jobs.imports.registry import import_kinds

    assert not import_kinds.get("orders").allows(steward)
