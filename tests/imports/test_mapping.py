"""Mappings proposed from headers."""

import pytest

from jobs.imports import mapping
from jobs.imports.registry import import_kinds

ORDERS = import_kinds.get("orders")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"],
            "number product_code product_name quantity ordered_at unit_price customer_code country",
        ),
        (
            ["订单号", "订单日期", "客户编码", "客户名称", "产品编码", "产品名称", "数量", "单价", "币种"],
            "number ordered_at customer_code customer_name product_code product_name quantity unit_price currency",
        ),
        (
            ["订单编号", "下单时间", "客户编号", "商品编码", "商品名称", "销售数量", "单价（元）", "金额(元)"],
            "number ordered_at customer_code product_code product_name quantity unit_price amount",
        ),
        (
            ["OrderID", "CustomerID", "OrderDate", "ProductID", "UnitPrice", "Quantity", "Discount"],
            "number customer_code ordered_at product_code unit_price quantity discount",
        ),
        (["ORDER_NO", "order date", "Customer-Code", "SKU", "Qty", "Line total"],
         "number ordered_at customer_code product_code quantity amount"),
        (["Ｏｒｄｅｒ　Ｎｏ", "日期"], "number ordered_at"),
    ],
)  # fmt: skip
def test_headers_are_known_in_both_languages(headers: list[str], expected: str) -> None:
    found = mapping.proposed(ORDERS, headers)
    assert [next(code for code, own in found.items() if own == header) for header in headers] == expected.split()


def test_a_column_whose_cells_do_not_fit_is_not_proposed() -> None:
    headers = ["Order No", "Type"]
    assert "kind" in mapping.proposed(ORDERS, headers, [["1", "return"], ["2", ""]])
    assert "kind" not in mapping.proposed(ORDERS, headers, [["1", "hardware"]])


def test_our_own_columns_of_rejected_rows_are_left_out() -> None:
    headers = ["Order No", "line", "column", "value", "reason"]
    assert mapping.own_columns(headers) == ["Order No"]


def test_every_header_is_a_synonym_of_one_field_only() -> None:
    for kind in import_kinds:
        seen: dict[str, str] = {}
        for field in kind.fields:
            for name in filter(None, [field.code, *field.synonyms.split("|")]):
                assert seen.setdefault(mapping.folded(name), field.code) == field.code, (kind.code, name)
