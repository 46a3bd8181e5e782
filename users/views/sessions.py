"""Where one is signed in."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from users.errors import Invalid
from users.models import User
from users.queries import second_factor
from users.requests import UserRequest
from users.services import second_factor as services
from users.services import sessions


def session_list(request: UserRequest) -> HttpResponse:
    """The user's sessions that still live, the newest first; posting ends all others."""
    if request.method == "POST":
        count = sessions.end_others(user=request.user, session_key=request.session.session_key)
        words = ngettext("%(count)s other session ended.", "%(count)s other sessions ended.", count)
        messages.success(request, words % {"count": count})
        return redirect("users:session_list")
    found = sorted(UserSession.objects.purge_and_list(request.user), key=lambda one: one.created_at, reverse=True)
    rows = [(one, one.session_key == request.session.session_key) for one in found]
    return render(request, "users/session_list.html", {"rows": rows, "others": sum(not here for _one, here in rows)})


@require_POST
def session_end(request: UserRequest, session_id: int) -> HttpResponse:
    """End one session; ending the present one leads to the sign-in page."""
    if not sessions.end(user=request.user, session_id=session_id):
        raise Http404
    messages.success(request, _("Session ended."))
    return redirect("users:session_list")


def second_factor_reset(request: UserRequest, user_id: int) -> HttpResponse:
    """Take a lost second factor away from somebody."""
    user = get_object_or_404(User, pk=user_id)
    if request.method == "POST":
        try:
            count = services.reset(user=user, by=request.user)
        except Invalid as error:
            messages.error(request, " ".join(str(fault) for fault in error.faults.values()))
        else:
            done = _("%(name)s signs in with the password alone until a new second factor is set up.")
            none = _("%(name)s has no second factor, so nothing was changed.")
            messages.success(request, (done if count else none) % {"name": user})
        return redirect("users:user_edit", user.pk)
    return render(request, "users/second_factor_reset.html", {"edited": user, "has_one": second_factor.has_one(user)})
