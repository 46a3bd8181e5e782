"""Two people at one order: what the other changed since the form was opened."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Max

from sales.models import Order
from sales.queries import order_history
from users.models import Change, User
from users.queries.change_words import Entry

# Columns of the log and the fields of the form that hold them.
_FIELDS = {
    "customer_id": "customer",
    "contact_id": "contact",
    "ordered_on": "ordered_on",
    "promised_on": "promised_on",
    "currency": "currency",
    "note": "note",
}


@dataclass(frozen=True)
class Conflict:
    """What others changed: who and when last, in words, and the values before and after by form field."""

    who: str
    at: dt.datetime | None
    entries: list[Entry]
    lines_changed: bool
    lines_before: list[dict[str, Any]] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] = field(default_factory=dict)

    def taken_over(self, mine: Mapping[str, Any]) -> dict[str, Any]:
        """Their values of the fields that the caller left as they were; the caller's own stay."""
        return {
            name: value
            for name, value in self.theirs.items()
            if _text(mine.get(name)) == _text(self.before.get(name)) and name in mine
        }

    def takes_their_lines(self, mine: Sequence[Any]) -> bool:
        """Whether only they changed lines: the caller's, as `LineInput`, are still those before."""
        return self.lines_changed and _key(vars(line) for line in mine) == _key(self.lines_before)


_LINE = ("position", "product_id", "description", "quantity", "unit_price", "discount_percent", "tax_percent")


def _key(lines: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """Lines in a form in which equal ones are equal, whether typed or logged."""
    return sorted([_plain(line.get(name)) for name in _LINE] for line in lines)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    try:
        return f"{Decimal(str(value)).normalize():f}"
    except InvalidOperation:
        return str(value)


def last_change_id(order: Order) -> int:
    """The latest change of an order in the log; 0 if there is none."""
    found = Change.objects.filter(model=Order._meta.label_lower, object_id=order.pk)
    return int(found.aggregate(last=Max("id"))["last"] or 0)


def changes_since(user: User, order: Order, seen: int) -> Conflict:
    """What was changed after the change with the id `seen`. Field values are the order's own, scope is the caller's."""
    rows = list(
        Change.objects.filter(model=Order._meta.label_lower, object_id=order.pk, id__gt=seen)
        .select_related("change_set__actor")
        .order_by("id")
    )
    before: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    for row in rows:
        for column, name in _FIELDS.items():
            if column in (row.after or {}):
                before.setdefault(name, (row.before or {}).get(column))
                theirs[name] = (row.after or {})[column]
    last = rows[-1].change_set if rows else None
    with_lines = [row for row in rows if row.before and "lines" in row.before]
    return Conflict(
        who=str(last.actor or "") if last else "",
        at=last.at if last else None,
        entries=order_history.words_of(user, rows),
        lines_changed=bool(with_lines),
        lines_before=(with_lines[0].before or {})["lines"] if with_lines else [],
        before=before,
        theirs=theirs,
    )


def _text(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    return "" if value is None else str(value)
