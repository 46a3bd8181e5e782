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
from jobs.imports.records import (
    EMPTY,
    Applied,
    Records,
    Refused,
    Row,
    Values,
    check_key,
    key_option,
    refusal_of,
    suggest_key,
)
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

KEYS = (("code", gettext_lazy("Product code")), ("name", gettext_lazy("Product name")))
OPTIONS = (
    key_option(KEYS),
    Option("create", gettext_lazy("Create unknown products"), True),
    Option("update", gettext_lazy("Change known products"), True),
    EMPTY,
    Option("decimal_comma", gettext_lazy("Numbers use the decimal comma: 1.234,50"), False),
)

_FIELD_OF = {"category_id": "category"}
_CHOICES: dict[str, type[Grade | Stage | Prospect]] = {"grade": Grade, "stage": Stage, "prospect": Prospect}
_SMALLEST = Decimal("0.000001")


def work(job: Work) -> Outcome:
    """Bring in products, a thousand a transaction; one change set for all. Raises FileRefused."""
    return Records(job, _Reading(job).values, _Writing(job).apply, keys=(job.options["key"],)).run()


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
            else:
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
        self.key = job.options["key"]
        self.taken: set[str] = set()

    def apply(self, batch: Sequence[Row], log: Callable[[], ChangeSet] | None) -> Applied:
        """Judge a batch, and write it if there is a log."""
        applied = Applied()
        known = self._known(batch)
        self.taken = self._taken(batch)
        ids = [pk for found in known.values() for pk in found]
        rows = product_batches.lock(ids) if log else Product.objects.in_bulk(ids)
        fresh: list[Values] = []
        differing: dict[Product, Values] = {}
        for row in batch:
            try:
                found = known.get(row.key, [])
                if len(found) > 1:
                    raise Refused(self.key, _("Several products have this; the row could mean any of them."))
                if found:
                    product = rows[found[0]]
                    changed = self._changes(product, row)
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

    def _taken(self, batch: Sequence[Row]) -> set[str]:
        """The codes of a batch that are there already, where rows are known by something else."""
        if self.key == "code":
            return set()
        codes = [row.values["code"] for row in batch if "code" in row.values]
        return set(Product.objects.filter(code__in=codes).values_list("code", flat=True))

    def _known(self, batch: Sequence[Row]) -> dict[str, list[int]]:
        """The ids of the products that rows are about, by what they are known by."""
        found: dict[str, list[int]] = {}
        keys = [row.key for row in batch]
        for key, pk in Product.objects.filter(**{f"{self.key}__in": keys}).values_list(self.key, "pk"):
            found.setdefault(key, []).append(pk)
        return found

    def _changes(self, product: Product, row: Row) -> Values:
        if not self.job.options["update"]:
            return {}
        if row.values.get("code", product.code) != product.code:
            raise Refused("code", _("This product has another code. Codes aren't changed here."))
        values = _checked(row.values | _emptied(row))
        return {name: value for name, value in values.items() if getattr(product, name) != value}

    def _new(self, row: Row) -> Values:
        if not self.job.options["create"]:
            unknown = _("There is no product with this code.") if self.key == "code" else _("There is no such product.")
            raise Refused(self.key, unknown)
        if "code" not in row.values:
            raise Refused("code", _("A new product needs a code."))
        if row.values.get("code") in self.taken:
            raise Refused("code", _("Another product has this code."))
        return _checked({"name": row.values["code"]} | row.values)


def _emptied(row: Row) -> Values:
    """The columns that empty cells empty, with what an empty one holds."""
    found: Values = {}
    for code in row.cleared - {"code", "name"}:
        column = Product._meta.get_field("category" if code == "category" else code)
        found[getattr(column, "attname", code)] = None if column.null else ""
    return found


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
    needed=((("code",), ("name",)),),
    options=OPTIONS,
    permissions=(Permission.PRODUCT_EDIT,),
    work=work,
    result_url="sales:product_list",
    suggest=suggest_key([code for code, _label in KEYS]),
    check=check_key,
)
