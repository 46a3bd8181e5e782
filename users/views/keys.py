"""Programs that call the API, and their keys."""

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from users.errors import Invalid
from users.forms import faults
from users.forms.keys import KeyForm, ProgramForm, RotateForm
from users.models import ApiKey, User
from users.queries import keys
from users.requests import UserRequest
from users.services import keys as services


def program_list(request: UserRequest) -> HttpResponse:
    """Every program, how many good keys it has, when one was used last."""
    return render(request, "users/program_list.html", {"programs": keys.programs()})


@never_cache
def program_create(request: UserRequest) -> HttpResponse:
    """A program with its first key, which is shown once."""
    form = ProgramForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            key, token = services.create_with_key(
                name=said["name"], department=said["department"], terms=form.terms(), by=request.user
            )
        except Invalid as error:
            faults.show(form, _by_field(error))
        else:
            return render(request, "users/key_made.html", {"key": key, "token": token, "program": key.user})
    return render(request, "users/key_edit.html", {"form": form})


def program_detail(request: UserRequest, program_id: int) -> HttpResponse:
    """One program and its keys."""
    return render(request, "users/program_detail.html", {"program": _program(program_id)})


@never_cache
def key_create(request: UserRequest, program_id: int) -> HttpResponse:
    """A further key, which is shown once."""
    program = _program(program_id)
    form = KeyForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            key, token = services.issue(program=program, terms=form.terms(), by=request.user)
        except Invalid as error:
            faults.show(form, _by_field(error))
        else:
            return render(request, "users/key_made.html", {"key": key, "token": token, "program": program})
    return render(request, "users/key_edit.html", {"form": form, "program": program})


@never_cache
def key_rotate(request: UserRequest, key_id: int) -> HttpResponse:
    """A new key in place of one that stays good for a while."""
    old = get_object_or_404(ApiKey.objects.select_related("user"), pk=key_id)
    form = RotateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        overlap = dt.timedelta(hours=form.cleaned_data["overlap_hours"])
        try:
            key, token = services.rotate(key_id=old.pk, overlap=overlap, by=request.user)
        except Invalid as error:
            faults.show(form, error)
        else:
            return render(request, "users/key_made.html", {"key": key, "token": token, "program": key.user, "old": old})
    return render(request, "users/key_rotate.html", {"form": form, "key": old})


@require_POST
def key_withdraw(request: UserRequest, key_id: int) -> HttpResponse:
    """End a key at once."""
    try:
        key = services.withdraw(key_id=key_id, by=request.user)
    except ApiKey.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("%(key)s is withdrawn: the next call with it is refused.") % {"key": key})
    return redirect("users:program_detail", key.user_id)


def _program(program_id: int) -> User:
    try:
        return keys.with_keys(program_id)
    except User.DoesNotExist:
        raise Http404 from None


def _by_field(error: Invalid) -> Invalid:
    """The faults under the names of the form's fields."""
    return Invalid({"expires_on" if name == "expires_at" else name: told for name, told in error.faults.items()})
