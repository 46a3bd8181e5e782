"""How people want to be told, what didn't get through, and the way out of e-mails."""

from django.conf import settings
from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crm.lib import links
from jobs import mail
from jobs.forms.messages import NoticeForm
from jobs.forms.runs import MessageFilter
from jobs.messages import kind_of
from jobs.queries import messages as queries
from jobs.services import mailing, messages
from users.models import User
from users.requests import UserRequest


def notice_settings(request: UserRequest) -> HttpResponse:
    """How the user wants to be told of each kind of thing."""
    chosen = messages.settings_of(request.user)
    form = NoticeForm(request.POST if request.method == "POST" else None, chosen=chosen)
    if request.method == "POST" and form.is_valid():
        messages.choose_ways(user=request.user, ways=form.ways(), digest_at=form.cleaned_data["digest_at"])
        notes.success(request, _("Saved."))
        return redirect("jobs:notice_settings")
    context = {"form": form, "rows": form.rows(), "no_gateway": settings.MAIL_GATEWAY == "none"}
    return render(request, "jobs/notice_settings.html", context, status=422 if form.errors else 200)


@csrf_exempt  # mail programs post it by themselves; the signed address is the only authority it has
def mail_stop(request: HttpRequest, signed: str) -> HttpResponse:
    """End e-mails of one kind to one person: asked on a page, done by posting. Takes no sign-in."""
    try:
        meant = links.read(mail.STOP, signed, max_days=mail.STOP_DAYS)
    except links.BadLink:
        raise Http404 from None
    user = User.objects.filter(pk=meant["user"]).first()
    if user is None:
        raise Http404
    done = request.method == "POST"
    if done:
        messages.stop_mails(user=user, kind=meant["kind"])
    context = {"kind": kind_of(f"{meant['kind']}.").label, "done": done}
    return render(request, "jobs/mail_stop.html", context)


def mailing_list(request: UserRequest) -> HttpResponse:
    """Messages that left the house or didn't, newest first; what they say stays with their recipients."""
    page = queries.mailing_page(
        before=MessageFilter(request.GET).chosen()["before"], failed=request.GET.get("show") == "failed"
    )
    context = {
        "rows": [(row, kind_of(row.message.template).label) for row in page.mailings],
        "older": page.older,
        "failed": request.GET.get("show") == "failed",
        "counts": queries.mailing_counts(),
        "gateway": settings.MAIL_GATEWAY,
    }
    return render(request, "jobs/mailing_list.html", context)


@require_POST
def mailing_retry(request: UserRequest, mailing_id: int) -> HttpResponse:
    """Let a failed e-mail wait to be sent again."""
    if mailing.try_again(mailing_id=mailing_id):
        notes.success(request, _("It will be tried again at once."))
    else:
        notes.info(request, _("It hasn't failed, so there is nothing to try again."))
    return redirect("jobs:mailing_list")
