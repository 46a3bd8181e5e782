"""Customers and contacts as files: the list's own filters, columns and measures."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.constants import Door
from accounts.measures import MeasureKind
from accounts.models import Contact, Customer
from accounts.queries import columns, customers, filters
from accounts.queries.customers import COUNT_CAP
from accounts.scope import scope_of
from accounts.services import reads
from accounts.views import list_state
from jobs.exports.registry import Cell, ExportColumn, ListExport, Row
from users.models import User
from users.roles import Permission

CHUNK = 1_000

_NAMES = (
    ExportColumn("code", _("Code")),
    ExportColumn("short", _("Customer")),
    ExportColumn("name", _("Legal name")),
)
# What the list doesn't show and an archive holds.
_MORE = (
    ExportColumn("parent_code", _("Parent company (code)"), usual=False),
    ExportColumn("address", _("Address"), usual=False),
    ExportColumn("website", _("Website"), usual=False),
    ExportColumn("staff_count", _("Staff"), usual=False),
    ExportColumn("yearly_turnover", _("Yearly turnover"), usual=False),
    ExportColumn("founded_year", _("Founded"), usual=False),
    ExportColumn("currency", _("Currency"), usual=False),
    ExportColumn("former_names", _("Former names"), usual=False),
)


def reach(user: User) -> str:
    """What changes when the user's scope does."""
    return repr(scope_of(user))


def _possible(user: User) -> dict[str, columns.Column]:
    return {code: column for code, column in columns.available(user).items() if column.spark is None}


def _columns(user: User) -> list[ExportColumn]:
    shown = [ExportColumn(column.code, column.label) for column in _possible(user).values()]
    return [*_NAMES, *shown, *_MORE]


def _chosen(user: User, params: QueryDict) -> list[str]:
    state = list_state.read(user, params)
    return [*(column.code for column in _NAMES), *(column.code for column in state.columns if column.spark is None)]


def _words(user: User, params: QueryDict) -> list[tuple[str, str]]:
    return [(chip.label, chip.value) for chip in filters.chips(user, list_state.read(user, params).filters)]


def _count(user: User, params: QueryDict) -> int:
    return customers.exact_count(user, list_state.read(user, params).filters)


def _rows(user: User, params: QueryDict, codes: Sequence[str]) -> Iterator[Row]:
    state = list_state.read(user, params)
    possible = _possible(user)
    shown = [possible[code] for code in codes if code in possible]
    few = customers.capped_count(user, state.filters) <= COUNT_CAP
    after = ""
    while True:
        page = customers.page(user, state.filters, sort=state.sort, after=after, size=CHUNK, few=few)
        ids = [row.pk for row in page.rows]
        reads.note(by=user, customer_ids=ids, door=Door.EXPORT)
        parents = _parents(page.rows) if "parent_code" in codes else {}
        cells = columns.cells(page.rows, shown)
        for row in page.rows:
            listed = {column.code: _cell(cell) for column, cell in zip(shown, cells[row.pk], strict=True)}
            yield [listed[code] if code in listed else _own(row, code, parents) for code in codes]
        after = page.next
        if not after:
            return


def _cell(cell: columns.Cell) -> Cell:
    """A cell as a file keeps it: numbers, amounts and days as such, all else in words, reasons too."""
    value = cell.value
    typed = cell.kind in (MeasureKind.NUMBER, MeasureKind.MONEY, MeasureKind.DATE)
    return value if typed and value is not None else cell.text


def _own(row: Customer, code: str, parents: dict[int, str]) -> Cell:
    if code == "short":
        return str(row)
    if code == "parent_code":
        return parents.get(row.parent_id or 0, "")
    if code == "former_names":
        return "; ".join(row.former_names)
    value: Cell = getattr(row, code)
    return value


def _parents(rows: Sequence[Customer]) -> dict[int, str]:
    wanted = {row.parent_id for row in rows if row.parent_id}
    return dict(Customer.objects.filter(pk__in=wanted).values_list("pk", "code"))


CUSTOMERS = ListExport(
    code="customers",
    # Translators: 客户
    label=_("Customers"),
    permission=Permission.CUSTOMER_EXPORT,
    columns=_columns,
    rows=_rows,
    count=_count,
    words=_words,
    chosen=_chosen,
    reach=reach,
    list_url="accounts:customer_list",
)

_CONTACT_COLUMNS = (
    ExportColumn("customer_code", _("Customer code")),
    ExportColumn("customer", _("Customer")),
    ExportColumn("name", _("Name")),
    ExportColumn("post", _("Post")),
    ExportColumn("department", _("Department")),
    ExportColumn("mobile", _("Mobile")),
    ExportColumn("phone", _("Phone")),
    ExportColumn("email", _("E-mail")),
    ExportColumn("wechat", _("WeChat")),
    ExportColumn("role", _("Role in decisions")),
    ExportColumn("influence", _("Influence")),
    ExportColumn("attitude", _("Attitude")),
    ExportColumn("reports_to", _("Reports to")),
    ExportColumn("note", _("Note"), usual=False),
)


def _contacts(user: User, params: QueryDict) -> QuerySet[Contact]:
    """The contacts of the customers that a list shows."""
    listed = customers.matching(user, list_state.read(user, params).filters)
    return Contact.objects.visible_to(user).filter(customer__in=listed.values("pk"))


def _contact_rows(user: User, params: QueryDict, codes: Sequence[str]) -> Iterator[Row]:
    last = 0
    found = _contacts(user, params).select_related("customer", "reports_to").defer("search_text", "search_grams")
    while True:
        rows = list(found.filter(pk__gt=last).order_by("pk")[:CHUNK])
        if not rows:
            return
        reads.note(by=user, customer_ids={row.customer_id for row in rows}, door=Door.EXPORT)
        for row in rows:
            yield [_of_contact(row, code) for code in codes]
        last = rows[-1].pk


def _of_contact(row: Contact, code: str) -> Cell:
    said: dict[str, Any] = {
        "customer_code": row.customer.code,
        "customer": str(row.customer),
        "role": row.get_role_display(),
        "attitude": row.get_attitude_display(),
        "reports_to": row.reports_to.name if row.reports_to else "",
    }
    value: Cell = said[code] if code in said else getattr(row, code)
    return value


CONTACTS = ListExport(
    code="contacts",
    # Translators: 联系人
    label=_("Contacts of these customers"),
    permission=Permission.CUSTOMER_EXPORT,
    columns=lambda user: _CONTACT_COLUMNS,
    rows=_contact_rows,
    count=lambda user, params: _contacts(user, params).count(),
    words=_words,
    reach=reach,
    list_url="accounts:customer_list",
)
