"""Order lists: found, filtered, paged and counted within the user's scope."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from django.db.models import Q, QuerySet

from accounts.models import Customer
from accounts.queries import paging
from crm.lib import search
from sales.constants import COUNTING, OrderKind, OrderState
from sales.models import Order, OrderLine
from users.models import User

PAGE_SIZE = 50
COUNT_CAP = 10_000
_LONGEST_ID = 18
# A query that fits more customers than this is no way to find an order.
_MOST_CUSTOMERS = 500


@dataclass(frozen=True)
class Filters:
    """What a list of orders is asked for; an empty value asks for nothing."""

    q: str = ""
    state: str = ""
    kind: str = ""
    customer: int | None = None
    product: int | None = None
    source: str = ""
    currency: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    flag: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Self:
        """The filters of an address; what makes no sense is left out."""
        texts = {name: str(given.get(name, "")).replace("\x00", "").strip()[:60] for name in _NAMES}
        return cls(
            q=texts["q"],
            state=texts["state"] if texts["state"] in {"counting", *OrderState.values} else "",
            kind=texts["kind"] if texts["kind"] in OrderKind.values else "",
            customer=_number(texts["customer"]),
            product=_number(texts["product"]),
            source=texts["source"],
            currency=texts["currency"].upper()[:3],
            first=_day(texts["first"]),
            last=_day(texts["last"]),
            flag=texts["flag"] if texts["flag"] in FLAGS else "",
        )

    def params(self) -> dict[str, str]:
        """The filters as they stand in an address."""
        values = {name: getattr(self, name) for name in _NAMES}
        return {name: str(value) for name, value in values.items() if value not in ("", None)}


_NAMES = tuple(field.name for field in fields(Filters))

# What is unusual about an order, as the list can be asked for it.
FLAGS: dict[str, Q] = {
    "no_rate": Q(base_minor=None),
    "unmatched": Q(is_unmatched=True),
}


@dataclass(frozen=True)
class Page:
    """One page of the list. `position` rows stand before it; cursors are empty where there is no page."""

    rows: list[Order]
    position: int
    previous: str
    next: str


def matching(user: User, chosen: Filters) -> QuerySet[Order]:
    """All orders of customers in the user's scope for which the filters hold, in no order."""
    rows = Order.objects.visible_to(user)
    wanted: dict[str, Any] = {
        "kind": chosen.kind,
        "customer_id": chosen.customer,
        "source": chosen.source,
        "currency": chosen.currency,
        "ordered_on__gte": chosen.first,
        "ordered_on__lte": chosen.last,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value not in ("", None)})
    if chosen.state:
        rows = rows.filter(state__in=COUNTING if chosen.state == "counting" else [chosen.state])
    if chosen.flag:
        rows = rows.filter(FLAGS[chosen.flag])
    if chosen.product is not None:
        rows = rows.filter(pk__in=OrderLine.objects.filter(product_id=chosen.product).values("order_id"))
    if chosen.q:
        rows = rows.filter(_named(user, chosen.q))
    return rows.order_by()


def page(user: User, chosen: Filters, *, after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page:
    """One page of the list, newest day first, with its customers. Three queries, whatever the size."""
    phase = paging.Phase(matching(user, chosen), ("ordered_on", "id"), descending=True)
    found = paging.page([phase], order="sales.orders", size=size, after=after, before=before)
    rows = Order.objects.visible_to(user).filter(pk__in=found.ids).select_related("customer").defer(*_UNREAD)
    by_id = {row.pk: row for row in rows}
    return Page([by_id[pk] for pk in found.ids if pk in by_id], found.position, found.previous, found.next)


def capped_count(user: User, chosen: Filters) -> int:
    """How many orders a list has, counted no further than `COUNT_CAP` + 1."""
    return matching(user, chosen)[: COUNT_CAP + 1].count()


def exact_count(user: User, chosen: Filters) -> int:
    """How many orders a list has; only when asked, it reads them all."""
    return matching(user, chosen).count()


def latest_of(user: User, customer_ids: Sequence[int], *, limit: int = 10) -> list[Order]:
    """The newest orders of customers, for the customer page."""
    rows = Order.objects.readable_by(user).filter(customer_id__in=customer_ids).select_related("customer")
    return list(rows.defer(*_UNREAD).order_by("-ordered_on", "-id")[:limit])


def numbered(user: User, query: str, *, limit: int) -> list[Order]:
    """Orders whose number begins with the query, newest first."""
    text = query.replace("\x00", "").strip()[:60]
    if not text:
        return []
    rows = Order.objects.visible_to(user).filter(number__startswith=text).select_related("customer")
    return list(rows.defer(*_UNREAD).order_by("number", "id")[:limit])


_UNREAD = ("note", "customer__search_text", "customer__search_grams", "customer__note")


def _named(user: User, query: str) -> Q:
    """Orders by the beginning of their number, or by their customer's name."""
    found = Q(number__startswith=query)
    if search.normalise(query):
        # A list of ids, so that both halves go through an index.
        customers = Customer.objects.visible_to(user).matching(query).order_by("id").values_list("pk", flat=True)
        found |= Q(customer_id__in=list(customers[:_MOST_CUSTOMERS]))
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID else None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
