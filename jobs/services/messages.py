"""Telling people, and what they do with what they are told."""

from typing import Any

from django.db.models.functions import Now
from django.urls import reverse

from jobs.constants import RunState
from jobs.messages import templates
from jobs.models import Message, Run
from jobs.registry import run_kinds
from users.models import User


def tell(
    *,
    recipient: User,
    template: str,
    values: dict[str, Any],
    occasion: str,
    url: str = "",
    customer_id: int | None = None,
) -> Message | None:
    """Write a message to a person. None if they have been told of this occasion before.

    With a `customer_id` it is worded only for who sees that customer when it is read or sent.

    Raises
    ------
    KeyError
        If the template isn't registered in `jobs.messages`.
    """
    templates.get(template)
    message, made = Message.objects.get_or_create(
        recipient=recipient,
        occasion=occasion,
        defaults={"template": template, "values": values, "url": url, "customer_id": customer_id},
    )
    return message if made else None


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
