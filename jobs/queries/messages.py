"""Reading messages."""

from dataclasses import dataclass

from jobs.models import Message
from users.models import User

PAGE = 50
LATEST = 6
UNREAD_CAP = 100


@dataclass(frozen=True)
class MessagePage:
    """One page of a user's messages, newest first; `older` is the id to go on from, None at the end."""

    messages: list[Message]
    older: int | None


def message_page(user: User, *, before: int | None = None) -> MessagePage:
    """A user's messages before an id, or the newest."""
    chosen = Message.objects.visible_to(user)
    found = list((chosen.filter(pk__lt=before) if before else chosen).order_by("-id")[: PAGE + 1])
    messages = found[:PAGE]
    return MessagePage(messages, older=messages[-1].pk if len(found) > PAGE else None)


def latest_messages(user: User) -> list[Message]:
    """The last few messages, for the bell."""
    return list(Message.objects.visible_to(user).order_by("-id")[:LATEST])


def unread_count(user: User) -> int:
    """How many messages a user hasn't read, counted up to a cap."""
    return Message.objects.visible_to(user).unread().order_by()[:UNREAD_CAP].count()
