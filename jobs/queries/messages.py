"""Reading messages."""

from dataclasses import dataclass

from jobs.constants import MailingState
from jobs.models import Mailing, Message
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


# ── Mailings ──────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class MailingPage:
    """One page of mailings, newest first; `older` is the id to go on from, None at the end."""

    mailings: list[Mailing]
    older: int | None


def mailing_page(*, before: int | None = None, failed: bool = False) -> MailingPage:
    """Mailings before an id, or the newest; only failed ones if asked."""
    chosen = Mailing.objects.filter(state=MailingState.FAILED) if failed else Mailing.objects.all()
    rows = (chosen.filter(pk__lt=before) if before else chosen).order_by("-id").select_related("message__recipient")
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    return MailingPage(shown, older=shown[-1].pk if len(found) > PAGE else None)


def mailing_counts() -> dict[str, int]:
    """How many mailings wait and failed, counted up to a cap."""
    return {
        state.value: Mailing.objects.filter(state=state).order_by()[: UNREAD_CAP * 10].count()
        for state in (MailingState.WAITING, MailingState.FAILED)
    }
