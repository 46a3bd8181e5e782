"""The relay: from events that were written to answers of those who subscribed.

Events become deliveries in their order, one relay at a time. A delivery is claimed with a token and a
lease, sent, and marked; a relay that dies in between leaves it to the next one, so an event comes at least
once, under one id. In a lane (one customer of one subscription) the first waiting delivery holds back
those behind it, and no others.
"""

import datetime as dt
import logging
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from jobs.constants import DeliveryState
from jobs.models import Delivery, DeliveryTry, OutboxEvent, Subscription
from jobs.registry import event_kinds, event_reach
from jobs.services import messages
from jobs.services.webhooks import GIVES_UP_AFTER
from jobs.webhooks import sending, signing
from users.models import User
from users.queries.people import ADMINISTRATOR

logger = logging.getLogger(__name__)

BATCH = 5_000
AT_ONCE = 8
AT_ONCE_EACH = 4
LEASE = dt.timedelta(seconds=60)
PAUSES = [dt.timedelta(seconds=s) for s in (10, 30, 60, 300, 900, 3_600, 2 * 3_600, 4 * 3_600, 6 * 3_600)]
# While nobody answers at an address, it is knocked at this often.
KNOCKS = [dt.timedelta(seconds=s) for s in (10, 30, 60, 300)]
BUDGET_SECONDS = 20.0
_LOCK = 0x6B735F72656C6179  # "ks_relay"


@dataclass
class Figures:
    """What one pass did."""

    relayed: int = 0
    sent: int = 0
    failed: int = 0
    withheld: int = 0
    parked: int = 0


@dataclass(frozen=True)
class Claimed:
    """One delivery that is ours until the lease ends, with what is sent."""

    delivery_id: int
    subscription_id: int
    token: uuid.UUID
    attempt: int
    target: str
    body: bytes
    headers: dict[str, str]


def has_work() -> bool:
    """Whether a relay would find anything to do now."""
    if OutboxEvent.objects.filter(relayed_at=None).exists():
        return True
    return any(_due_subscriptions())


def relay(*, budget_seconds: float = BUDGET_SECONDS) -> Figures | None:
    """Send what is due until nothing is, or the time is over; None if another relay is at it.

    Safe at any time and any number at once; needs PostgreSQL only.
    """
    figures = Figures()
    with _alone() as alone:
        if not alone:
            return None
        figures.relayed = make_deliveries()
        figures.parked = _park_unreachable()
        _send_all(figures, until=time.monotonic() + budget_seconds)
    if any(vars(figures).values()):
        logger.info("relay: %s", figures)
    return figures


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the relay's lock for as long as this connection lives; a frozen relay's session is ended by the server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            yield False
            return
        cursor.execute("SET idle_session_timeout = %s", [int(LEASE.total_seconds() * 1000)])
    try:
        yield True
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
            cursor.execute("RESET idle_session_timeout")


# ── From events to deliveries ───────────────────────────────────────────────


_MAKE = """
WITH fresh AS (
    SELECT id, kind, customer_id FROM jobs_outboxevent WHERE relayed_at IS NULL ORDER BY id LIMIT %s FOR UPDATE
), made AS (
    INSERT INTO jobs_delivery (subscription_id, event_id, lane, state, tries, next_at, gives_up_at, created_at)
    SELECT s.id, e.id, coalesce(e.customer_id, 0), %s, 0,
           statement_timestamp(), statement_timestamp() + make_interval(secs => %s), statement_timestamp()
      FROM fresh e JOIN jobs_subscription s ON s.is_active AND e.kind = ANY (s.kinds)
     ORDER BY e.id
        ON CONFLICT (subscription_id, event_id) DO NOTHING
)
UPDATE jobs_outboxevent o SET relayed_at = statement_timestamp() FROM fresh WHERE o.id = fresh.id
"""


def make_deliveries() -> int:
    """Make a delivery of each new event for each subscription that wants it; returns how many events."""
    count = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_MAKE, [BATCH, str(DeliveryState.WAITING), GIVES_UP_AFTER.total_seconds()])
            count += int(cursor.rowcount)
            if cursor.rowcount < BATCH:
                return count


# ── Claiming ────────────────────────────────────────────────────────────────


_CLAIM = """
SELECT d.id FROM jobs_delivery d
 WHERE d.subscription_id = %s AND d.state = 'waiting' AND d.next_at <= statement_timestamp()
   AND (d.lease_until IS NULL OR d.lease_until < statement_timestamp())
   AND NOT EXISTS (SELECT FROM jobs_delivery e
                    WHERE e.subscription_id = d.subscription_id AND e.lane = d.lane AND e.state = 'waiting'
                      AND e.event_id < d.event_id)
 ORDER BY d.next_at, d.event_id LIMIT %s FOR UPDATE OF d SKIP LOCKED
"""


def _due_subscriptions() -> Iterator[int]:
    """The subscriptions for which something is due and that aren't paused."""
    awake = Subscription.objects.filter(is_active=True).exclude(paused_until__gt=Now())
    due = Delivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=Now()).exclude(lease_until__gt=Now())
    for pk in awake.values_list("pk", flat=True):
        if due.filter(subscription=pk).exists():
            yield pk


def claim(*, subscription_id: int, count: int) -> list[int]:
    """Take up to `count` deliveries that are due, each the first of its lane; returns their ids."""
    token = uuid.uuid4()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [subscription_id, count])
            ids = [pk for (pk,) in cursor.fetchall()]
        Delivery.objects.filter(pk__in=ids).update(token=token, lease_until=Now() + LEASE, tries=F("tries") + 1)
    return ids


def _load(ids: list[int]) -> tuple[list[Claimed], list[int]]:
    """What is sent of claimed deliveries, and those that the subscriber may not be told of."""
    rows = list(
        Delivery.objects.filter(pk__in=ids)
        .select_related("event", "subscription__subscriber", "subscription__key__user")
        .order_by("event_id")
    )
    told, withheld = [], []
    for row in rows:
        if _may_be_told(row):
            told.append(_claimed(row))
        else:
            withheld.append(row.pk)
    return told, withheld


def _may_be_told(row: Delivery) -> bool:
    """Whether the subscriber holds the kind's permission and reaches the customer at this moment."""
    kind, subscriber = event_kinds.find(row.event.kind), row.subscription.principal()
    if kind is None or subscriber is None or not subscriber.may(kind.permission):
        return False
    wanted = row.event.customer_id
    return any(wanted in reach(subscriber, [wanted]) for reach in event_reach)


def _claimed(row: Delivery) -> Claimed:
    content = signing.body(row.event)
    keys = row.subscription.secrets()
    headers = signing.headers(row.event, content, keys, at=timezone.now(), attempt=row.tries)
    assert row.token is not None  # noqa: S101 - claimed just now
    return Claimed(row.pk, row.subscription_id, row.token, row.tries, row.subscription.target, content, headers)


# ── Sending ─────────────────────────────────────────────────────────────────


def _send_all(figures: Figures, *, until: float) -> None:
    """Keep a few requests under way at once, each subscription with its share, until nothing is due."""
    under_way: dict[Future[sending.Answer], Claimed] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="relay") as pool:
        while True:
            if time.monotonic() < until:
                for one in _next(under_way, figures):
                    under_way[pool.submit(sending.post, one.target, one.body, one.headers)] = one
            if not under_way:
                return
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                _finish(under_way.pop(future), future.result(), figures)


def _next(under_way: dict[Future[sending.Answer], Claimed], figures: Figures) -> list[Claimed]:
    busy = Counter(one.subscription_id for one in under_way.values())
    found: list[Claimed] = []
    for subscription_id in _due_subscriptions():
        free = min(AT_ONCE_EACH - busy[subscription_id], AT_ONCE - len(under_way) - len(found))
        while free > 0:
            ids = claim(subscription_id=subscription_id, count=free)
            told, withheld = _load(ids)
            figures.withheld += _end(withheld, DeliveryState.WITHHELD)
            found += told
            free -= len(told)
            if not withheld:
                break
    return found


def _end(ids: list[int], state: DeliveryState) -> int:
    if not ids:
        return 0
    return Delivery.objects.filter(pk__in=ids).update(state=state, ended_at=Now(), token=None, lease_until=None)


@transaction.atomic
def _finish(one: Claimed, answer: sending.Answer, figures: Figures) -> None:
    """Write down what came of a try. Whoever lost the claim meanwhile writes the log only."""
    DeliveryTry.objects.create(
        delivery_id=one.delivery_id,
        status=answer.status,
        took_ms=answer.took_ms,
        error=answer.error,
        excerpt=answer.excerpt,
    )
    _note_health(one.subscription_id, answer)
    held = Delivery.objects.filter(pk=one.delivery_id, token=one.token)
    free: dict[str, Any] = {"token": None, "lease_until": None}
    if answer.is_received:
        figures.sent += held.update(state=DeliveryState.SENT, ended_at=Now(), **free)
        return
    figures.failed += 1
    if held.filter(gives_up_at__lte=Now()).update(state=DeliveryState.PARKED, ended_at=Now(), **free):
        figures.parked += 1
        tell_of_parked(subscription_id=one.subscription_id)
        return
    pause = max(PAUSES[min(one.attempt, len(PAUSES)) - 1], dt.timedelta(seconds=answer.wait_seconds))
    held.update(next_at=Now() + pause, **free)


def _note_health(subscription_id: int, answer: sending.Answer) -> None:
    """Pause a subscription while nobody answers at its address; end it where the receiver says it is gone."""
    row = Subscription.objects.select_for_update().filter(pk=subscription_id).first()
    if row is None:
        return
    if answer.status == 410:
        row.is_active = False
        row.save(update_fields=["is_active"])
        _tell(row, "webhook.gone")
    if not answer.is_unreachable:
        if row.failures:
            row.failures, row.paused_until, row.unreachable_since = 0, None, None
            row.save(update_fields=["failures", "paused_until", "unreachable_since"])
        return
    row.failures += 1
    row.paused_until = timezone.now() + KNOCKS[min(row.failures, len(KNOCKS)) - 1]
    row.unreachable_since = row.unreachable_since or timezone.now()
    row.save(update_fields=["failures", "paused_until", "unreachable_since"])


# ── Giving up ───────────────────────────────────────────────────────────────


def _park_unreachable() -> int:
    """Park what waited three days for an address at which nobody answered all that time."""
    count = 0
    for row in Subscription.objects.filter(unreachable_since__lte=Now() - GIVES_UP_AFTER):
        late = Delivery.objects.filter(subscription=row, state=DeliveryState.WAITING, gives_up_at__lte=Now())
        parked = late.exclude(lease_until__gt=Now()).update(state=DeliveryState.PARKED, ended_at=Now())
        if parked:
            count += parked
            _tell(row, "webhook.parked")
    return count


def tell_of_parked(*, subscription_id: int) -> None:
    """Tell the administrators that events of a subscription were given up; once a day."""
    _tell(Subscription.objects.get(pk=subscription_id), "webhook.parked")


def _tell(row: Subscription, template: str) -> None:
    for administrator in administrators():
        messages.tell(
            recipient=administrator,
            template=template,
            values={"name": str(row)},
            occasion=f"{template}:{row.pk}:{timezone.localdate()}",
            url=reverse("jobs:webhook_detail", args=[row.pk]),
        )


def administrators() -> list[User]:
    """Who is told when something of the machinery wants a person."""
    return list(User.objects.filter(is_active=True, groups__name=ADMINISTRATOR))
