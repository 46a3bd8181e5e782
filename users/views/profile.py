"""What people set for themselves."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as set_cookie

from users.errors import Invalid
from users.forms import faults
from users.forms.people import ProfileForm
from users.requests import UserRequest
from users.services import people


def profile(request: UserRequest) -> HttpResponse:
    """Name, e-mail, language and look; the password has a page of its own."""
    user = request.user
    said = {"name": user.name, "email": user.email, "language": user.language, "theme": user.theme}
    form = ProfileForm(request.POST or None, initial=said)
    if request.method == "POST" and form.is_valid():
        try:
            people.update_profile(user=user, **form.cleaned_data)
        except Invalid as error:
            faults.show(form, error)
        else:
            with override(form.cleaned_data["language"]):
                messages.success(request, _("Profile saved."))
            return redirect("users:profile")
    return render(request, "users/profile_edit.html", {"form": form})


@require_POST
def theme(request: UserRequest) -> HttpResponse:
    """Keep the look that the toggle chose."""
    try:
        people.set_theme(user=request.user, theme=request.POST.get("theme", ""))
    except Invalid as error:
        return HttpResponse(str(error), status=422, content_type="text/plain")
    return HttpResponse(status=204)


@require_POST
def language(request: UserRequest) -> HttpResponse:
    """Keep the language on the user and, for the page after signing out, in the cookie; then go back."""
    try:
        people.set_language(user=request.user, language=request.POST.get("language", ""))
    except Invalid as error:
        return HttpResponse(str(error), status=422, content_type="text/plain")
    return _with_cookie(request)


def _with_cookie(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = set_cookie(request)
    return answer
