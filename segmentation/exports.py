"""Tier lists as files: customers in a tier, those that moved, those about to move."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.constants import Door
from accounts.exports import reach
from accounts.services import reads
from crm.lib import dates, money
from jobs.exports.registry import Cell, ExportColumn, ListExport, Row
from segmentation.constants import Grade
from segmentation.queries import boards, tier_changes
from users.models import User
from users.roles import Permission

CHUNK = 1_000

Find = Callable[[User, QueryDict], "QuerySet[Any]"]

_CUSTOMER = (
    ExportColumn("code", _("Customer code")),
    ExportColumn("customer", _("Customer")),
    ExportColumn("owner", _("Owner")),
)
_TIER = (
    *_CUSTOMER,
    ExportColumn("grade", _("Tier")),
    ExportColumn("since", _("Since")),
    ExportColumn("sales", _("Sales in the window")),
)
_MOVED = (
    *_CUSTOMER,
    ExportColumn("previous", _("Tier before")),
    ExportColumn("grade", _("Tier")),
    ExportColumn("since", _("Since")),
    ExportColumn("change", _("Change in sales")),
    ExportColumn("why", _("Why")),
)
_PENDING = (*_CUSTOMER, ExportColumn("grade", _("Tier")), ExportColumn("sales", _("Sales in the window")))


def _day(params: QueryDict, name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(params.get(name, ""))
    except ValueError:
        return None


def _grade(params: QueryDict, name: str, default: str = "") -> str:
    given = params.get(name, default)
    return given if given in Grade.values else ""


def _owner(params: QueryDict) -> int | None:
    text = params.get("owner", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _in_tier(user: User, params: QueryDict) -> "QuerySet[Any]":
    then = _day(params, "then")
    rows = boards.in_tier(
        user,
        on=_day(params, "on") or dates.today(),
        grade=_grade(params, "grade", Grade.A.value),
        was=_grade(params, "was") if then else None,
        then=then,
        owner_id=_owner(params),
    )
    return rows.order_by("-customer__tier_standing__sales_minor", "customer_id")


def _movers(user: User, params: QueryDict) -> "QuerySet[Any]":
    until = _day(params, "until") or dates.month_end(dates.add_months(dates.today(), -1))
    after = _day(params, "after") or dates.month_end(dates.add_months(dates.month_start(until), -3))
    rows = boards.movers(user, after=after, until=until, direction=params.get("direction", ""), owner_id=_owner(params))
    return rows.select_related("customer__owner")


def _pending(user: User, params: QueryDict) -> "QuerySet[Any]":
    return boards.pending(user, owner_id=_owner(params)).select_related("customer", "customer__owner")


def _rows(find: Find) -> Callable[[User, QueryDict, Sequence[str]], Iterator[Row]]:
    """The rows of a list, a chunk's reads logged before the first of it leaves."""

    def rows(user: User, params: QueryDict, codes: Sequence[str]) -> Iterator[Row]:
        chunk: list[Any] = []
        for row in find(user, params).iterator(chunk_size=CHUNK):
            chunk.append(row)
            if len(chunk) == CHUNK:
                yield from _cells(user, chunk, codes)
                chunk = []
        yield from _cells(user, chunk, codes)

    return rows


def _cells(user: User, rows: Sequence[Any], codes: Sequence[str]) -> Iterator[Row]:
    reads.note(by=user, customer_ids={row.customer_id for row in rows}, door=Door.EXPORT)
    told = tier_changes.worded(rows) if "why" in codes else [(row, "") for row in rows]
    for row, because in told:
        yield [_cell(row, code, because) for code in codes]


def _cell(row: Any, code: str, because: str) -> Cell:
    said: dict[str, Callable[[], Cell]] = {
        "code": lambda: row.customer.code,
        "customer": lambda: str(row.customer),
        "owner": lambda: str(row.customer.owner or ""),
        "grade": lambda: row.grade if hasattr(row, "grade") else row.stable,
        "previous": lambda: row.previous,
        "since": lambda: row.valid_from,
        "change": lambda: money.from_minor(row.delta_minor, settings.BASE_CURRENCY),
        "why": lambda: because,
        "sales": lambda: _sales(row),
    }
    return said[code]()


def _sales(row: Any) -> Cell:
    minor = (
        row.sales_minor
        if hasattr(row, "sales_minor")
        else getattr(getattr(row.customer, "tier_standing", None), "sales_minor", None)
    )
    return None if minor is None else money.from_minor(minor, settings.BASE_CURRENCY)


def _words(user: User, params: QueryDict) -> list[tuple[str, str]]:
    names = ("owner", "on", "grade", "then", "was", "after", "until", "direction")
    return [(name, value) for name in names if isinstance(value := params.get(name), str) and value]


def _export(code: str, label: Any, columns: Sequence[ExportColumn], find: Find, list_url: str) -> ListExport:
    return ListExport(
        code=code,
        label=label,
        permission=Permission.CUSTOMER_EXPORT,
        columns=lambda user: columns if user.may(Permission.TIER_VIEW) else [],
        rows=_rows(find),
        count=lambda user, params: find(user, params).count(),
        words=_words,
        reach=reach,
        list_url=list_url,
    )


EXPORTS = (
    # Translators: 等级
    _export("tiers", _("Customers in a tier"), _TIER, _in_tier, "segmentation:tier_list"),
    _export("tier_movers", _("Customers that changed tier"), _MOVED, _movers, "segmentation:mover_list"),
    _export("tier_pending", _("Customers about to move down"), _PENDING, _pending, "segmentation:pending_list"),
)
