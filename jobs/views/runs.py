"""Pages of runs: what is under way, how far it is, what came out."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from crm.lib import display
from jobs import wording
from jobs.constants import FailureKind
from jobs.errors import RunBusy
from jobs.forms.runs import RunFilter
from jobs.models import Run
from jobs.queries import runs as queries
from jobs.services import messages, runs
from users.requests import UserRequest
from users.roles import Permission


def run_list(request: UserRequest) -> HttpResponse:
    """The user's runs, or everybody's for those who may view all; newest first."""
    form = RunFilter(request.GET)
    chosen = form.chosen()
    page = queries.run_page(request.user, **chosen)
    narrowed = {name: chosen[name] for name in ("kind", "state") if chosen[name]}

    def address(**more: Any) -> str:
        return "?" + urlencode({name: value for name, value in (narrowed | more).items() if value})

    context = {
        "form": form,
        "rows": [wording.row(run) for run in page.runs],
        "total": display.capped(page.count, queries.COUNT_CAP),
        "newer": address(after=page.newer) if page.newer else "",
        "older": address(before=page.older) if page.older else "",
        "narrowed": narrowed,
        "sees_all": request.user.may(Permission.RUN_VIEW_ALL),
    }
    return render(request, "jobs/run_list.html", context)


def run_detail(request: UserRequest, run_id: int) -> HttpResponse:
    """One run. The progress asks for itself every two seconds; at the end the page is loaded once more."""
    run = _visible(request, run_id)
    if request.htmx:  # type: ignore[attr-defined]
        return _progress(request, run)
    messages.mark_read(by=request.user, occasion=messages.end_of(run))
    sees_all = request.user.may(Permission.RUN_VIEW_ALL)
    steps = queries.steps_of(run)
    technical = run.error if sees_all and run.failure != FailureKind.REFUSED else ""
    context = {
        "row": wording.row(run),
        "finding": wording.finding(run),
        "asked_with": wording.asked_with(run),
        "parameters": wording.parameters_of(run),
        "steps": [wording.row(step) for step in steps],
        "reads": [wording.row(read) for read in queries.read_by(run, request.user)],
        "technical": technical,
        "has_main": bool(steps or technical or not run.has_ended),
        "result_url": messages.result_url(run),
        "may_steer": runs.may_steer(request.user, run),
        "may_restart": runs.may_restart(request.user, run),
    }
    return render(request, "jobs/run_detail.html", context)


def _visible(request: UserRequest, run_id: int) -> Run:
    seen = Run.objects.visible_to(request.user).select_related("requested_by", "parent")
    return get_object_or_404(seen, pk=run_id)


def _progress(request: UserRequest, run: Run) -> HttpResponse:
    if run.has_ended:
        return HttpResponseClientRefresh()
    return render(request, "jobs/run_detail.html#progress", {"row": wording.row(run)})


@require_POST
def run_cancel(request: UserRequest, run_id: int) -> HttpResponse:
    """Stop a run."""
    run = _visible(request, run_id)
    try:
        stopped = runs.cancel(run=run, by=request.user)
    except RunBusy:
        notes.warning(request, _("It is writing its result just now and will end in a moment. Nothing was stopped."))
    else:
        if stopped:
            notes.success(request, _("Stopped. What it had finished before is kept."))
        else:
            notes.info(request, _("It had already ended."))
    return redirect("jobs:run_detail", run.pk)


@require_POST
def run_restart(request: UserRequest, run_id: int) -> HttpResponse:
    """Start a failed or cancelled run again."""
    run = _visible(request, run_id)
    if runs.restart(run=run, by=request.user):
        notes.success(request, _("Started again from where it was."))
    else:
        notes.info(request, _("It hasn't failed, so there is nothing to start again."))
    return redirect(reverse("jobs:run_detail", args=[run.pk]))
