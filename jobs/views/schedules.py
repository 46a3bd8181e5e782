"""Schedules: what runs by itself, and when."""

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jobs import wording
from jobs.forms.runs import ScheduleForm
from jobs.messages import label
from jobs.models import Schedule
from jobs.queries.runs import latest_by_kind
from jobs.runs import request as request_run
from jobs.services import schedules
from users.requests import UserRequest


def schedule_list(request: UserRequest) -> HttpResponse:
    """Every schedule with its last run and its next time."""
    found = list(Schedule.objects.all())
    latest = latest_by_kind([schedule.kind for schedule in found])
    now = timezone.now()
    rows = [
        {
            "schedule": schedule,
            "label": label(schedule.kind),
            "timing": wording.timing(schedule),
            "next": schedules.next_time(schedule, now) if schedule.is_active else None,
            "last": wording.row(latest[schedule.kind]) if schedule.kind in latest else None,
        }
        for schedule in found
    ]
    return render(request, "jobs/schedule_list.html", {"rows": rows})


def schedule_edit(request: UserRequest, schedule_id: int) -> HttpResponse:
    """Change when a schedule is due."""
    schedule = get_object_or_404(Schedule, pk=schedule_id)
    form = ScheduleForm(request.POST if request.method == "POST" else None, instance=schedule)
    if request.method == "POST" and form.is_valid():
        changed = schedules.save_schedule(schedule=form.instance, by=request.user)
        notes.success(request, _("Schedule saved.") if changed else _("Nothing was changed."))
        return redirect("jobs:schedule_list")
    return render(request, "jobs/schedule_edit.html", {"form": form, "label": label(schedule.kind)})


@require_POST
def schedule_run(request: UserRequest, schedule_id: int) -> HttpResponse:
    """Do what a schedule does, now, beside its usual times."""
    schedule = get_object_or_404(Schedule, pk=schedule_id)
    run = request_run(
        schedule.kind, by=request.user, params=schedule.params, as_of=schedules.last_ended_day(timezone.now())
    )
    return redirect("jobs:run_detail", run.pk)
