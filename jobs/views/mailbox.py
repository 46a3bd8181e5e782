"""The e-mails that the development gateway wrote; there in DEBUG only."""

import email.policy
from email import message_from_bytes
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from users.access import Rule, rules
from users.roles import Permission

MOST = 50


def mailbox(request: HttpRequest) -> HttpResponse:
    """The last e-mails, newest first, as text."""
    if not settings.DEBUG:
        raise Http404
    files = sorted(Path(settings.MAIL_DIR).glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
    mails = [message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files[:MOST]]
    shown = [{"to": one["To"], "subject": one["Subject"], "date": one["Date"], "text": _text(one)} for one in mails]
    return render(request, "jobs/mailbox.html", {"mails": shown, "folder": settings.MAIL_DIR})


def _text(mail: email.message.EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


rules.add("mailbox", Rule(Permission.RUN_VIEW_ALL))
