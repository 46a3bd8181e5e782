"""The change log."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm.lib import display
from users.forms.changes import ChangeFilterForm
from users.queries import changes
from users.requests import UserRequest
from users.roles import Permission
from users.services import undo


def change_list(request: UserRequest) -> HttpResponse:
    """Who changed what, through which door, from what to what; newest first."""
    form = ChangeFilterForm(request.GET)
    page = changes.page(
        request.user,
        form.filters(),
        older_than=_number(request, "before"),
        newer_than=_number(request, "after"),
    )
    filtered = any(request.GET.get(name) for name in form.fields)
    count = display.capped(page.count, changes.COUNT_CAP)
    undoable = {entry.change_set_id for entry in page.entries if undo.may_be_undone(entry.model, entry.action_code)}
    context = {"form": form, "page": page, "count": count, "filtered": filtered, "undoable": undoable}
    context["may_undo"] = request.user.may(Permission.CHANGE_UNDO)
    return render(request, "users/change_list.html", context)


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
