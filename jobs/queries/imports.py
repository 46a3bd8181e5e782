"""Reading imports."""

from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from jobs.imports import doing
from jobs.imports.errors import FileRefused
from jobs.imports.registry import import_kinds
from jobs.models import Import, SavedMapping
from users.models import ChangeSet, User

PAGE = 50
SAMPLE_ROWS = 5


def import_page(user: User, *, before: int | None = None) -> tuple[list[Import], int | None]:
    """The imports a user may see, newest first, and the id to go on from."""
    rows: QuerySet[Import] = Import.objects.visible_to(user).select_related("run", "check_run", "by")
    found = list((rows.filter(pk__lt=before) if before else rows).order_by("-id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def sample(row: Import) -> list[list[str]]:
    """The first rows of an import's file; none if the file has gone."""
    if not row.path.exists():
        return []
    try:
        proposal = doing.propose(import_kinds.get(row.kind), row.path, encoding=row.options["encoding"])
    except FileRefused:
        return []
    return proposal.sample[:SAMPLE_ROWS]


def saved_mappings(user: User, kind: str) -> list[SavedMapping]:
    """The mappings a user kept for a kind of files."""
    return list(SavedMapping.objects.filter(by=user, kind=kind).order_by("name"))


def taken_back(result: dict[str, Any]) -> ChangeSet | None:
    """The change set that took an import back, if one did."""
    change_set = result.get("change_set")
    return ChangeSet.objects.filter(undoes_id=change_set).first() if change_set else None


def rejected_file(row: Import, *, of_check: bool) -> Path | None:
    """The file of rejected rows, if there is one."""
    path = row.check_path if of_check else row.rejected_path
    return path if path.exists() else None
