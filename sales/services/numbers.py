"""Numbers for orders that come without one: SO-2026-11-0001, returns RT-2026-11-0001."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import connection

from sales.constants import OWN_SOURCE, OrderKind
from sales.models import Order

_LETTERS = {OrderKind.ORDER: "SO", OrderKind.RETURN: "RT"}


def take(wanted: Sequence[tuple[str, dt.date]]) -> list[str]:
    """One unused number for each (kind, business day), in order.

    Counts by kind and month. The counter's row stays locked until the transaction ends, so two writers never
    get the same number and one that rolls back leaves no gap; numbers typed by hand are passed over.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, (kind, day) in enumerate(wanted):
        places[f"{_LETTERS[OrderKind(kind)]}-{day:%Y-%m}"].append(place)
    numbers = [""] * len(wanted)
    for prefix in sorted(places):
        for place, number in zip(places[prefix], _take(prefix, len(places[prefix])), strict=True):
            numbers[place] = number
    return numbers


def _take(prefix: str, count: int) -> list[str]:
    free: list[str] = []
    while len(free) < count:
        missing = count - len(free)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO sales_ordernumber (prefix, last) VALUES (%s, %s)
                ON CONFLICT (prefix) DO UPDATE SET last = sales_ordernumber.last + excluded.last
                RETURNING last
                """,
                [prefix, missing],
            )
            last: int = cursor.fetchone()[0]
        numbers = [f"{prefix}-{number:04}" for number in range(last - missing + 1, last + 1)]
        taken = set(Order.objects.filter(source=OWN_SOURCE, number__in=numbers).values_list("number", flat=True))
        free += [number for number in numbers if number not in taken]
    return free
