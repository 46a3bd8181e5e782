"""Removing what nobody needs any more: settled tasks, old messages, told events with their answers, kept answers."""

import datetime as dt
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import get_language, ngettext

from crm.lib import dates, display
from jobs.constants import DeliveryState
from jobs.context import RunContext
from jobs.models import Delivery
from jobs.parameters import MESSAGES
from jobs.services import messages, tasks
from users.queries import parameters
from users.services import kept_answers

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
    """Close tasks whose reason is gone, delete messages kept long enough, then deliveries and events long ended."""
    found = parameters.in_force(MESSAGES.code, on=ctx.run.as_of or dates.today())
    ctx.note(parameter_versions={MESSAGES.code: found.version})
    kept = found.values
    closed = tasks.close_settled()
    old = messages.prune(read_days=kept.read_days, unread_days=kept.unread_days)
    return {
        "tasks": closed,
        "messages": old,
        "deliveries": _deliveries(ctx),
        "events": _events(),
        "answers": kept_answers.prune(),
    }


def _deliveries(ctx: RunContext) -> int:
    """Delete deliveries that ended thirty days ago with their log."""
    count = 0
    ended = Delivery.objects.exclude(state=DeliveryState.WAITING).filter(ended_at__lt=Now() - KEPT)
    while ids := list(ended.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        Delivery.objects.filter(pk__in=ids).delete()
        count += len(ids)
        ctx.progress(count)
    return count


def _events() -> int:
    """Delete told events that no delivery is left of."""
    count: int = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_EVENTS, [KEPT.total_seconds(), BATCH])
            count += cursor.rowcount
            if cursor.rowcount < BATCH:
                return count


def summary(result: dict[str, Any]) -> str:
    """What was removed."""
    events, old, closed = (result.get(name, 0) for name in ("events", "messages", "tasks"))
    said = [
        ngettext("%(count)s old event removed", "%(count)s old events removed", events) % {"count": events},
        ngettext("%(count)s old notice removed", "%(count)s old notices removed", old) % {"count": old},
        ngettext("%(count)s settled task closed", "%(count)s settled tasks closed", closed) % {"count": closed},
    ]
    return display.listed(said, language=get_language() or "en")
