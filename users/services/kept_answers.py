"""Answers kept so that a call sent twice does its work once."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from users.models import KeptAnswer, User

KEPT_FOR = dt.timedelta(days=30)
_BATCH = 5_000


def claim(*, user: User, key: str) -> bool:
    """Take hold of a key until the transaction ends; False if another call holds it at this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"answer {user.pk} {key}"])
        return bool(cursor.fetchone()[0])


def find(*, user: User, key: str) -> KeptAnswer | None:
    """The answer kept under a key; ask after `claim`, in a later statement, so that none is overlooked."""
    return KeptAnswer.objects.filter(user=user, key=key).first()


def keep(*, user: User, key: str, digest: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """Store an answer; call it in the transaction of the writes it speaks of."""
    KeptAnswer.objects.create(user=user, key=key, digest=digest, status=status, headers=headers, body=body)


def prune(*, now: dt.datetime | None = None) -> int:
    """Delete the answers that were kept long enough, some thousand at a time; how many."""
    limit = (now or timezone.now()) - KEPT_FOR
    total = 0
    while ids := list(KeptAnswer.objects.filter(created_at__lt=limit).values_list("pk", flat=True)[:_BATCH]):
        total += KeptAnswer.objects.filter(pk__in=ids).delete()[0]
    return total
