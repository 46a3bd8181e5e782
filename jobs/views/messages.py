"""The bell, and the list of messages behind it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from jobs.forms import MessageFilter
from jobs.messages import Notice
from jobs.models import Message
from jobs.queries import messages as queries
from jobs.queries.runs import last_night
from jobs.services import messages
from users.requests import UserRequest


def bell(request: UserRequest) -> HttpResponse:
    """The number of unread messages and the stamp of the last night; asked for every minute."""
    context = {"unread": queries.unread_count(request.user), "night": last_night()}
    return render(request, "jobs/bell.html", context)


def message_latest(request: UserRequest) -> HttpResponse:
    """What opens under the bell."""
    latest = [Notice(message) for message in queries.latest_messages(request.user)]
    return render(request, "jobs/message_list.html#menu", {"notices": latest})


def message_list(request: UserRequest) -> HttpResponse:
    """All messages to the user, newest first."""
    page = queries.message_page(request.user, before=MessageFilter(request.GET).chosen()["before"])
    context = {
        "notices": [Notice(message) for message in page.messages],
        "older": f"?before={page.older}" if page.older else "",
        "unread": queries.unread_count(request.user),
    }
    return render(request, "jobs/message_list.html", context)


def message_open(request: UserRequest, message_id: int) -> HttpResponse:
    """Go where a message leads; it counts as read."""
    message = get_object_or_404(Message.objects.visible_to(request.user), pk=message_id)
    messages.mark_read(by=request.user, message_id=message.pk)
    return redirect(message.url or "jobs:message_list")


@require_POST
def message_read(request: UserRequest) -> HttpResponse:
    """Mark all messages as read."""
    messages.mark_read(by=request.user)
    return redirect("jobs:message_list")
