"""The import of customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.constants import Kind
from accounts.core import countries
from accounts.models import Customer, Industry, Region
from accounts.queries import owners, redirects, rights
from accounts.scope import acting_scope
from accounts.services import customers, imported
from accounts.services.customers import NewCustomer
from jobs.core import numbers
from jobs.core.columns import folded
from jobs.imports.records import Applied, Records, Refused, Row, Values, refusal_of
from jobs.imports.registry import Field, ImportKind, Option
from jobs.imports.work import Outcome, Work
from users.models import ChangeSet, Department
from users.roles import Permission

FIELDS = (
    Field(
        "code",
        gettext_lazy("Customer code"),
        "Customer code|客户编码|客户编号|客户代码|客户号|客户ID|编码|代码|CustomerID|Customer No|Client ID|"
        "Account No|ID",
    ),
    Field(
        "name",
        gettext_lazy("Legal name"),
        "Legal name|客户名称|客户全称|公司名称|单位名称|名称|全称|Customer name|Company|CompanyName|"
        "Account name|Customer",
    ),
    Field("short_name", gettext_lazy("Short name"), "Short name|简称|客户简称"),
    Field(
        "kind", gettext_lazy("Kind"), "客户类型|类型|Type|Customer type", gettext_lazy("Such as end user, distributor.")
    ),
    Field("country", gettext_lazy("Country"), "国家|国家地区|国别"),
    Field(
        "tax_number", gettext_lazy("Tax number"), "Tax number|税号|统一社会信用代码|纳税人识别号|VAT|VAT number|Tax ID"
    ),
    Field("industry", gettext_lazy("Industry"), "行业|所属行业|Sector", gettext_lazy("Its code or name.")),
    Field("region", gettext_lazy("Region"), "区域|地区|大区|销售区域", gettext_lazy("Its code or name.")),
    Field(
        "owner",
        gettext_lazy("Owner"),
        "负责人|客户经理|业务员|销售员|Account manager|Sales person",
        gettext_lazy("User name or name; of customers that are created. Others are handed over, not imported."),
    ),
    Field(
        "department",
        gettext_lazy("Department"),
        "部门|所属部门|销售部门",
        gettext_lazy("Code or name; of customers that are created."),
    ),
    Field("address", gettext_lazy("Address"), "地址|详细地址|公司地址"),
    Field("website", gettext_lazy("Website"), "网址|网站|Web site|URL|Homepage"),
    Field("staff_count", gettext_lazy("Staff"), "Staff|员工数|人数|员工人数|Employees|Headcount"),
    Field(
        "yearly_turnover", gettext_lazy("Yearly turnover"), "Yearly turnover|年营业额|年营收|营业额|Turnover|Revenue"
    ),
    Field("founded_year", gettext_lazy("Founded"), "Founded|成立年份|成立时间|Founded year"),
    Field("currency", gettext_lazy("Currency"), "币种|币别|货币"),
    Field("note", gettext_lazy("Note"), "备注|说明|Remark|Remarks|Comment|Notes"),
)

OPTIONS = (
    Option("create", gettext_lazy("Create unknown customers"), True),
    Option("update", gettext_lazy("Change known customers"), True, help=gettext_lazy("An empty cell changes nothing.")),
    Option("decimal_comma", gettext_lazy("Numbers use the decimal comma: 1.234,50"), False),
)

# Columns of the model that are called otherwise in a file.
_FIELD_OF = {"industry_id": "industry", "region_id": "region", "owner_id": "owner", "department_id": "department"}
_OF_NEW_ONLY = ("owner_id", "department_id")


def work(job: Work) -> Outcome:
    """Bring in customers, a thousand a transaction; one change set for all. Raises FileRefused."""
    reading = _Reading(job)
    return Records(job, reading.values, _Writing(job).apply).run()


class _Reading:
    """Turns cells into columns of customers. Names are looked up once a file."""

    def __init__(self, job: Work) -> None:
        self.comma = job.options["decimal_comma"]

    def values(self, cells: Mapping[str, str]) -> Values:
        """A row's columns. Raises Refused."""
        values: Values = {}
        for code, text in cells.items():
            if code in ("staff_count", "founded_year"):
                values[code] = self._whole(code, text)
            elif code == "yearly_turnover":
                values[code] = self._number(code, text)
            elif code in self._named:
                column, known, unknown = self._named[code]
                values[column] = _found(code, text, known, unknown)
            elif code != "code":
                values[code] = text.strip() if code == "note" else folded(text)
        return values

    @cached_property
    def _named(self) -> dict[str, tuple[str, Callable[[str], Any], str]]:
        return {
            "kind": ("kind", _kinds().get, _("This isn't a kind of customer.")),
            "country": ("country", countries.code_of, _("There is no such country.")),
            "industry": ("industry_id", _names(Industry).get, _("There is no such industry.")),
            "region": ("region_id", _names(Region).get, _("There is no such region.")),
            "owner": ("owner_id", _owners().get, _("Nobody of this name keeps customers.")),
            "department": ("department_id", _departments().get, _("There is no such department.")),
        }

    def _number(self, code: str, text: str) -> Any:
        value = numbers.read(text, decimal_comma=self.comma)
        if value is None:
            raise Refused(code, _("This isn't a number."))
        return value

    def _whole(self, code: str, text: str) -> int:
        value = self._number(code, text)
        if value != value.to_integral_value():
            raise Refused(code, _("This isn't a whole number."))
        return int(value)


def _found(code: str, text: str, known: Callable[[str], Any], unknown: str) -> Any:
    value = known(folded(text).casefold())
    if value in (None, ""):
        raise Refused(code, unknown)
    return value


def _kinds() -> dict[str, str]:
    """Kinds by their values and their labels in both languages."""
    known = {kind.value: kind.value for kind in Kind}
    for language in ("en", "zh-hans"):
        with override(language):
            known |= {str(kind.label).casefold(): kind.value for kind in Kind}
    return known


def _names(model: type[Industry | Region]) -> dict[str, int]:
    rows = model.objects.values_list("pk", "code", "name_en", "name_zh")
    return {name.casefold(): pk for pk, *names in rows for name in names}


def _owners() -> dict[str, int]:
    rows = owners.possible_owners().values_list("pk", "username", "name")
    return {name.casefold(): pk for pk, *names in rows for name in reversed(names)}


def _departments() -> dict[str, int]:
    rows = Department.objects.values_list("pk", "code", "name")
    return {name.casefold(): pk for pk, *names in rows for name in reversed(names)}


class _Writing:
    """Creates and changes customers, as far as the user may."""

    def __init__(self, job: Work) -> None:
        self.job = job
        self.by = job.by

    def apply(self, batch: Sequence[Row], log: Callable[[], ChangeSet] | None) -> Applied:
        """Judge a batch, and write it if there is a log."""
        applied = Applied()
        codes = [row.code for row in batch]
        known = dict(Customer.objects.filter(code__in=codes).values_list("code", "pk"))
        known |= redirects.survivors_of_codes(codes)
        rows = imported.lock(list(known.values())) if log else Customer.objects.in_bulk(list(known.values()))
        fresh: list[NewCustomer] = []
        differing: dict[Customer, Values] = {}
        for row in batch:
            try:
                if row.code in known:
                    customer = rows[known[row.code]]
                    changed = self._changes(customer, row.values)
                    differing |= {customer: changed} if changed else {}
                    applied.updated += bool(changed)
                    applied.unchanged += not changed
                else:
                    fresh.append(self._new(row))
                    applied.created += 1
            except Refused as refusal:
                applied.refused[row.line] = refusal
        if log and fresh:
            customers.create_many(rows=fresh, by=self.by, change_set=log())
        if log and differing:
            imported.change_many(cleaned=differing, change_set=log())
        return applied

    def _changes(self, customer: Customer, values: Values) -> Values:
        if self.by and not rights.may(self.by, Permission.CUSTOMER_EDIT, customer):
            raise Refused("code", _("This customer isn't among yours."))
        if not self.job.options["update"]:
            return {}
        said = {name: value for name, value in values.items() if name not in _OF_NEW_ONLY}
        try:
            cleaned = customers.clean_edit(customer, said)
        except ValidationError as error:
            raise refusal_of(error, _FIELD_OF) from None
        return {name: value for name, value in cleaned.items() if getattr(customer, name) != value}

    def _new(self, row: Row) -> NewCustomer:
        if not self.job.options["create"]:
            raise Refused("code", _("There is no customer with this code."))
        if "name" not in row.values:
            raise Refused("name", _("The name is missing."))
        new = self._placed(row)
        try:
            customers.clean_new(new)
        except ValidationError as error:
            raise refusal_of(error, _FIELD_OF) from None
        return new

    def _placed(self, row: Row) -> NewCustomer:
        """The new customer, with whose it is: the file's word, or whoever brings it in. Raises Refused."""
        said: Values = {"code": row.code} | row.values
        if self.by is None:
            return NewCustomer(**said)
        if "owner_id" in said:
            if said["owner_id"] not in self._owners_in_reach:
                raise Refused("owner", _("This owner is outside your reach."))
            return NewCustomer(**said)
        own = self.by.pk if owners.may_own(self.by) else None
        home: Values = {"owner_id": own, "department_id": self.by.department_id}
        new = NewCustomer(**(home | said))
        scope = acting_scope(self.by, Permission.CUSTOMER_CREATE)
        if not scope.covers(owner_id=new.owner_id, department_id=new.department_id):
            raise Refused("department", _("This department is outside your reach."))
        return new

    @cached_property
    def _owners_in_reach(self) -> frozenset[int]:
        if self.by is None:
            return frozenset()
        return frozenset(owners.owners_in_reach(self.by, Permission.CUSTOMER_CREATE).values_list("pk", flat=True))


KIND = ImportKind(
    code="customers",
    # Translators: 客户
    label=gettext_lazy("Customers"),
    counts=gettext_lazy("customers"),
    fields=FIELDS,
    needed=((("code",),),),
    options=OPTIONS,
    permissions=(Permission.CUSTOMER_CREATE, Permission.CUSTOMER_EDIT),
    work=work,
    result_url="accounts:customer_list",
)
