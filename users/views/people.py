"""Users: listed, made, changed."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from users.constants import UserKind
from users.errors import Conflict, Invalid
from users.forms import faults, merge
from users.forms.people import NewPasswordForm, NewUserForm, UserFilterForm, UserForm
from users.models import User
from users.queries import changes, people
from users.requests import UserRequest
from users.roles import Permission
from users.services import people as services

PAGE = 50


def user_list(request: UserRequest) -> HttpResponse:
    """Everybody who has an account, with what they may do."""
    form = UserFilterForm(request.GET)
    pages = Paginator(people.listed(**form.arguments()), PAGE)
    page = pages.get_page(request.GET.get("page"))
    return render(
        request,
        "users/user_list.html",
        {"form": form, "page": page, "filtered": any(request.GET.get(name) for name in form.fields)},
    )


def user_create(request: UserRequest) -> HttpResponse:
    """A new account with its first password."""
    form = NewUserForm(request.POST or None, initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_user(of=form.particulars(), password=form.cleaned_data["password"], by=request.user)
        except Invalid as error:
            faults.show(form, error)
        else:
            messages.success(request, _("%(name)s may sign in now.") % {"name": made})
            return redirect("users:user_list")
    return render(request, "users/user_edit.html", {"form": form, "may_edit": True})


def user_edit(request: UserRequest, user_id: int) -> HttpResponse:
    """One account: who it is, what they may do, whether they may sign in, and what was changed."""
    user = get_object_or_404(User.objects.select_related("department"), pk=user_id, kind=UserKind.PERSON)
    now = UserForm.values_of(user)
    form = UserForm(request.POST or None, initial=now | {"version": user.version, "opened": merge.opened(now)})
    if request.method == "POST" and form.is_valid():
        found = merge.three_ways(form, now, names=UserForm.COMPARED)
        if form.cleaned_data["version"] != user.version or not found.settled:
            return _conflict(request, form, user)
        try:
            services.update_user(user=user, of=form.particulars(found.values), version=user.version, by=request.user)
        except Conflict:
            return _conflict(request, form, user)
        except Invalid as error:
            faults.show(form, error)
        else:
            messages.success(request, _("%(name)s saved.") % {"name": found.values["name"]})
            return redirect("users:user_list")
    history = changes.changes_of(request.user, user)
    may_edit = request.user.may(Permission.USER_EDIT)
    return render(
        request, "users/user_edit.html", {"form": form, "edited": user, "history": history, "may_edit": may_edit}
    )


def _conflict(request: UserRequest, form: UserForm, user: User) -> HttpResponse:
    user = User.objects.get(pk=user.pk)
    last = changes.last_change_of(user)
    who = str(last.change_set.actor) if last and last.change_set.actor else _("Somebody")
    merged = merge.three_ways(form, UserForm.values_of(user), names=UserForm.COMPARED, who=who)
    context = {"form": form, "edited": user, "merge": merged, "last": last, "who": who}
    return render(request, "users/user_conflict.html", context, status=409)


def user_password(request: UserRequest, user_id: int) -> HttpResponse:
    """A new password for somebody who lost theirs."""
    user = get_object_or_404(User, pk=user_id, kind=UserKind.PERSON)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_password(user=user, password=form.cleaned_data["password"], by=request.user)
        except Invalid as error:
            faults.show(form, error)
        else:
            messages.success(request, _("%(name)s has a new password.") % {"name": user})
            return redirect("users:user_edit", user.pk)
    return render(request, "users/user_password.html", {"form": form, "edited": user})
