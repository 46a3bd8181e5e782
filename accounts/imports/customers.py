"""The import of customers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.constants import Kind, LifeCycle
from accounts.core import countries
from accounts.imports.customer_fields import FIELDS, KEYS, OPTIONS
from accounts.imports.parents import Parents
from accounts.models import Customer, Industry, Region
from accounts.queries import owners, rights
from accounts.scope import acting_scope
from accounts.services import customers, imported, life_cycle
from accounts.services.customers import NewCustomer
from jobs.core import numbers
from jobs.core.columns import folded
from jobs.imports.records import Applied, Records, Refused, Row, Values, check_key, refusal_of, suggest_key
from jobs.imports.registry import ImportKind
from jobs.imports.work import Outcome, Work
from users.constants import Language
from users.models import ChangeSet, Department
from users.roles import Permission

# Columns of the model that are called otherwise in a file.
_FIELD_OF = {"industry_id": "industry", "region_id": "region", "owner_id": "owner", "department_id": "department"}
_COLUMN_OF = {field: column for column, field in _FIELD_OF.items()}
_NOT_OF_NEW = {"parent_code", "life_cycle_reason"}
# What a customer is never without, and what has a pass or a service of its own.
_NEVER_EMPTY = {"code", "name", "kind", "country", "currency", "language", "counts_in_grading"} | {
    "owner", "department", "parent_code", "life_cycle", "life_cycle_reason",
}  # fmt: skip


def _emptied(row: Row) -> Values:
    """The columns that empty cells empty, with what an empty one holds."""
    found: Values = {}
    for code in row.cleared - _NEVER_EMPTY:
        column = Customer._meta.get_field(_COLUMN_OF.get(code, code))
        found[getattr(column, "attname", code)] = [] if code == "former_names" else None if column.null else ""
    return found


def work(job: Work) -> Outcome:
    """Bring in customers, a thousand a transaction; one change set for all. Parents are set when all are there.

    Raises FileRefused.
    """
    reading = _Reading(job)
    parents = Parents(job) if job.has("parent_code") else None
    writing = _Writing(job, parents)
    return Records(job, reading.values, writing.apply, keys=(job.options["key"],), links=parents).run()


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
            elif code == "former_names":
                values[code] = [name for name in map(folded, _SEPARATORS.split(text)) if name]
            elif code != "code":
                values[code] = text.strip() if code == "note" else folded(text)
            else:
                values[code] = folded(text)
        return values

    @cached_property
    def _named(self) -> dict[str, tuple[str, Callable[[str], Any], str]]:
        return {
            "kind": ("kind", _labels(Kind).get, _("This isn't a kind of customer.")),
            "life_cycle": ("life_cycle", _labels(LifeCycle).get, _("This isn't a stage of the life cycle.")),
            "counts_in_grading": ("counts_in_grading", _YES_NO.get, _("Write yes or no.")),
            "language": ("language", _languages().get, _("This language isn't one of the screens.")),
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


_SEPARATORS = re.compile(r"[;；|\n]")
_YES_NO = dict.fromkeys(("yes", "y", "true", "1", "是", "√"), True) | dict.fromkeys(
    ("no", "n", "false", "0", "否", "×"), False
)


def _labels(choices: type[Kind | LifeCycle]) -> dict[str, str]:
    """Choices by their values and their labels in both languages."""
    known = {one.value: one.value for one in choices}
    for language in ("en", "zh-hans"):
        with override(language):
            known |= {str(one.label).casefold(): one.value for one in choices}
    return known


def _languages() -> dict[str, str]:
    known = {str(one.label).casefold(): one.value for one in Language}
    return known | {one.value: one.value for one in Language} | {"zh": "zh-hans", "中文": "zh-hans"}


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

    def __init__(self, job: Work, parents: Parents | None) -> None:
        self.job, self.parents = job, parents
        self.by = job.by
        self.key = job.options["key"]
        self.taken: set[str] = set()

    def apply(self, batch: Sequence[Row], log: Callable[[], ChangeSet] | None) -> Applied:
        """Judge a batch, and write it if there is a log."""
        applied = Applied()
        known = self._known(batch)
        self.taken = self._taken(batch)
        ids = [pk for found in known.values() for pk in found]
        rows = imported.lock(ids) if log else Customer.objects.in_bulk(ids)
        fresh: dict[int, NewCustomer] = {}
        differing: dict[Customer, Values] = {}
        if self.parents:
            self.parents.look_up(batch, rows)
        for row in batch:
            try:
                found = known.get(row.key, [])
                if len(found) > 1:
                    raise Refused(self.key, _("Several customers have this; the row could mean any of them."))
                if found:
                    customer = rows[found[0]]
                    changed = self._changes(customer, row)
                    moved = bool(self.parents and self.parents.claim(row, customer))
                    differing |= {customer: changed} if changed else {}
                    applied.updated += bool(changed) or moved
                    applied.unchanged += not (changed or moved)
                else:
                    new = self._new(row)
                    if self.parents:
                        self.parents.claim(row, None)
                    fresh[row.line] = new
                    applied.created += 1
            except Refused as refusal:
                applied.refused[row.line] = refusal
        if log:
            self._write(fresh, differing, log)
        return applied

    def _write(
        self, fresh: Mapping[int, NewCustomer], differing: Mapping[Customer, Values], log: Callable[[], ChangeSet]
    ) -> None:
        if fresh:
            made = customers.create_many(rows=list(fresh.values()), by=self.by, change_set=log())
            if self.parents:
                self.parents.created(dict(zip(fresh, made.values(), strict=True)))
        if differing:
            imported.change_many(cleaned=differing, change_set=log(), by=self.by)

    def _taken(self, batch: Sequence[Row]) -> set[str]:
        """The codes of a batch that are there already, where rows are known by something else."""
        if self.key == "code":
            return set()
        codes = [row.values["code"] for row in batch if "code" in row.values]
        return set(Customer.objects.filter(code__in=codes).values_list("code", flat=True))

    def _known(self, batch: Sequence[Row]) -> dict[str, list[int]]:
        """The ids of the customers that rows are about, by what they are known by."""
        found: dict[str, list[int]] = {}
        keys = [row.key for row in batch]
        for key, pk in Customer.objects.filter(**{f"{self.key}__in": keys}).values_list(self.key, "pk"):
            found.setdefault(key, []).append(pk)
        return found

    def _changes(self, customer: Customer, row: Row) -> Values:
        if self.by and not rights.may(self.by, Permission.CUSTOMER_EDIT, customer):
            raise Refused(self.key, _("This customer isn't among yours."))
        if not self.job.options["update"]:
            return {}
        if row.values.get("code", customer.code) != customer.code:
            raise Refused("code", _("This customer has another code. Codes aren't changed here."))
        said = {name: value for name, value in row.values.items() if name in customers.EDITABLE - {"code"}}
        said |= _emptied(row)
        try:
            cleaned = customers.clean_edit(customer, said)
        except ValidationError as error:
            raise refusal_of(error, _FIELD_OF) from None
        changed = {name: value for name, value in cleaned.items() if getattr(customer, name) != value}
        return changed | self._stage(customer, row)

    def _stage(self, customer: Customer, row: Row) -> Values:
        """The stage a customer moves to, with the reason that its step is written down with."""
        stage = row.values.get("life_cycle", customer.life_cycle)
        if stage == customer.life_cycle:
            return {}
        reason = row.values.get("life_cycle_reason", "")
        if stage in life_cycle.NEEDS_REASON and not reason:
            raise Refused("life_cycle", _("This stage takes a reason: map a column to it."))
        summary = _("Import of %(file)s") % {"file": self.job.file_name}
        return {"life_cycle": stage, imported.REASON: (reason or summary)[:300]}

    def _new(self, row: Row) -> NewCustomer:
        if not self.job.options["create"]:
            unknown = (
                _("There is no customer with this code.") if self.key == "code" else _("There is no such customer.")
            )
            raise Refused(self.key, unknown)
        if "name" not in row.values:
            raise Refused("name", _("The name is missing."))
        if row.values.get("code") in self.taken:
            raise Refused("code", _("Another customer has this code."))
        new = self._placed(row)
        try:
            customers.clean_new(new)
        except ValidationError as error:
            raise refusal_of(error, _FIELD_OF) from None
        return new

    def _placed(self, row: Row) -> NewCustomer:
        """The new customer, with whose it is: the file's word, or whoever brings it in. Raises Refused."""
        said: Values = {name: value for name, value in row.values.items() if name not in _NOT_OF_NEW}
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
    needed=((("code",), ("tax_number",), ("name",)),),
    options=OPTIONS,
    permissions=(Permission.CUSTOMER_CREATE, Permission.CUSTOMER_EDIT),
    work=work,
    result_url="accounts:customer_list",
    suggest=suggest_key([code for code, _label in KEYS]),
    check=check_key,
)
