"""Removing what nobody needs any more: events that were told, and what was answered."""

import datetime as dt
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import ngettext

from jobs.constants import DeliveryState
from jobs.context import RunContext
from jobs.models import Delivery

KIND = "jobs.tidy"
KEPT = dt.timedelta(days=30)
BATCH = 5_000

_EVENTS = """
DELETE FROM jobs_outboxevent WHERE id IN (
    SELECT e.id FROM jobs_outboxevent e
     WHERE e.relayed_at < statement_timestamp() - make_interval(secs => %s)
       AND NOT EXISTS (SELECT FROM jobs_delivery d WHERE d.event_id = e.id)
     ORDER BY e.id LIMIT %s)
"""


def work(ctx: RunContext) -> dict[str, Any]:
    """Delete deliveries that ended thirty days ago with their log, then the events none is left of."""
    deliveries = events = 0
    ended = Delivery.objects.exclude(state=DeliveryState.WAITING).filter(ended_at__lt=Now() - KEPT)
    while ids := list(ended.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        Delivery.objects.filter(pk__in=ids).delete()
        deliveries += len(ids)
        ctx.progress(deliveries)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_EVENTS, [KEPT.total_seconds(), BATCH])
            events += cursor.rowcount
            if cursor.rowcount < BATCH:
                return {"deliveries": deliveries, "events": events}


def summary(result: dict[str, Any]) -> str:
    """What was removed."""
    count = result.get("events", 0)
    return ngettext("%(count)s old event removed", "%(count)s old events removed", count) % {"count": count}
