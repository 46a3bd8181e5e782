"""The orders as the file that an ERP would send."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dashboards.demo.goods import Item
from dashboards.demo.orders import FREE_TEXT, DemoOrder

SOURCE: Final = "erp"
COLUMNS: Final = {
    "number": "订单号",
    "ordered_at": "订单日期",
    "customer_code": "客户编码",
    "customer_name": "客户名称",
    "product_code": "产品编码",
    "product_name": "产品名称",
    "quantity": "数量",
    "unit_price": "单价",
    "discount": "折扣",
    "currency": "币种",
    "kind": "类型",
    "state": "状态",
}
OPTIONS: Final = {
    "source": SOURCE,
    "create": False,
    "returns": "column",
    "discount": "percent",
    "date_order": "dmy",
}
_STATES: Final = {
    "draft": "草稿",
    "confirmed": "已确认",
    "part_shipped": "部分发货",
    "shipped": "已发货",
    "completed": "已完成",
    "cancelled": "已取消",
}


def numbered(orders: Sequence[DemoOrder]) -> list[DemoOrder]:
    """The orders with numbers by kind and month, such as XS2611-0001; they come by day."""
    last: Counter[str] = Counter()
    made = []
    for order in orders:
        prefix = f"{'TH' if order.is_return else 'XS'}{order.at:%y%m}"
        last[prefix] += 1
        made.append(replace(order, number=f"{prefix}-{last[prefix]:04}"))
    return made


def text(orders: Sequence[DemoOrder], items: Sequence[Item], codes: Sequence[str], names: Sequence[str]) -> bytes:
    """The file: a line for each line of an order; `codes` and `names` are the customers'."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS.values())
    for order in orders:
        head = (order.number, f"{order.at:%Y-%m-%d %H:%M}", codes[order.client], names[order.client])
        tail = (order.currency, "退货" if order.is_return else "订单", _STATES[order.state])
        for line in order.lines:
            what = (items[line.item].code, items[line.item].name) if line.item is not None else ("", FREE_TEXT)
            writer.writerow((*head, *what, line.quantity, line.unit_price, line.discount, *tail))
    return file.getvalue().encode("utf-8-sig")
