"""The import of contacts: people of customers that are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.constants import Attitude, Role
from accounts.models import Contact, Customer
from accounts.queries import rights
from accounts.services import contacts, imported
from accounts.services.contacts import NewContact
from jobs.core import numbers
from jobs.core.columns import folded
from jobs.imports.errors import MappingRefused
from jobs.imports.records import (
    EMPTY,
    KEY_MARK,
    Applied,
    Link,
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
from users.models import ChangeSet
from users.roles import Permission

FIELDS = (
    Field(
        "customer_code",
        gettext_lazy("Customer code"),
        "Customer code|客户编码|客户编号|客户代码|客户号|Customer No|CustomerID|Account No|Company code",
    ),
    Field("name", gettext_lazy("Name"), "Name|姓名|联系人|联系人姓名|Contact|Contact name|Full name|名字"),
    Field("post", gettext_lazy("Post"), "Post|职务|职位|Title|Job title|Position"),
    Field("department", gettext_lazy("Department"), "Department|部门|所在部门"),
    Field("mobile", gettext_lazy("Mobile"), "Mobile|手机|手机号|移动电话|Mobile phone|Cell"),
    Field("phone", gettext_lazy("Phone"), "Phone|电话|座机|办公电话|Telephone|Tel"),
    Field("email", gettext_lazy("E-mail"), "E-mail|邮箱|电子邮件|电子邮箱|Email|Mail"),
    Field("wechat", gettext_lazy("WeChat"), "WeChat|微信|微信号|Weixin"),
    Field("role", gettext_lazy("Role in decisions"), "Role in decisions|决策角色|角色|Role|DMU role"),
    Field("influence", gettext_lazy("Influence"), "Influence|影响力", gettext_lazy("From 1 to 5.")),
    Field("attitude", gettext_lazy("Attitude"), "Attitude|态度"),
    Field(
        "reports_to",
        gettext_lazy("Reports to"),
        "Reports to|上级|汇报对象|直接上级|Manager|Supervisor",
        gettext_lazy("The name of a contact of the same customer; it may stand further down in the file."),
    ),
    Field("note", gettext_lazy("Note"), "Note|备注|说明|Remark|Notes|Comment"),
)
KEYS = (
    ("name", gettext_lazy("Name")),
    ("email", gettext_lazy("E-mail")),
    ("mobile", gettext_lazy("Mobile")),
)
OPTIONS = (
    key_option(KEYS),
    Option("create", gettext_lazy("Create unknown contacts"), True),
    Option("update", gettext_lazy("Change known contacts"), True),
    EMPTY,
)

_CHOICES: dict[str, type[Role | Attitude]] = {"role": Role, "attitude": Attitude}
_NEVER_EMPTY = {"customer_code", "name", "reports_to"}


def work(job: Work) -> Outcome:
    """Bring in contacts, a thousand a transaction; one change set for all. Superiors are set when all are there."""
    superiors = Superiors(job) if job.has("reports_to") else None
    writing = _Writing(job, superiors)
    keys = ("customer_code", job.options["key"])
    return Records(job, _Reading().values, writing.apply, keys=keys, links=superiors).run()


def check(places: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Raises MappingRefused without a column for what rows are known by, or for the names of new contacts."""
    check_key(places, options)
    if options["create"] and "name" not in places:
        raise MappingRefused(_("New contacts need a name: map a column to it, or create none."))


class _Reading:
    """Turns cells into columns of contacts."""

    def values(self, cells: Mapping[str, str]) -> Values:
        """A row's columns. Raises Refused."""
        values: Values = {}
        for code, text in cells.items():
            if code in _CHOICES:
                values[code] = self._words[code].get(folded(text).casefold())
                if values[code] is None:
                    raise Refused(code, _("This isn't one of the words known here."))
            elif code == "influence":
                number = numbers.read(text, decimal_comma=False)
                if number is None or number not in range(1, 6):
                    raise Refused(code, _("Influence goes from 1 to 5."))
                values[code] = int(number)
            else:
                values[code] = text.strip() if code == "note" else folded(text)
        return values

    @cached_property
    def _words(self) -> dict[str, dict[str, str]]:
        words = {code: {one.value: one.value for one in choices} for code, choices in _CHOICES.items()}
        for language in ("en", "zh-hans"):
            with override(language):
                for code, choices in _CHOICES.items():
                    words[code] |= {str(one.label).casefold(): one.value for one in choices}
        return words


class Superiors:
    """Second pass: who reports to whom, set when all contacts are there."""

    field = "reports_to"

    def __init__(self, job: Work) -> None:
        self.job = job
        self.found: list[Link] = []
        self.names: set[tuple[int, str]] = set()

    def claim(self, row: Row, customer_id: int, contact: Contact | None) -> bool:
        """Remember whom a row reports to; whether that changes the contact."""
        self.names.add((customer_id, row.values.get("name", contact.name if contact else "").casefold()))
        name = row.values.get(self.field)
        if name is None and self.field not in row.cleared:
            return False
        target = f"{customer_id}{KEY_MARK}{name}" if name is not None else None
        self.found.append(Link(row.line, contact.pk if contact else -row.line, target))
        present = contact.reports_to.name if contact and contact.reports_to else None
        return name != present

    def created(self, ids: Mapping[int, int]) -> None:
        """Learn the ids of new contacts, by the lines of their rows."""
        for place in range(len(self.found) - 1, -1, -1):
            link = self.found[place]
            if link.line in ids:
                self.found[place] = Link(link.line, ids[link.line], link.target)
            elif link.line < min(ids, default=0):
                return

    def settle(self, batch: Sequence[Link], log: Callable[[], ChangeSet] | None) -> dict[int, str]:
        """Set superiors, unless one isn't there, is one of several, or somebody would report to themselves."""
        refused: dict[int, str] = {}
        wanted = {link.line: link.target.split(KEY_MARK, 1) for link in batch if link.target is not None}
        companies = sorted({int(customer) for customer, _name in wanted.values()})
        if log:
            locked = Customer.objects.select_for_update(no_key=True).filter(pk__in=companies).order_by("pk")
            list(locked.values_list("pk"))
        people = self._people(companies)
        superiors: dict[int, int | None] = {}
        above = dict(Contact.objects.filter(customer__in=companies).values_list("pk", "reports_to_id"))
        for link in batch:
            if link.target is None:
                superiors[link.row_id] = None
                continue
            customer, name = wanted[link.line]
            found = people.get((int(customer), name.casefold()), [])
            coming = not log and (int(customer), name.casefold()) in self.names
            if len(found) != 1 and not coming:
                several = _("Several contacts of this customer have this name.")
                refused[link.line] = several if found else _("There is no contact of this name at the customer.")
            elif found and _closes(link.row_id, found[0], above):
                refused[link.line] = _("They would end up reporting to themselves.")
            elif found:
                superiors[link.row_id] = above[link.row_id] = found[0]
        if log:
            rows = imported.lock_contacts([pk for pk in superiors if pk > 0])
            moved = {
                row: {"reports_to_id": superiors[pk]} for pk, row in rows.items() if row.reports_to_id != superiors[pk]
            }
            if moved:
                imported.change_contacts(cleaned=moved, change_set=log())
        return refused

    @staticmethod
    def _people(customer_ids: Sequence[int]) -> dict[tuple[int, str], list[int]]:
        found: dict[tuple[int, str], list[int]] = {}
        rows = Contact.objects.filter(customer__in=customer_ids).values_list("customer_id", "name", "pk")
        for customer_id, name, pk in rows:
            found.setdefault((customer_id, name.casefold()), []).append(pk)
        return found


def _closes(person: int, superior: int, above: Mapping[int, int | None]) -> bool:
    at: int | None = superior
    while at is not None and at != person:
        at = above.get(at)
    return at == person


class _Writing:
    """Creates and changes contacts of the customers that the user may edit."""

    def __init__(self, job: Work, superiors: Superiors | None) -> None:
        self.job, self.superiors = job, superiors
        self.by = job.by
        self.key = job.options["key"]

    def apply(self, batch: Sequence[Row], log: Callable[[], ChangeSet] | None) -> Applied:
        """Judge a batch, and write it if there is a log."""
        applied = Applied()
        companies = self._companies(batch)
        known = self._known(batch, companies)
        ids = [pk for found in known.values() for pk in found]
        rows = imported.lock_contacts(ids) if log else Contact.objects.in_bulk(ids)
        fresh: dict[int, NewContact] = {}
        differing: dict[Contact, Values] = {}
        for row in batch:
            try:
                customer = self._customer(row, companies)
                found = known.get((customer.pk, row.key.split(KEY_MARK, 1)[1].casefold()), [])
                if len(found) > 1:
                    raise Refused(self.key, _("Several contacts of the customer have this; the row could mean any."))
                contact = rows[found[0]] if found else None
                if contact is not None:
                    changed = self._changes(contact, row)
                    moved = self._moves(row, customer, contact)
                    differing |= {contact: changed} if changed else {}
                    applied.updated += bool(changed) or moved
                    applied.unchanged += not (changed or moved)
                else:
                    fresh[row.line] = self._new(row, customer)
                    if self.superiors:
                        self.superiors.claim(row, customer.pk, None)
                    applied.created += 1
            except Refused as refusal:
                applied.refused[row.line] = refusal
        if log:
            self._write(fresh, differing, log)
        return applied

    def _write(
        self, fresh: Mapping[int, NewContact], differing: Mapping[Contact, Values], log: Callable[[], ChangeSet]
    ) -> None:
        if fresh:
            ids = contacts.create_many(rows=list(fresh.values()), by=self.by, change_set=log())
            if self.superiors:
                self.superiors.created(dict(zip(fresh, ids, strict=True)))
        if differing:
            imported.change_contacts(cleaned=differing, change_set=log())

    def _moves(self, row: Row, customer: Customer, contact: Contact) -> bool:
        """Whether a row gives a contact another superior."""
        return bool(self.superiors and self._may_update and self.superiors.claim(row, customer.pk, contact))

    @property
    def _may_update(self) -> bool:
        return bool(self.job.options["update"])

    def _companies(self, batch: Sequence[Row]) -> dict[str, Customer]:
        codes = {row.key.split(KEY_MARK, 1)[0] for row in batch}
        return {row.code: row for row in Customer.objects.filter(code__in=codes)}

    def _customer(self, row: Row, companies: Mapping[str, Customer]) -> Customer:
        customer = companies.get(row.key.split(KEY_MARK, 1)[0])
        if customer is None:
            raise Refused("customer_code", _("There is no customer with this code."))
        if self.by and not rights.may(self.by, Permission.CUSTOMER_EDIT, customer):
            raise Refused("customer_code", _("This customer isn't among yours."))
        return customer

    def _known(self, batch: Sequence[Row], companies: Mapping[str, Customer]) -> dict[tuple[int, str], list[int]]:
        """The ids of the contacts that rows are about, by customer and what they are known by."""
        keys = {row.key.split(KEY_MARK, 1)[1].casefold() for row in batch}
        of = Contact.objects.filter(customer__in=[customer.pk for customer in companies.values()])
        found: dict[tuple[int, str], list[int]] = {}
        rows = of.annotate(folded=Lower(self.key)).filter(folded__in=keys)
        for customer_id, key, pk in rows.values_list("customer_id", "folded", "pk"):
            found.setdefault((customer_id, key), []).append(pk)
        return found

    def _changes(self, contact: Contact, row: Row) -> Values:
        if not self._may_update:
            return {}
        said = {name: value for name, value in row.values.items() if name in contacts.COLUMNS}
        said |= {code: None if code == "influence" else "" for code in row.cleared - _NEVER_EMPTY}
        try:
            cleaned = contacts.clean(said)
        except ValidationError as error:
            raise refusal_of(error, {}) from None
        return {name: value for name, value in cleaned.items() if getattr(contact, name) != value}

    def _new(self, row: Row, customer: Customer) -> NewContact:
        if not self.job.options["create"]:
            raise Refused(self.key, _("There is no such contact at the customer."))
        if not row.values.get("name"):
            raise Refused("name", _("The name is missing."))
        said = {name: value for name, value in row.values.items() if name in contacts.COLUMNS}
        try:
            return NewContact(customer.pk, contacts.clean(said))
        except ValidationError as error:
            raise refusal_of(error, {}) from None


KIND = ImportKind(
    code="contacts",
    # Translators: 联系人
    label=gettext_lazy("Contacts"),
    counts=gettext_lazy("contacts"),
    fields=FIELDS,
    needed=((("customer_code",),), (("name",), ("email",), ("mobile",))),
    options=OPTIONS,
    permissions=(Permission.CUSTOMER_EDIT,),
    work=work,
    result_url="accounts:customer_list",
    suggest=suggest_key([code for code, _label in KEYS]),
    check=check,
)
