"""My tasks: what is to be done, by whom, until when."""

import datetime as dt
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from crm.lib import dates
from jobs import task_wording
from jobs.forms.tasks import ReassignForm, TaskFilter, TaskForm, chosen_ids
from jobs.models import Task
from jobs.queries import tasks as queries
from jobs.services import tasks
from users.errors import Invalid
from users.forms import faults
from users.queries import people
from users.requests import UserRequest
from users.roles import Permission

OPTIONS = 20


def task_list(request: UserRequest) -> HttpResponse:
    """The user's tasks, or with `?whose=team` those of the people they lead; the most pressing first."""
    form = TaskFilter(request.GET)
    asked = form.chosen()
    leads = request.user.may(Permission.TASK_MANAGE)
    team, show = leads and asked["whose"] == "team", asked["show"] or queries.Show.OPEN
    found = queries.chosen(request.user, team=team, kind=asked["kind"], show=show)
    page = queries.task_page(found, show=show, after=request.GET.get("after", "")[:40])
    narrowed = {name: asked[name] for name in ("whose", "kind", "show") if asked[name]}
    if show == queries.Show.OPEN:
        groups = task_wording.groups(request.user, page.tasks)
    else:
        groups = [task_wording.TaskGroup("", task_wording.rows(request.user, page.tasks))] if page.tasks else []
    context = {
        "form": form,
        "groups": groups,
        "shown": len(page.tasks),
        "counts": queries.counts(request.user, team=team),
        "next": "?" + urlencode(narrowed | {"after": page.next}) if page.next else "",
        "narrowed": narrowed,
        "back": urlencode(narrowed),
        "leads": leads,
        "team": team,
        "show": show,
        "tabs": _tabs(narrowed, show),
    }
    return render(request, "jobs/task_list.html", context)


def _tabs(narrowed: dict[str, str], show: str) -> list[dict[str, object]]:
    names = {
        queries.Show.OPEN: _("To do"),
        # Translators: 已延后
        queries.Show.SNOOZED: _("Put off"),
        queries.Show.CLOSED: _("Closed"),
    }
    return [
        {"name": name, "href": "?" + urlencode(narrowed | {"show": one.value}), "current": one == show}
        for one, name in names.items()
    ]


def task_create(request: UserRequest) -> HttpResponse:
    """A task in one's own words; `?customer=` says which customer it is about."""
    start = {"assignee": request.user.pk, "due": dates.today(), "customer": request.GET.get("customer", "")[:18]}
    form = TaskForm(request.POST if request.method == "POST" else None, initial=start, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            tasks.write_down(**form.arguments(), by=request.user)
        except Invalid as error:
            faults.show(form, error)
        else:
            notes.success(request, _("Task written down."))
            return redirect(form.about.url if form.about else "jobs:task_list")
    return render(request, "jobs/task_edit.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def task_act(request: UserRequest, act: str) -> HttpResponse:
    """Do one thing to the chosen tasks: `done`, `drop`, `reopen`, or `snooze` for `?days=`."""
    if act not in _ACTS:
        raise Http404
    count = 0
    for task_id in chosen_ids(request.POST):
        try:
            count += bool(_ACTS[act](request, task_id))
        except Task.DoesNotExist:
            raise Http404 from None
        except Invalid as error:
            notes.error(request, str(error.faults.get("until", error)))
            return _back(request)
    notes.success(request, _said(act, count))
    return _back(request)


def _snooze(request: UserRequest, task_id: int) -> bool:
    given = request.GET.get("days", "1")
    days = int(given) if given.isascii() and given.isdecimal() and len(given) < 4 else 1
    return tasks.snooze(task_id=task_id, until=dates.today() + dt.timedelta(days=days), by=request.user)


_ACTS = {
    "done": lambda request, task_id: tasks.complete(task_id=task_id, by=request.user),
    "drop": lambda request, task_id: tasks.cancel(task_id=task_id, by=request.user),
    "reopen": lambda request, task_id: tasks.reopen(task_id=task_id, by=request.user),
    "snooze": _snooze,
}


def _said(act: str, count: int) -> str:
    if act == "snooze":
        words = ngettext("%(count)s task put off.", "%(count)s tasks put off.", count)
    elif act == "reopen":
        words = ngettext("%(count)s task open again.", "%(count)s tasks open again.", count)
    elif act == "drop":
        words = ngettext("%(count)s task closed as not needed.", "%(count)s tasks closed as not needed.", count)
    else:
        words = ngettext("%(count)s task done.", "%(count)s tasks done.", count)
    return words % {"count": count}


def task_reassign(request: UserRequest) -> HttpResponse:
    """Hand the chosen tasks to somebody."""
    if request.method != "POST":
        return redirect("jobs:task_list")
    ids = chosen_ids(request.POST)
    found = list(Task.objects.visible_to(request.user).open().filter(pk__in=ids).select_related("assignee"))
    if not found:
        raise Http404
    form = ReassignForm(request.POST if "to" in request.POST else None, user=request.user)
    if form.is_bound and form.is_valid():
        try:
            count = sum(tasks.reassign(task_id=task.pk, to=form.cleaned_data["to"], by=request.user) for task in found)
        except Invalid as error:
            form.add_error("to", " ".join(str(fault) for fault in error.faults.values()))
        else:
            words = ngettext("%(count)s task handed on.", "%(count)s tasks handed on.", count)
            notes.success(request, words % {"count": count})
            return _back(request)
    context = {
        "form": form,
        "rows": task_wording.rows(request.user, found),
        "back": request.POST.get("back", "")[:200],
    }
    return render(request, "jobs/task_reassign.html", context, status=422 if form.errors else 200)


def colleague_options(request: UserRequest) -> JsonResponse:
    """People to whom the user may hand work, by what is typed."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = people.colleagues_of(request.user, Permission.TASK_MANAGE).select_related("department")
    rows = found.filter(name__icontains=query)[:OPTIONS]
    results = [{"value": str(one.pk), "label": str(one), "sub": str(one.department or "")} for one in rows]
    return JsonResponse({"results": results, "none": _("Nobody of your department matches.")})


def _back(request: UserRequest) -> HttpResponse:
    """To the list as it was filtered; only its own arguments, never another address."""
    asked = TaskFilter.from_query(request.POST.get("back", "")[:200])
    return redirect(reverse("jobs:task_list") + (f"?{urlencode(asked)}" if asked else ""))
