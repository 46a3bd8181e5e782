"""Taking a change back: what it did, what would happen, the button."""

from typing import Any

from django.apps import apps
from django.contrib import messages as notes
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRefresh

from jobs import wording
from jobs.models import Run
from jobs.services import undoing
from users.errors import AlreadyUndone, UndoRefused
from users.models import ChangeSet
from users.requests import UserRequest
from users.services import undo as service


def undo(request: UserRequest, change_set_id: int) -> HttpResponse:
    """Show what taking a change set back would do and what stands against it; done on confirmation."""
    try:
        if request.method == "POST":
            return _take_back(request, change_set_id)
        return _shown(request, _context(request, change_set_id))
    except ChangeSet.DoesNotExist:
        raise Http404 from None


def _shown(request: UserRequest, context: dict[str, Any]) -> HttpResponse:
    """The page; to htmx, which asks while a run is under way, only how far it is."""
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "jobs/undo.html", context)
    if context["run"] is None or context["run"].run.has_ended:
        return HttpResponseClientRefresh()
    return render(request, "jobs/undo.html#progress", context)


def _take_back(request: UserRequest, change_set_id: int) -> HttpResponse:
    try:
        done = undoing.take_back(change_set_id=change_set_id, by=request.user)
    except (AlreadyUndone, UndoRefused):
        return render(request, "jobs/undo.html", _context(request, change_set_id), status=409)
    if not isinstance(done, Run):
        notes.success(request, undoing.said(done.restored, done.removed))
    return redirect("jobs:undo", change_set_id)


def _context(request: UserRequest, change_set_id: int) -> dict[str, Any]:
    change_set = service.find(change_set_id=change_set_id, by=request.user)
    run = undoing.latest_run(change_set_id)
    context: dict[str, Any] = {"change_set": change_set, "run": wording.row(run) if run else None}
    context["back"] = ChangeSet.objects.filter(undoes=change_set).select_related("actor").first()
    if run is not None and not run.has_ended:
        return context
    try:
        look = service.look(change_set_id=change_set_id, by=request.user)
    except AlreadyUndone as refusal:
        return context | {"refusal": str(refusal)}
    parts = [(_kind(part.label), part) for part in look.parts]
    return context | {"look": look, "parts": parts, "reasons": service.said(look.reasons)}


def _kind(label: str) -> str:
    name = str(apps.get_model(label)._meta.verbose_name_plural)
    return name[:1].upper() + name[1:]
