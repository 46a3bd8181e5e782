"""Orders, their lines and products as files."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.constants import Door
from accounts.exports import reach
from accounts.services import reads
from crm.lib import money
from jobs.exports.registry import Cell, ExportColumn, ListExport, Row
from sales.constants import OrderKind, OrderState
from sales.models import Order, OrderLine, Product
from sales.queries import orders, products
from users.models import User
from users.roles import Permission

CHUNK = 1_000

_ORDER_COLUMNS = (
    ExportColumn("number", gettext_lazy("Number")),
    ExportColumn("ordered_on", gettext_lazy("Ordered on")),
    ExportColumn("customer_code", gettext_lazy("Customer code")),
    ExportColumn("customer", gettext_lazy("Customer")),
    ExportColumn("kind", gettext_lazy("Kind")),
    ExportColumn("state", gettext_lazy("State")),
    ExportColumn("currency", gettext_lazy("Currency")),
    ExportColumn("net", gettext_lazy("Net")),
    ExportColumn("base", gettext_lazy("Net in the base currency")),
    ExportColumn("source", gettext_lazy("Source")),
    ExportColumn("promised_on", gettext_lazy("Promised"), usual=False),
    ExportColumn("shipped_on", gettext_lazy("Shipped"), usual=False),
    ExportColumn("note", gettext_lazy("Note"), usual=False),
)
_LINE_COLUMNS = (
    *_ORDER_COLUMNS[:7],
    ExportColumn("position", gettext_lazy("Line")),
    ExportColumn("product_code", gettext_lazy("Product code")),
    ExportColumn("product", gettext_lazy("Product")),
    ExportColumn("quantity", gettext_lazy("Quantity")),
    ExportColumn("unit_price", gettext_lazy("Unit price")),
    ExportColumn("discount_percent", gettext_lazy("Discount, %%")),
    ExportColumn("line_net", gettext_lazy("Amount")),
    ExportColumn("source", gettext_lazy("Source")),
)


def _pages(user: User, params: QueryDict) -> Iterator[list[Order]]:
    chosen, after = orders.Filters.parse(params), ""
    while True:
        page = orders.page(user, chosen, after=after, size=CHUNK)
        reads.note(by=user, customer_ids={row.customer_id for row in page.rows}, door=Door.EXPORT)
        yield page.rows
        after = page.next
        if not after:
            return


def _order_rows(user: User, params: QueryDict, codes: Sequence[str]) -> Iterator[Row]:
    for rows in _pages(user, params):
        notes = dict(Order.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "note"))
        for row in rows:
            cells = _of_order(row) | {"note": notes.get(row.pk, "")}
            yield [cells[code] for code in codes]


def _of_order(row: Order) -> dict[str, Cell]:
    return {
        "number": row.number,
        "ordered_on": row.ordered_on,
        "customer_code": row.customer.code,
        "customer": str(row.customer),
        "kind": row.get_kind_display(),
        "state": row.get_state_display(),
        "currency": row.currency,
        "net": round(row.net, money.exponent(row.currency)),
        "base": None if row.base_minor is None else money.from_minor(row.base_minor, settings.BASE_CURRENCY),
        "source": row.source,
        "promised_on": row.promised_on,
        "shipped_on": row.shipped_on,
    }


def _line_rows(user: User, params: QueryDict, codes: Sequence[str]) -> Iterator[Row]:
    for rows in _pages(user, params):
        by_id = {row.pk: row for row in rows}
        lines = OrderLine.objects.filter(order_id__in=list(by_id)).select_related("product")
        found: dict[int, list[OrderLine]] = {}
        for line in lines.order_by("order_id", "position"):
            found.setdefault(line.order_id, []).append(line)
        for pk, row in by_id.items():
            of_order = _of_order(row)
            for line in found.get(pk, ()):
                cells = of_order | _of_line(line, row)
                yield [cells[code] for code in codes]


def _of_line(line: OrderLine, row: Order) -> dict[str, Cell]:
    return {
        "position": line.position,
        "product_code": line.product.code if line.product else "",
        "product": line.product.name if line.product else line.description,
        "quantity": line.quantity.normalize() if line.quantity else line.quantity,
        "unit_price": line.unit_price,
        "discount_percent": line.discount_percent,
        "line_net": round(line.net, money.exponent(row.currency)),
    }


def _order_words(user: User, params: QueryDict) -> list[tuple[str, str]]:
    chosen = orders.Filters.parse(params)
    labels: Mapping[str, str] = {
        "q": _("Text"),
        "state": _("State"),
        "kind": _("Kind"),
        "customer": _("Customer"),
        "product": _("Product"),
        "source": _("Source"),
        "currency": _("Currency"),
        "first": _("From"),
        "last": _("To"),
        "flag": _("Flagged"),
    }
    choices: dict[str, Any] = {
        "state": {"counting": _("Counts as sales")} | dict(OrderState.choices),
        "kind": dict(OrderKind.choices),
        "flag": {"no_rate": _("no exchange rate"), "unmatched": _("return without an original")},
    }
    return [(labels[name], str(choices.get(name, {}).get(value, value))) for name, value in chosen.params().items()]


def _order_count(user: User, params: QueryDict) -> int:
    return orders.exact_count(user, orders.Filters.parse(params))


def _line_count(user: User, params: QueryDict) -> int:
    matching = orders.matching(user, orders.Filters.parse(params))
    return OrderLine.objects.filter(order__in=matching.values("pk")).count()


ORDERS = ListExport(
    code="orders",
    # Translators: 订单
    label=gettext_lazy("Orders"),
    permission=Permission.ORDER_EXPORT,
    columns=lambda user: _ORDER_COLUMNS,
    rows=_order_rows,
    count=_order_count,
    words=_order_words,
    reach=reach,
    list_url="sales:order_list",
)
LINES = ListExport(
    code="order_lines",
    label=gettext_lazy("Orders with their lines"),
    permission=Permission.ORDER_EXPORT,
    columns=lambda user: _LINE_COLUMNS,
    rows=_line_rows,
    count=_line_count,
    words=_order_words,
    reach=reach,
    list_url="sales:order_list",
)

_PRODUCT_COLUMNS = (
    ExportColumn("code", gettext_lazy("Product code")),
    ExportColumn("name", gettext_lazy("Product name")),
    ExportColumn("category", gettext_lazy("Category")),
    ExportColumn("unit", gettext_lazy("Unit")),
    ExportColumn("grade", gettext_lazy("Grade")),
    ExportColumn("list_price", gettext_lazy("List price")),
    ExportColumn("launched_on", gettext_lazy("Launched")),
    ExportColumn("stage", gettext_lazy("Life cycle")),
    ExportColumn("prospect", gettext_lazy("Prospect")),
    ExportColumn("is_active", gettext_lazy("On sale")),
)
_COST = ExportColumn("standard_cost", gettext_lazy("Standard cost"), usual=False)


def _product_rows(_user: User, params: QueryDict, codes: Sequence[str]) -> Iterator[Row]:
    found = products.matching(products.Filters.parse(params)).select_related("category")
    last = ""
    while True:
        rows = list(found.filter(code__gt=last).order_by("code").defer("search_text", "search_grams")[:CHUNK])
        for row in rows:
            yield [_of_product(row, code) for code in codes]
        if len(rows) < CHUNK:
            return
        last = rows[-1].code


def _of_product(row: Product, code: str) -> Cell:
    if code == "category":
        return row.category.name if row.category else ""
    if code in ("grade", "stage", "prospect"):
        return str(getattr(row, f"get_{code}_display")())
    value: Cell = getattr(row, code)
    return value


def _product_words(_user: User, params: QueryDict) -> list[tuple[str, str]]:
    chosen = products.Filters.parse(params)
    said = [(_("Text"), chosen.q)] if chosen.q else []
    if chosen.category is not None:
        said.append((_("Category"), str(dict(products.category_choices()).get(chosen.category, chosen.category))))
    if chosen.sale:
        said.append((_("On sale"), _("yes") if chosen.sale == "on" else _("no")))
    return said


PRODUCTS = ListExport(
    code="products",
    # Translators: 产品
    label=gettext_lazy("Products"),
    permission=Permission.PRODUCT_VIEW,
    columns=lambda user: (*_PRODUCT_COLUMNS, _COST) if user.may(Permission.PRODUCT_EDIT) else _PRODUCT_COLUMNS,
    rows=_product_rows,
    count=lambda user, params: products.matching(products.Filters.parse(params)).count(),
    words=_product_words,
    list_url="sales:product_list",
)
