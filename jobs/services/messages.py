"""Telling people, and what they do with what they are told."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib import dates
from jobs.constants import Channel, RunState, Way
from jobs.core.slots import next_daily
from jobs.messages import OTHER, MessageKind, kind_of, message_kinds, templates
from jobs.models import Mailing, Message, MessageSettings, Run
from jobs.registry import run_kinds
from users.errors import Invalid
from users.models import User

PRUNED_AT_ONCE = 5_000


@transaction.atomic
def tell(
    *,
    recipient: User,
    template: str,
    values: dict[str, Any],
    occasion: str,
    url: str = "",
    customer_id: int | None = None,
) -> Message | None:
    """Write a message to a person, and the e-mail if they want one. None if this occasion was told before.

    With a `customer_id` it is worded only for who sees that customer when it is read or sent.

    Raises
    ------
    KeyError
        If the template isn't registered in `jobs.messages`.
    """
    templates.get(template)
    chosen = settings_of(recipient)
    way = way_of(chosen, kind_of(template))
    message, made = Message.objects.get_or_create(
        recipient=recipient,
        occasion=occasion,
        defaults={
            "template": template,
            "values": values,
            "url": url,
            "customer_id": customer_id,
            "in_bell": way != Way.OFF,
        },
    )
    if not made:
        return None
    if way in Channel.values:
        Mailing.objects.create(message=message, channel=way, next_try=_first_try(chosen, way))
    return message


def settings_of(user: User) -> MessageSettings:
    """How a person wants to be told; unsaved defaults for who never said."""
    return MessageSettings.objects.filter(pk=user.pk).first() or MessageSettings(user=user)


def way_of(chosen: MessageSettings, kind: MessageKind) -> Way:
    """How a person is told of things of a kind."""
    said = chosen.ways.get(kind.code)
    if said not in Way.values or (said == Way.OFF and kind.mandatory):
        return kind.way
    return Way(said)


def _first_try(chosen: MessageSettings, way: Way) -> dt.datetime:
    now = timezone.now()
    return next_daily(now, chosen.digest_at, dates.company_zone()) if way == Way.DIGEST else now


@transaction.atomic
def choose_ways(*, user: User, ways: Mapping[str, str], digest_at: dt.time) -> MessageSettings:
    """Keep how a person wants to be told; a taste, so it isn't logged. Waiting daily e-mails keep their hour.

    Raises
    ------
    Invalid
        If a kind or way isn't known, or a mandatory kind is turned off.
    """
    kinds = {kind.code: kind for kind in (*message_kinds, OTHER)}
    for code, way in ways.items():
        if code not in kinds or way not in Way.values:
            raise Invalid({code: _("There is no such choice.")})
        if way == Way.OFF and kinds[code].mandatory:
            raise Invalid({code: _("You can choose how you are told of this, not whether.")})
    chosen, _made = MessageSettings.objects.select_for_update().get_or_create(user=user)
    chosen.ways, chosen.digest_at = {**chosen.ways, **ways}, digest_at
    chosen.save()
    return chosen


def stop_mails(*, user: User, kind: str) -> None:
    """No more e-mails of a kind to a person; the bell goes on. The relay leaves out what waits."""
    chosen = settings_of(user)
    chosen.ways = {**chosen.ways, kind: Way.BELL}
    chosen.save()


def prune(*, read_days: int, unread_days: int) -> int:
    """Delete messages read so long ago, or unread for so long, a batch at a time. Returns how many."""
    old = Q(read_at__lt=Now() - dt.timedelta(days=read_days)) | Q(created_at__lt=Now() - dt.timedelta(days=unread_days))
    gone = 0
    while batch := list(Message.objects.filter(old).order_by("pk").values_list("pk", flat=True)[:PRUNED_AT_ONCE]):
        Message.objects.filter(pk__in=batch).delete()
        gone += len(batch)
    return gone


def tell_of_end(*, run: Run) -> Message | None:
    """Tell the requester that their run is done or has failed; nobody of steps, cancelled and scheduled runs."""
    if run.requested_by is None or run.parent_id or run.state not in {RunState.DONE, RunState.FAILED}:
        return None
    return tell(
        recipient=run.requested_by,
        template=f"run.{run.state}",
        values={"run": run.pk, "kind": run.kind, "result": run.result, "failure": run.failure, "error": run.error},
        occasion=end_of(run),
        url=result_url(run) or reverse("jobs:run_detail", args=[run.pk]),
    )


def end_of(run: Run) -> str:
    """The occasion of a run's end."""
    return f"run:{run.pk}"


def result_url(run: Run) -> str:
    """Where the result of a finished run is looked at; nothing if its kind names no place."""
    kind = run_kinds.find(run.kind)
    done = run.state == RunState.DONE and kind is not None and kind.result_url is not None
    return kind.result_url(run.pk, run.result) if done and kind and kind.result_url else ""


def take_back(*, occasion: str) -> int:
    """Remove what was said of an occasion that isn't true any more."""
    return Message.objects.filter(occasion=occasion).delete()[0]


def mark_read(*, by: User, message_id: int | None = None, occasion: str = "") -> int:
    """Mark a person's messages as read: one, those of an occasion, or all. Returns how many were unread."""
    unread = Message.objects.visible_to(by).unread()
    if message_id is not None:
        unread = unread.filter(pk=message_id)
    if occasion:
        unread = unread.filter(occasion=occasion)
    return unread.update(read_at=Now())
