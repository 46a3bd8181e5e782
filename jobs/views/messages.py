"""The bell, and the list of messages behind it."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm.lib import links
from jobs import mail
from jobs.forms.runs import MessageFilter
from jobs.messages import notices
from jobs.models import Message
from jobs.queries import messages as queries
from jobs.queries import tasks
from jobs.queries.runs import last_night
from jobs.services import messages
from users.queries import approvals
from users.requests import UserRequest


def bell(request: UserRequest) -> HttpResponse:
    """How much is unread, pressing and to be decided, and the stamp of the last night; asked for every minute."""
    context = {
        "unread": queries.unread_count(request.user),
        "pressing": tasks.pressing_count(request.user),
        "to_decide": approvals.to_decide_count(request.user),
        "night": last_night(),
    }
    return render(request, "jobs/bell.html", context)


def message_latest(request: UserRequest) -> HttpResponse:
    """What opens under the bell."""
    latest = notices(request.user, queries.latest_messages(request.user))
    return render(request, "jobs/message_list.html#menu", {"notices": latest})


def message_list(request: UserRequest) -> HttpResponse:
    """All messages to the user, newest first."""
    page = queries.message_page(request.user, before=MessageFilter(request.GET).chosen()["before"])
    context = {
        "notices": notices(request.user, page.messages),
        "older": f"?before={page.older}" if page.older else "",
        "unread": queries.unread_count(request.user),
    }
    return render(request, "jobs/message_list.html", context)


def message_open(request: UserRequest, message_id: int) -> HttpResponse:
    """Go where a message leads; it counts as read."""
    message = get_object_or_404(Message.objects.visible_to(request.user), pk=message_id)
    messages.mark_read(by=request.user, message_id=message.pk)
    (notice,) = notices(request.user, [message])
    return redirect(notice.url or "jobs:message_list")


def message_follow(request: UserRequest, signed: str) -> HttpResponse:
    """The link of an e-mail: signed for one notice and its recipient, for a month; opened after sign-in only."""
    try:
        meant = links.read(mail.OPEN, signed, max_days=mail.OPEN_DAYS)
    except links.BadLink:
        raise Http404 from None
    if meant["user"] != request.user.pk:
        raise Http404
    return message_open(request, meant["message"])


@require_POST
def message_read(request: UserRequest) -> HttpResponse:
    """Mark all messages as read."""
    messages.mark_read(by=request.user)
    return redirect("jobs:message_list")
