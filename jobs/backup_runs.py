"""The scheduled backup: taken each night, restored for trial at once."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from crm.lib import display
from jobs.backups.errors import BackupFailed
from jobs.context import RunContext
from jobs.errors import RunFailed
from jobs.models import Schedule
from jobs.registry import RunKind
from jobs.services import backups
from users.roles import Permission

BACKUP = "jobs.backup"
STARTS_AT = dt.time(0, 30)


def work(ctx: RunContext) -> dict[str, Any]:
    """Take a backup, then restore it for trial. Raises RunFailed if either fails, and the administrators are told."""
    ctx.progress(0, 2, step=gettext("Copying"))
    try:
        row = backups.take()
        ctx.progress(1, 2, step=gettext("Restoring for trial"))
        row = backups.check(name=row.name)
    except BackupFailed as failed:
        raise RunFailed(str(failed)) from failed
    if not row.is_good:
        backups.warn_of(row)
        raise RunFailed(row.fault)
    return {"name": row.name, "size": row.size, "rows": row.rows, "files": row.files}


def summary(result: dict[str, Any]) -> str:
    """What was copied."""
    told = {"rows": display.number(result["rows"]), "files": display.number(result["files"])}
    return gettext("%(rows)s rows and %(files)s files copied and restored for trial") % told


def keep_schedule(**_: Any) -> None:
    """Make the schedule if there is none; called after each migration."""
    Schedule.objects.get_or_create(kind=BACKUP, defaults={"at": STARTS_AT})


KIND = RunKind(
    BACKUP,
    # Translators: 备份
    gettext_lazy("Backup"),
    work,
    summary,
    permission=Permission.PARAMETER_EDIT,
)
