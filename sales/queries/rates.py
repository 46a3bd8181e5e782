"""Exchange rates: which one holds on a day."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.db.models import Count

from sales.constants import OrderState
from sales.models import ExchangeRate, Order
from users.models import User

# A page shows as many rates of a currency: a year of daily ones.
SHOWN = 400

Dated = tuple[str, dt.date]


@dataclass(frozen=True)
class Rate:
    """The rate that holds on a day, by its id."""

    id: int
    rate: Decimal


def rates_in_force(wanted: Collection[Dated]) -> dict[Dated, Rate]:
    """The latest rate up to each day by (currency, day); pairs without one, and the base currency, are absent."""
    foreign = sorted({pair for pair in wanted if pair[0] != settings.BASE_CURRENCY})
    if not foreign:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT wanted.currency, wanted.day, latest.id, latest.rate
            FROM unnest(%s::text[], %s::date[]) AS wanted (currency, day)
            CROSS JOIN LATERAL (
                SELECT id, rate FROM sales_exchangerate AS rate
                WHERE rate.currency = wanted.currency AND rate.day <= wanted.day
                ORDER BY rate.day DESC LIMIT 1
            ) AS latest
            """,
            [[currency for currency, _ in foreign], [day for _, day in foreign]],
        )
        return {(currency, day): Rate(pk, rate) for currency, day, pk, rate in cursor.fetchall()}


def rated_currencies() -> list[str]:
    """The currencies that have a rate."""
    return list(ExchangeRate.objects.order_by("currency").values_list("currency", flat=True).distinct())


def listed(currency: str) -> list[ExchangeRate]:
    """The latest rates of a currency, the newest first."""
    return list(ExchangeRate.objects.filter(currency=currency).order_by("-day")[:SHOWN])


def missing(user: User) -> list[tuple[str, int]]:
    """The currencies in which visible orders wait for a rate, and how many do."""
    rows = Order.objects.visible_to(user).filter(base_minor=None).exclude(state=OrderState.CANCELLED)
    return list(rows.values_list("currency").annotate(n=Count("pk")).order_by("currency"))
