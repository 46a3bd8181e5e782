"""Removing files that were kept long enough: imported ones with their rejected rows, exported ones."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib import display
from jobs.constants import ENDED
from jobs.context import RunContext
from jobs.models import Export, Import, Schedule
from jobs.services.exports import rules

KIND = "jobs.tidy_files"
AT = dt.time(4, 10)


def keep_schedule(**_kwargs: Any) -> None:
    """Have the files tidied every day, unless somebody has set another time."""
    Schedule.objects.get_or_create(kind=KIND, defaults={"at": AT})


def work(ctx: RunContext) -> dict[str, Any]:
    """Remove what is too old; safe to do any number of times."""
    ctx.progress(0, step=_("Removing old files"))
    kept = rules()
    now = timezone.now()
    result = {
        "imports": remove_imports(now - dt.timedelta(days=kept.import_days)),
        "exports": remove_exports(now, now - dt.timedelta(days=kept.export_days)),
    }
    ctx.progress(sum(result.values()))
    return result


def summary(result: dict[str, Any]) -> str:
    """What was removed, in words."""
    said = {name: display.number(count) for name, count in result.items()}
    return _("Files of %(imports)s imports and %(exports)s exports removed") % said


def remove_imports(before: dt.datetime) -> int:
    """Remove the files of imports uploaded before a moment and not under way, and folders nobody knows."""
    over = Q(run=None) | Q(run__state__in=ENDED)
    count = 0
    for row in Import.objects.filter(over, created_at__lt=before, removed_at=None).iterator():
        shutil.rmtree(row.directory, ignore_errors=True)
        Import.objects.filter(pk=row.pk).update(removed_at=timezone.now())
        count += 1
    known = set(Import.objects.filter(removed_at=None).values_list("folder", flat=True))
    return count + _strays("imports", known, before)


def remove_exports(now: dt.datetime, before: dt.datetime) -> int:
    """Remove the files of exports that have expired, and folders nobody knows."""
    count = 0
    for row in Export.objects.filter(expires_at__lte=now).exclude(folder="").iterator():
        shutil.rmtree(row.directory, ignore_errors=True)
        Export.objects.filter(pk=row.pk).update(folder="")
        count += 1
    return count + _strays("exports", set(Export.objects.exclude(folder="").values_list("folder", flat=True)), before)


def _strays(name: str, known: set[str], before: dt.datetime) -> int:
    """Remove old folders without a row: what a process that was killed left behind."""
    root = Path(settings.MEDIA_ROOT) / name
    count = 0
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name not in known and folder.is_dir() and folder.stat().st_mtime < before.timestamp():
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
    return count
