"""The page of backups: when one was restored well last, and what was copied so far."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from jobs import wording
from jobs.backup_runs import BACKUP
from jobs.models import Backup
from jobs.runs import request as request_run
from jobs.services import backups
from users.requests import UserRequest

SHOWN = 60


def backup_list(request: UserRequest) -> HttpResponse:
    """The latest backups, and a warning where none was restored for too long."""
    good = backups.latest_good()
    context = {
        "rows": list(Backup.objects.all()[:SHOWN]),
        "good": good,
        "good_at": wording.moment(good.drilled_at) if good and good.drilled_at else "",
        "is_stale": backups.is_stale(),
        "days": backups.STALE_AFTER.days,
        "folder": settings.BACKUP_ROOT,
    }
    return render(request, "jobs/backup_list.html", context)


@require_POST
def backup_run(request: UserRequest) -> HttpResponse:
    """Take one now and restore it for trial."""
    return redirect("jobs:run_detail", request_run(BACKUP, by=request.user).pk)
