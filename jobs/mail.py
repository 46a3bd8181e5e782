"""Messages as e-mails: text and HTML, in the recipient's language."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, ngettext, override

from crm.lib import links
from jobs.constants import Channel
from jobs.messages import Notice, kind_of
from jobs.models import Mailing
from users.models import User

SUBJECT_LENGTH = 120
OPEN = "mail.open"
OPEN_DAYS = 30
STOP = "mail.stop"
STOP_DAYS = 90


def compose(recipient: User, mailings: Sequence[Mailing], notices: Sequence[Notice]) -> EmailMultiAlternatives:
    """One e-mail with these notices. Its Message-ID is the first mailing's: sent twice, it is known to be the same."""
    first = mailings[0]
    daily = first.channel == Channel.DIGEST
    kind = kind_of(first.message.template)
    with override(recipient.language):
        stop = "" if daily else links.absolute(reverse("jobs:mail_stop", args=[stop_token(recipient, kind.code)]))
        context = {
            "recipient": recipient,
            "lines": [(notice.text, _address(notice)) for notice in notices],
            "kind": kind.label,
            "daily": daily,
            "stop": stop,
            "settings_url": links.absolute(reverse("jobs:notice_settings")),
            "language": get_language(),
        }
        mail = EmailMultiAlternatives(
            subject=_subject(notices, daily=daily),
            body=render_to_string("jobs/mail/notices.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[recipient.email],
            headers=_headers(first, stop),
        )
        mail.attach_alternative(render_to_string("jobs/mail/notices.html", context), "text/html")
    return mail


def stop_token(recipient: User, kind: str) -> str:
    """What ends e-mails of one kind to one person; good for nothing else."""
    return links.sign(STOP, {"user": recipient.pk, "kind": kind})


def _subject(notices: Sequence[Notice], *, daily: bool) -> str:
    if daily:
        text = ngettext("%(count)s notice of the last day", "%(count)s notices of the last day", len(notices))
        return text % {"count": len(notices)}
    said = " ".join(notices[0].text.split())
    return said if len(said) <= SUBJECT_LENGTH else said[: SUBJECT_LENGTH - 1] + "…"


def open_token(notice: Notice) -> str:
    """What opens one notice to its recipient, who still signs in; good for nothing else."""
    return links.sign(OPEN, {"message": notice.message.pk, "user": notice.message.recipient_id})


def _address(notice: Notice) -> str:
    """Where a notice leads: through our own page, which asks who it is and marks it as read."""
    return links.absolute(reverse("jobs:message_follow", args=[open_token(notice)]))


def _headers(first: Mailing, stop: str) -> dict[str, str]:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<notice-{first.message_id}-{first.pk}@{host}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if stop:
        headers |= {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers
