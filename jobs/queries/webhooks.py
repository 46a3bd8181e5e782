"""Reading webhooks: the list with how each fares, the log of one."""

from django.db.models import Count, Max, OuterRef, Prefetch, Q, QuerySet, Subquery

from jobs.constants import DeliveryState
from jobs.models import Delivery, DeliveryTry, Subscription
from users.models import User

PAGE = 50


def listed(user: User) -> QuerySet[Subscription]:
    """The subscriptions a user sees, with what waits, what was parked, and when one was delivered last."""
    of = Delivery.objects.filter(subscription=OuterRef("pk")).order_by().values("subscription")
    return (
        Subscription.objects.visible_to(user)
        .select_related("subscriber")
        .annotate(
            waiting=Subquery(of.filter(state=DeliveryState.WAITING).values(n=Count("pk"))),
            parked=Subquery(of.filter(state=DeliveryState.PARKED).values(n=Count("pk"))),
            last_sent=Subquery(of.filter(state=DeliveryState.SENT).values(at=Max("ended_at"))),
        )
    )


def log(subscription: Subscription, *, state: str = "", before: int | None = None) -> list[Delivery]:
    """Deliveries of a subscription with their tries, latest events first; one more than a page."""
    tries = Prefetch("log", DeliveryTry.objects.order_by("-id"))
    rows = Delivery.objects.filter(subscription=subscription).select_related("event").prefetch_related(tries)
    if state:
        rows = rows.filter(state=state)
    if before:
        rows = rows.filter(Q(event__lt=before))
    return list(rows.order_by("-event_id")[: PAGE + 1])
