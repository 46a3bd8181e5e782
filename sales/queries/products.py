"""Product lists and choices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import QuerySet

from accounts.queries import paging
from sales.models import Category, Product

PAGE_SIZE = 50
COUNT_CAP = 10_000
# A query is matched in the index; beyond this many letters it tells nothing more.
_LONGEST = 60


@dataclass(frozen=True)
class Filters:
    """What a list of products is asked for."""

    q: str = ""
    category: int | None = None
    sale: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Self:
        """The filters of an address; what makes no sense is left out."""
        category, sale = str(given.get("category", "")), str(given.get("sale", ""))
        return cls(
            q=str(given.get("q", "")).replace("\x00", "").strip()[:_LONGEST],
            category=int(category) if category.isascii() and category.isdigit() and len(category) < 19 else None,
            sale=sale if sale in {"on", "off"} else "",
        )


@dataclass(frozen=True)
class Page:
    """One page of the list. `position` rows stand before it; cursors are empty where there is no page."""

    rows: list[Product]
    position: int
    previous: str
    next: str


def matching(chosen: Filters) -> QuerySet[Product]:
    """All products for which the filters hold, in no order."""
    rows = Product.objects.matching(chosen.q)
    if chosen.category is not None:
        rows = rows.filter(category_id=chosen.category)
    if chosen.sale:
        rows = rows.filter(is_active=chosen.sale == "on")
    return rows.order_by()


def page(chosen: Filters, *, after: str = "", before: str = "") -> Page:
    """One page of the list by code, with its categories."""
    phase = paging.Phase(matching(chosen), ("code", "id"))
    found = paging.page([phase], order="sales.products", size=PAGE_SIZE, after=after, before=before)
    rows = Product.objects.filter(pk__in=found.ids).select_related("category").defer("search_text", "search_grams")
    by_id = {row.pk: row for row in rows}
    return Page([by_id[pk] for pk in found.ids], found.position, found.previous, found.next)


def capped_count(chosen: Filters) -> int:
    """How many products a list has, counted no further than `COUNT_CAP` + 1."""
    return matching(chosen)[: COUNT_CAP + 1].count()


def products_named(query: str, *, limit: int) -> list[Product]:
    """Products on sale that match what is typed, those whose code begins with it first."""
    text = query.replace("\x00", "").strip()[:_LONGEST]
    if not text:
        return []
    rows = Product.objects.filter(is_active=True).defer("search_text", "search_grams")
    exact = list(rows.filter(code__istartswith=text).order_by("code")[:limit])
    more = rows.matching(text).exclude(pk__in=[row.pk for row in exact]).order_by("code")
    return [*exact, *more[: limit - len(exact)]] if len(exact) < limit else exact


def category_choices() -> list[tuple[int, str]]:
    """All categories by the path from their root: Pumps / Slurry pumps."""
    rows = {row.pk: row for row in Category.objects.all()}

    def path(row: Category) -> str:
        names, seen = [row.name], {row.pk}
        while row.parent_id and row.parent_id not in seen:
            row = rows[row.parent_id]
            seen.add(row.pk)
            names.append(row.name)
        return " / ".join(reversed(names))

    return sorted(((pk, path(row)) for pk, row in rows.items()), key=lambda pair: pair[1])
