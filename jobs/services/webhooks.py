"""Subscriptions: made, changed, their secrets renewed, their events sent again."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs.constants import DeliveryState
from jobs.models import Delivery, Subscription
from jobs.registry import event_kinds
from jobs.webhooks import addresses, signing
from users.constants import Action, Cause
from users.errors import Invalid
from users.models import User
from users.roles import Permission
from users.services import changes

# How long the secret before the present one still signs.
OVERLAP = dt.timedelta(hours=24)
GIVES_UP_AFTER = dt.timedelta(days=3)


@dataclass(frozen=True)
class Wanted:
    """What somebody says of a subscription."""

    target: str
    kinds: Collection[str]
    description: str = ""
    is_active: bool = True


@transaction.atomic
def subscribe(*, of: Wanted, by: User) -> Subscription:
    """Make a subscription with a fresh secret, which the caller shows once. It is told what `by` may see.

    Raises
    ------
    Invalid
        If the address isn't allowed or a kind isn't known.
    PermissionDenied
        If `by` may not.
    """
    _require(by)
    _check(of)
    row = Subscription.objects.create(
        target=of.target,
        description=of.description.strip(),
        kinds=sorted(set(of.kinds)),
        is_active=of.is_active,
        subscriber=by,
        key=by.key,
        secret=signing.new_secret(),
    )
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=str(row))
    changes.record_create(change_set, row)
    return row


@transaction.atomic
def update(*, subscription_id: int, of: Wanted, by: User) -> Subscription:
    """Change address, kinds, or whether it is told at all. A new address is tried at once.

    Raises
    ------
    Invalid
        If the address isn't allowed or a kind isn't known.
    PermissionDenied
        If `by` may not.
    """
    row = _locked(subscription_id, by)
    _check(of)
    before = changes.snapshot(row)
    row.target, row.description = of.target, of.description.strip()
    row.kinds, row.is_active = sorted(set(of.kinds)), of.is_active
    row.failures, row.paused_until, row.unreachable_since = 0, None, None
    row.save()
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=str(row))
    changes.record_update(change_set, row, before)
    return row


@transaction.atomic
def renew_secret(*, subscription_id: int, by: User) -> str:
    """Give a subscription a fresh secret, returned this once. The old one signs beside it for a day.

    Raises
    ------
    PermissionDenied
        If `by` may not.
    """
    row = _locked(subscription_id, by)
    before = changes.snapshot(row)
    row.old_secret, row.old_secret_until = row.secret, timezone.now() + OVERLAP
    row.secret = signing.new_secret()
    row.save(update_fields=["secret", "old_secret", "old_secret_until"])
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("%(name)s: new secret") % {"name": row})
    changes.record_update(change_set, row, before)
    return row.secret


@transaction.atomic
def unsubscribe(*, subscription_id: int, by: User) -> None:
    """Remove a subscription with all that was to be sent to it. Raises PermissionDenied if `by` may not."""
    row = _locked(subscription_id, by)
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=str(row))
    changes.record_delete(change_set, row)
    row.delete()


@transaction.atomic
def replay(*, delivery_id: int, by: User) -> bool:
    """Send one event again, under the id it had. False if it is on its way anyway.

    Raises
    ------
    PermissionDenied
        If `by` may not.
    """
    _require(by)
    row = Delivery.objects.visible_to(by).select_for_update(of=("self",)).get(pk=delivery_id)
    if row.state == DeliveryState.WAITING:
        return False
    before = changes.snapshot(row)
    Delivery.objects.filter(pk=row.pk).update(**_fresh())
    row.refresh_from_db()
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Event %(id)s sent again") % {"id": row.event_id})
    changes.record_update(change_set, row, before)
    return True


@transaction.atomic
def replay_since(*, subscription_id: int, since: dt.datetime, by: User) -> int:
    """Send again all events of a subscription's kinds since a moment, in their order; returns how many.

    Those it was never told of, because it was made or became active later, are among them as far as they
    were written down for others.

    Raises
    ------
    PermissionDenied
        If `by` may not.
    """
    row = _locked(subscription_id, by)
    with connection.cursor() as cursor:
        waiting, seconds = str(DeliveryState.WAITING), GIVES_UP_AFTER.total_seconds()
        cursor.execute(_REPLAY, [waiting, seconds, since, row.pk, waiting])
        again = [pk for (pk,) in cursor.fetchall()]
    Subscription.objects.filter(pk=row.pk).update(paused_until=None)
    if again:
        summary = _("%(name)s: %(count)s events sent again") % {"name": row, "count": len(again)}
        change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=summary)
        changes.record_bulk(change_set, Delivery, again, action=Action.BULK_UPDATE)
    return len(again)


_REPLAY = """
INSERT INTO jobs_delivery AS d
       (subscription_id, event_id, lane, state, tries, next_at, gives_up_at, created_at)
SELECT s.id, e.id, coalesce(e.customer_id, 0), %s, 0,
       statement_timestamp(), statement_timestamp() + make_interval(secs => %s), statement_timestamp()
  FROM jobs_outboxevent e, jobs_subscription s
 WHERE e.created_at >= %s AND e.relayed_at IS NOT NULL AND s.id = %s AND e.kind = ANY (s.kinds)
 ORDER BY e.id
    ON CONFLICT (subscription_id, event_id) DO UPDATE
   SET state = EXCLUDED.state, tries = 0, next_at = statement_timestamp(), gives_up_at = EXCLUDED.gives_up_at,
       token = NULL, lease_until = NULL, ended_at = NULL
 WHERE d.state <> %s
RETURNING d.id
"""


def _fresh() -> dict[str, object]:
    return {
        "state": DeliveryState.WAITING,
        "tries": 0,
        "next_at": Now(),
        "gives_up_at": Now() + GIVES_UP_AFTER,
        "token": None,
        "lease_until": None,
        "ended_at": None,
    }


def _require(by: User) -> None:
    if not by.may(Permission.WEBHOOK_EDIT):
        raise PermissionDenied


def _locked(subscription_id: int, by: User) -> Subscription:
    _require(by)
    return Subscription.objects.visible_to(by).select_for_update(of=("self",)).get(pk=subscription_id)


def _check(of: Wanted) -> None:
    faults = {}
    try:
        addresses.resolve(addresses.parse(of.target))
    except addresses.AddressRefused as refused:
        faults["target"] = str(refused)
    except (OSError, UnicodeError):
        pass  # A name that isn't known yet may be later; each sending judges anew.
    if not of.kinds:
        faults["kinds"] = _("Choose what it is to be told.")
    elif unknown := set(of.kinds) - set(event_kinds.keys()):
        faults["kinds"] = _("There is no event %(kind)s.") % {"kind": ", ".join(sorted(unknown))}
    if faults:
        raise Invalid(faults)
