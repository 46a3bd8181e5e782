"""Exchange rates, and the orders that were converted at one that has changed."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from jobs import runs
from sales.errors import Stale
from sales.models import ExchangeRate, Order, OrderLine
from sales.models.orders import FOREIGN
from sales.queries.rates import rates_in_force
from sales.services import order_pricing, order_writing
from users.constants import Action, Cause
from users.models import ChangeSet, User
from users.roles import Permission
from users.services import changes

KIND = "sales.reprice"
_BATCH = 500


@dataclass
class Repriced:
    """How many orders a run looked at and how many it rewrote."""

    orders: int = 0
    rewritten: int = 0


@transaction.atomic
def save_rate(
    *,
    currency: str,
    day: dt.date,
    rate: Decimal,
    by: User,
    rate_id: int | None = None,
    version: int | None = None,
    cause: Cause = Cause.PAGE,
) -> ExchangeRate:
    """Save a new rate, or correct one, and ask for the run that rewrites the orders it concerns.

    A correction changes the number alone; currency and day stay. Raises PermissionDenied, ValidationError by
    field, Stale if somebody changed it since `version`, ExchangeRate.DoesNotExist.
    """
    if not by.may(Permission.PARAMETER_EDIT):
        raise PermissionDenied
    row = ExchangeRate(currency=currency.strip().upper(), day=day) if rate_id is None else _locked(rate_id, version)
    before = None if rate_id is None else changes.snapshot(row)
    row.rate = rate
    _check(row)
    row.version += 0 if before is None else 1
    row.save()
    change_set = changes.open_set(by=by, cause=cause, summary=str(row))
    if before is None:
        changes.record_create(change_set, row)
    else:
        changes.record_update(change_set, row, before)
    runs.request(KIND, by=by, params={"currency": row.currency, "first": row.day.isoformat()})
    return row


@transaction.atomic
def save_many(*, rows: Sequence[tuple[str, dt.date, Decimal]], by: User, change_set: ChangeSet) -> int:
    """Save new rates given as (currency, day, rate); a run for each rewrites the orders it concerns, if there are any.

    Raises PermissionDenied, and ValidationError by field for a rate that doesn't fit or a day that has one.
    """
    if not by.may(Permission.PARAMETER_EDIT):
        raise PermissionDenied
    made = []
    for currency, day, rate in rows:
        row = ExchangeRate(currency=currency.strip().upper(), day=day, rate=rate)
        _check(row)
        row.save()
        made.append(row)
    changes.record_bulk(change_set, ExchangeRate, [row.pk for row in made])
    for row in made:
        span = (row.day, _last_day(row.currency, row.day))
        if Order.objects.filter(FOREIGN, currency=row.currency, ordered_on__range=span).exists():
            runs.request(KIND, by=by, params={"currency": row.currency, "first": row.day.isoformat()})
    return len(made)


def reprice(
    *,
    currency: str,
    first: dt.date,
    run_id: int | None = None,
    tell: Callable[[int], None] = lambda orders: None,
) -> Repriced:
    """Rewrite the orders of a currency from the day of a rate to the day before the next one.

    Their base amounts, rate and lines' parts; net amounts never change. Orders that come out the same aren't
    written, so it can be run again. Marks their days. A batch a transaction; `tell` is told the orders
    done after each.
    """
    done, after = Repriced(), 0
    last = _last_day(currency, first)
    while True:
        with transaction.atomic():
            orders = _batch(currency, first, last, after)
            done.rewritten += _reprice_batch(orders, run_id)
        if not orders:
            return done
        after = orders[-1].pk
        done.orders += len(orders)
        tell(done.orders)


def _locked(rate_id: int, version: int | None) -> ExchangeRate:
    row = ExchangeRate.objects.select_for_update().get(pk=rate_id)
    if row.version != version:
        raise Stale(row.version, row)
    return row


def _check(row: ExchangeRate) -> None:
    errors: dict[str, Any] = {}
    if not (len(row.currency) == 3 and row.currency.isascii() and row.currency.isalpha()):
        errors["currency"] = _("Write the international code of three letters, such as USD.")
    elif row.currency == settings.BASE_CURRENCY:
        errors["currency"] = _("%(currency)s is the base currency and needs no rate.") % {"currency": row.currency}
    if row.rate is not None and row.rate <= 0:
        errors["rate"] = _("A rate is above zero.")
    if errors:
        raise ValidationError(errors)
    row.full_clean(validate_unique=False, validate_constraints=False)
    if ExchangeRate.objects.filter(currency=row.currency, day=row.day).exclude(pk=row.pk).exists():
        raise ValidationError({"day": _("There is a rate from this day already. Correct that one.")})


def _last_day(currency: str, first: dt.date) -> dt.date:
    later = ExchangeRate.objects.filter(currency=currency, day__gt=first).order_by("day").first()
    return later.day - dt.timedelta(days=1) if later else dt.date.max


def _batch(currency: str, first: dt.date, last: dt.date, after: int) -> list[Order]:
    orders = Order.objects.filter(FOREIGN, currency=currency, ordered_on__range=(first, last), pk__gt=after)
    return list(orders.select_for_update().order_by("pk")[:_BATCH])


def _reprice_batch(orders: list[Order], run_id: int | None) -> int:
    """Write the orders whose amounts differ at the rates now in force; how many."""
    rates = rates_in_force([(order.currency, order.ordered_on) for order in orders])
    lines: dict[int, list[OrderLine]] = {order.pk: [] for order in orders}
    for line in OrderLine.objects.filter(order__in=orders).order_by("order_id", "position"):
        lines[line.order_id].append(line)
    changed = []
    for order in orders:
        was = (order.rate_id, order.base_minor)
        order_pricing.set_base(order, lines[order.pk], rates)
        if was != (order.rate_id, order.base_minor):
            order.version += 1
            changed.append(order)
    if not changed:
        return 0
    Order.objects.bulk_update(changed, ["rate", "base_minor", "version"])
    OrderLine.objects.bulk_update([line for order in changed for line in lines[order.pk]], ["base_minor"])
    change_set = changes.open_set(by=None, cause=Cause.RUN, summary=_("Converted at a changed rate"), run_id=run_id)
    changes.record_bulk(change_set, Order, [order.pk for order in changed], action=Action.BULK_UPDATE)
    order_writing.mark([order_writing.counted_pair(order) for order in changed])
    order_writing.emit("order.changed", changed)
    return len(changed)
