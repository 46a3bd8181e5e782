"""The import of products."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from crm.lib import dates
from jobs.core import moments, numbers
from jobs.core.columns import folded
from jobs.imports.records import Applied, Records, Refused, Row, Values, refusal_of
from jobs.imports.registry import Field, ImportKind, Option
from jobs.imports.work import Outcome, Work
from sales.constants import Grade, Prospect, Stage
from sales.models import Category, Product
from sales.services import product_batches
from users.models import ChangeSet
from users.roles import Permission

FIELDS = (
    Field(
        "code",
        gettext_lazy("Product code"),
        "Product code|产品编码|产品编号|产品代码|商品编码|商品编号|物料编码|物料编号|货号|编码|StockCode|SKU|"
        "ProductID|Item code|ID",
    ),
    Field(
        "name",
        gettext_lazy("Product name"),
        "Product name|产品名称|商品名称|物料名称|品名|名称|Description|ProductName|Item name|Product",
    ),
    Field(
        "category",
        gettext_lazy("Category"),
        "产品类别|类别|分类|品类|产品分类|CategoryID|Product category|Group",
        gettext_lazy("Its code or name."),
    ),
    Field("unit", gettext_lazy("Unit"), "单位|计量单位|Unit of measure|UOM"),
    Field("grade", gettext_lazy("Grade"), "档次|等级"),
    Field("standard_cost", gettext_lazy("Standard cost"), "Standard cost|标准成本|成本|单位成本|Cost|Unit cost"),
    Field("list_price", gettext_lazy("List price"), "List price|标价|目录价|单价|价格|UnitPrice|Price"),
    Field("launched_on", gettext_lazy("Launched"), "Launched|上市日期|上市时间|Launch date"),
    Field("stage", gettext_lazy("Life cycle"), "Life cycle|生命周期|产品生命周期"),
    Field("prospect", gettext_lazy("Prospect"), "前景|销售前景"),
)

OPTIONS = (
    Option("create", gettext_lazy("Create unknown products"), True),
    Option("update", gettext_lazy("Change known products"), True, help=gettext_lazy("An empty cell changes nothing.")),
    Option("decimal_comma", gettext_lazy("Numbers use the decimal comma: 1.234,50"), False),
)

_FIELD_OF = {"category_id": "category"}
_CHOICES: dict[str, type[Grade | Stage | Prospect]] = {"grade": Grade, "stage": Stage, "prospect": Prospect}
_SMALLEST = Decimal("0.000001")


def work(job: Work) -> Outcome:
    """Bring in products, a thousand a transaction; one change set for all. Raises FileRefused."""
    return Records(job, _Reading(job).values, _Writing(job).apply).run()


class _Reading:
    """Turns cells into columns of products. Categories are looked up once a file."""

    def __init__(self, job: Work) -> None:
        self.comma = job.options["decimal_comma"]
        self.words = {name: _words(choices) for name, choices in _CHOICES.items()}
        rows = Category.objects.values_list("pk", "code", "name")
        self.categories = {name.casefold(): pk for pk, *names in rows for name in reversed(names)}

    def values(self, cells: Mapping[str, str]) -> Values:
        """A row's columns. Raises Refused."""
        values: Values = {}
        for code, text in cells.items():
            if code == "category":
                values["category_id"] = _found(code, text, self.categories, _("There is no such category."))
            elif code in self.words:
                values[code] = _found(code, text, self.words[code], _("This isn't one of the words known here."))
            elif code in ("standard_cost", "list_price"):
                values[code] = self._amount(code, text)
            elif code == "launched_on":
                values[code] = _day(code, text)
            elif code != "code":
                values[code] = folded(text)
        return values

    def _amount(self, code: str, text: str) -> Decimal:
        value = numbers.read(text, decimal_comma=self.comma)
        if value is None:
            raise Refused(code, _("This isn't a number."))
        if abs(value) >= 10**12:
            raise Refused(code, _("The number is larger than the field holds."))
        return value.quantize(_SMALLEST, rounding=ROUND_HALF_UP)


def _words(choices: type[Grade | Stage | Prospect]) -> dict[str, str]:
    """Choices by their values and their labels in both languages."""
    known = {choice.value: choice.value for choice in choices}
    for language in ("en", "zh-hans"):
        with override(language):
            known |= {str(choice.label).casefold(): choice.value for choice in choices}
    return known


def _found(code: str, text: str, known: Mapping[str, Any], unknown: str) -> Any:
    value = known.get(folded(text).casefold())
    if value is None:
        raise Refused(code, unknown)
    return value


def _day(code: str, text: str) -> dt.date:
    day_first, month_first = moments.moments([text], zone=dates.company_zone())
    if day_first[0] == moments.NONE or day_first[0] != month_first[0]:
        raise Refused(code, _("There is no such date, or it can be read in two ways. Write 2026-11-20."))
    return dt.date(1970, 1, 1) + dt.timedelta(microseconds=int(day_first[0]))


class _Writing:
    """Creates and changes products."""

    def __init__(self, job: Work) -> None:
        self.job = job

    def apply(self, batch: Sequence[Row], log: Callable[[], ChangeSet] | None) -> Applied:
        """Judge a batch, and write it if there is a log."""
        applied = Applied()
        known = dict(Product.objects.filter(code__in=[row.code for row in batch]).values_list("code", "pk"))
        rows = product_batches.lock(list(known.values())) if log else Product.objects.in_bulk(list(known.values()))
        fresh: list[Values] = []
        differing: dict[Product, Values] = {}
        for row in batch:
            try:
                if row.code in known:
                    product = rows[known[row.code]]
                    changed = self._changes(product, row.values)
                    differing |= {product: changed} if changed else {}
                    applied.updated += bool(changed)
                    applied.unchanged += not changed
                else:
                    fresh.append(self._new(row))
                    applied.created += 1
            except Refused as refusal:
                applied.refused[row.line] = refusal
        if log and fresh:
            product_batches.create_products(rows=fresh, change_set=log())
        if log and differing:
            product_batches.change_many(values=differing, change_set=log())
        return applied

    def _changes(self, product: Product, values: Values) -> Values:
        if not self.job.options["update"]:
            return {}
        _checked(values)
        return {name: value for name, value in values.items() if getattr(product, name) != value}

    def _new(self, row: Row) -> Values:
        if not self.job.options["create"]:
            raise Refused("code", _("There is no product with this code."))
        return _checked({"code": row.code, "name": row.code} | row.values)


def _checked(values: Values) -> Values:
    try:
        product_batches.clean(values)
    except ValidationError as error:
        raise refusal_of(error, _FIELD_OF) from None
    return values


KIND = ImportKind(
    code="products",
    # Translators: 产品
    label=gettext_lazy("Products"),
    counts=gettext_lazy("products"),
    fields=FIELDS,
    needed=((("code",),),),
    options=OPTIONS,
    permissions=(Permission.PRODUCT_EDIT,),
    work=work,
    result_url="sales:product_list",
)
