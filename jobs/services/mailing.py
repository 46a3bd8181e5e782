"""The relay: whatever waits to leave the house goes through it.

It claims (a token, and the next try moved past the lease), commits, sends, and marks under the token. So a message is
never lost: whoever dies leaves it waiting. It may be sent twice if a relay dies between sending and marking; both
carry the same Message-ID. Two relays at once don't send one message twice, for the claim locks the rows and skips
those that another has locked.
"""

import datetime as dt
import logging
import smtplib
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from jobs import gateways, mail
from jobs.constants import Channel, LeftOut, MailingState, Way
from jobs.gateways import Refused, Unreachable
from jobs.messages import Notice, kind_of, notices
from jobs.models import Mailing
from jobs.services.messages import settings_of, way_of
from users.models import User

logger = logging.getLogger(__name__)

# Longer than a mail server may take: until then nobody else tries.
LEASE_SECONDS = 180
FIRST_PAUSE_SECONDS = 60
LONGEST_PAUSE_SECONDS = 6 * 3600
GIVE_UP_AFTER = dt.timedelta(days=3)
# While the mail server doesn't answer, all that waits is left alone for so long.
UNREACHABLE_SECONDS = 60
PASS_SECONDS = 50
_LOCK = "jobs.mail"


@dataclass(frozen=True)
class Claim:
    """Mailings that are ours for a while: one, or all of one person's daily e-mail."""

    token: uuid.UUID
    mailings: list[Mailing]

    def mark(self, chosen: list[Mailing], **fields: object) -> int:
        """Write how it went, unless the claim has gone to somebody else."""
        ids = [mailing.pk for mailing in chosen]
        return Mailing.objects.filter(pk__in=ids, token=self.token).update(token=None, **fields)


def deliver() -> int:
    """Send what is due, for most of a minute. Returns how many e-mails were sent; 0 if another relay is at it.

    That only one works at a time keeps workers free while a mail server hangs; that each message is
    sent once rests on the claims.
    """
    with _alone() as alone:
        return work_through() if alone else 0


def work_through() -> int:
    """Send what is due, until nothing is left, the time is up, or the mail server doesn't answer."""
    sent, end = 0, time.monotonic() + PASS_SECONDS
    while time.monotonic() < end:
        claim = take()
        if claim is None:
            break
        try:
            sent += send(claim)
        except Unreachable as error:
            logger.warning("the mail server can't be reached: %s", error)
            _retry(claim, claim.mailings, str(error))
            Mailing.objects.due().update(next_try=Now() + dt.timedelta(seconds=UNREACHABLE_SECONDS))
            break
    return sent


@transaction.atomic
def take() -> Claim | None:
    """Claim what has waited longest; None if nothing is due that isn't somebody else's."""
    due = Mailing.objects.due().select_for_update(skip_locked=True, of=("self",))
    first = due.select_related("message__recipient").first()
    if first is None:
        return None
    chosen = [first]
    if first.channel == Channel.DIGEST:
        rest = due.filter(channel=Channel.DIGEST, message__recipient=first.message.recipient_id).exclude(pk=first.pk)
        # By id: the e-mail is named after the first, and has the same name if it is sent again with more.
        chosen = sorted([first, *rest.select_related("message__recipient")], key=lambda one: one.pk)
    token = uuid.uuid4()
    lease = Now() + dt.timedelta(seconds=LEASE_SECONDS)
    Mailing.objects.filter(pk__in=[one.pk for one in chosen]).update(
        token=token, attempts=F("attempts") + 1, next_try=lease
    )
    return Claim(token, chosen)


def send(claim: Claim) -> bool:
    """Send one e-mail, or leave it out with the reason. True if it was sent.

    Raises
    ------
    Unreachable
        If the mail server doesn't answer.
    """
    recipient, gateway = claim.mailings[0].message.recipient, gateways.current()
    kept: list[tuple[Mailing, Notice]] = []
    shown = notices(recipient, [mailing.message for mailing in claim.mailings])
    for mailing, notice in zip(claim.mailings, shown, strict=True):
        reason = LeftOut.NO_GATEWAY if gateway is None else _left_out(recipient, mailing, notice)
        if reason:
            claim.mark([mailing], state=MailingState.SKIPPED, left_out=reason, ended_at=Now())
        else:
            kept.append((mailing, notice))
    if not kept or gateway is None:
        return False
    chosen = [mailing for mailing, _notice in kept]
    try:
        gateway(mail.compose(recipient, chosen, [notice for _mailing, notice in kept]))
    except Refused as error:
        claim.mark(chosen, state=MailingState.FAILED, error=str(error)[:300], ended_at=Now())
    except Unreachable:
        raise
    except smtplib.SMTPException as error:
        _retry(claim, chosen, f"{type(error).__name__}: {error}")
    except Exception as error:  # a template is another chapter's code: the others' messages must go on
        logger.exception("message %s could not be sent", chosen[0].message_id)
        _retry(claim, chosen, f"{type(error).__name__}: {error}")
    else:
        claim.mark(chosen, state=MailingState.SENT, error="", ended_at=Now())
        return True
    return False


def try_again(*, mailing_id: int) -> bool:
    """Let a failed mailing wait again. False if it isn't failed."""
    failed = Mailing.objects.filter(pk=mailing_id, state=MailingState.FAILED)
    return bool(failed.update(state=MailingState.WAITING, attempts=0, next_try=Now(), ended_at=None, created_at=Now()))


def _left_out(recipient: User, mailing: Mailing, notice: Notice) -> str:
    if not recipient.is_active:
        return LeftOut.INACTIVE
    if not recipient.email:
        return LeftOut.NO_ADDRESS
    if notice.hidden:
        return LeftOut.OUT_OF_SIGHT
    if way_of(settings_of(recipient), kind_of(mailing.message.template)) in {Way.BELL, Way.OFF}:
        return LeftOut.STOPPED
    if mailing.channel == Channel.DIGEST and mailing.message.read_at is not None:
        return LeftOut.READ
    return ""


def _retry(claim: Claim, chosen: list[Mailing], error: str) -> None:
    """Try again after a pause that doubles; give up after some days."""
    for mailing in chosen:
        if timezone.now() - mailing.created_at > GIVE_UP_AFTER:
            claim.mark([mailing], state=MailingState.FAILED, error=error[:300], ended_at=Now())
            continue
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(mailing.attempts, 12), LONGEST_PAUSE_SECONDS)
        claim.mark([mailing], next_try=Now() + dt.timedelta(seconds=pause), error=error[:300])


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other relay is at work; the lock ends with the connection, whatever happens."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [_LOCK])
        held = bool((cursor.fetchone() or (False,))[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [_LOCK])
