"""Imports of files: receiving them, saying how they are read, checking and starting them, and the work itself."""

import hashlib
import shutil
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import display
from jobs import runs
from jobs.constants import ENDED, RunState
from jobs.context import RunContext
from jobs.errors import RunFailed
from jobs.imports import doing, mapping, workbooks
from jobs.imports.errors import FileRefused, MappingRefused
from jobs.imports.registry import ImportKind, import_kinds
from jobs.models import Import, Run, SavedMapping
from users.models import User

WRITE = "jobs.import"
CHECK = "jobs.import_check"


def receive(*, kind: str, name: str, chunks: Iterable[bytes], by: User | None, encoding: str = "auto") -> Import:
    """Keep a file and propose how to read it, as the same person read one with the same columns before.

    The file is written to disk as it comes and is gone again if it is refused. Raises PermissionDenied for
    kinds the user may not bring in, FileRefused for what isn't a table.
    """
    chosen = import_kinds.get(kind)
    refuse_others(chosen, by)
    made = Import(kind=kind, file_name=Path(name).name[:255].replace("\0", ""), folder=uuid.uuid4().hex, by=by)
    made.directory.mkdir(parents=True)
    try:
        made.size = _store(made.path, chunks)
        _unfold(made)
        _propose(made, chosen, encoding)
        made.save()
    except BaseException:
        _discard(made)
        raise
    return made


def refuse_others(kind: ImportKind, by: User | None) -> None:
    """Raises PermissionDenied if the user may not bring in this kind; the command line may."""
    if by is not None and not kind.allows(by):
        raise PermissionDenied


def _store(path: Path, chunks: Iterable[bytes]) -> int:
    size = 0
    with path.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > settings.IMPORT_MAX_BYTES:
                limit = filesizeformat(settings.IMPORT_MAX_BYTES)
                raise FileRefused(_("The file is larger than %(limit)s.") % {"limit": limit})
            file.write(chunk)
    return size


def _unfold(made: Import, sheet: str = "") -> None:
    """Of a spreadsheet, put the sheet that is read where a text file would lie. Raises FileRefused."""
    if not made.workbook.exists() and workbooks.is_workbook(made.path):
        made.path.rename(made.workbook)
    if made.workbook.exists():
        part = made.directory / "sheet.part"
        sheets = workbooks.convert(made.workbook, part, sheet=sheet)
        part.replace(made.path)
        made.sheets, made.sheet = sheets.names, sheets.chosen


def _propose(made: Import, kind: ImportKind, encoding: str) -> None:
    proposal = doing.propose(kind, made.path, encoding=encoding)
    made.headers = list(proposal.headers)
    made.headers_digest = hashlib.sha256("\n".join(proposal.headers).encode()).hexdigest()[:32]
    made.delimiter = proposal.delimiter
    made.mapping, made.options = proposal.columns, proposal.options
    saved = _saved_for(made)
    before = saved or _remembered(made)
    if before is not None:
        made.mapping, made.options = before.mapping, made.options | before.options
    made.saved_mapping = saved


def _saved_for(made: Import) -> SavedMapping | None:
    """The latest mapping that the same person kept under a name for files with the same columns."""
    if made.by is None:
        return None
    same = SavedMapping.objects.filter(by=made.by, kind=made.kind, headers_digest=made.headers_digest)
    return same.order_by("-saved_at").first()


def _remembered(made: Import) -> Import | None:
    """The latest import of the same person whose file had the same columns and was brought in."""
    if made.by is None:
        return None
    same = Import.objects.filter(by=made.by, kind=made.kind, headers_digest=made.headers_digest)
    return same.filter(run__state=RunState.DONE).order_by("-id").first()


def _discard(made: Import) -> None:
    shutil.rmtree(made.directory, ignore_errors=True)


@transaction.atomic
def save_mapping(*, row: Import, columns: Mapping[str, Any], options: Mapping[str, Any], by: User | None) -> Import:
    """Keep how a file is to be read; an earlier check doesn't count any more.

    Raises PermissionDenied, MappingRefused, and RunFailed once the import was started.
    """
    row = _open(row, by)
    kind = import_kinds.get(row.kind)
    places = mapping.checked(kind, columns, row.headers)
    row.options = mapping.settled(kind, options)
    kind.check(places, row.options)
    row.mapping = {code: header for code, header in columns.items() if header}
    row.check_run = None
    row.save(update_fields=["mapping", "options", "check_run"])
    return row


@transaction.atomic
def keep_mapping(*, row: Import, name: str, by: User) -> SavedMapping:
    """Keep how an import is read under a name; an earlier one of that name is replaced. Raises as `save_mapping`."""
    row = _open(row, by)
    name = " ".join(name.replace("\0", "").split())[:60]
    if not name:
        raise MappingRefused(_("Give the mapping a name."))
    kept = {"mapping": row.mapping, "options": row.options, "headers_digest": row.headers_digest}
    saved, _made = SavedMapping.objects.update_or_create(by=by, kind=row.kind, name=name, defaults=kept)
    row.saved_mapping = saved
    row.save(update_fields=["saved_mapping"])
    return saved


@transaction.atomic
def use_mapping(*, row: Import, saved_id: int, by: User) -> Import:
    """Read an import as a kept mapping says, as far as the file has its columns. Raises as `save_mapping`."""
    row = _open(row, by)
    saved = SavedMapping.objects.filter(pk=saved_id, by=by, kind=row.kind).first()
    if saved is None:
        raise MappingRefused(_("There is no such mapping."))
    known = {option.code for option in (*import_kinds.get(row.kind).options, mapping.ENCODING)}
    row.mapping = {code: header for code, header in saved.mapping.items() if header in row.headers}
    row.options = row.options | {code: value for code, value in saved.options.items() if code in known}
    row.saved_mapping, row.check_run = saved, None
    row.save(update_fields=["mapping", "options", "saved_mapping", "check_run"])
    return row


@transaction.atomic
def forget_mapping(*, saved_id: int, by: User) -> None:
    """Delete a mapping that the user kept; imports read by it stay as they are."""
    SavedMapping.objects.filter(pk=saved_id, by=by).delete()


@transaction.atomic
def choose_sheet(*, row: Import, sheet: str, by: User | None) -> Import:
    """Read another sheet of the spreadsheet, and propose anew how. Raises as `save_mapping`, and FileRefused."""
    row = _open(row, by)
    if sheet not in row.sheets or not row.workbook.exists():
        raise FileRefused(_("The spreadsheet has no sheet “%(figure)s”.") % {"figure": sheet})
    _unfold(row, sheet)
    row.check_run = None
    row.saved_mapping = None
    _propose(row, import_kinds.get(row.kind), row.options.get("encoding", "auto"))
    row.save()
    return row


@transaction.atomic
def check(*, row: Import, by: User | None) -> Run:
    """Ask for a dry run: it counts and writes nothing. Raises as `start`."""
    row = _open(row, by)
    row.check_run = runs.request(CHECK, by=by, params={"import": row.pk})
    row.save(update_fields=["check_run"])
    return row.check_run


@transaction.atomic
def start(*, row: Import, by: User | None) -> Run:
    """Ask for the import. Raises PermissionDenied, and RunFailed if it was started before and didn't fail."""
    row = _open(row, by)
    row.run = runs.request(WRITE, by=by, params={"import": row.pk})
    row.save(update_fields=["run"])
    return row.run


def _open(row: Import, by: User | None) -> Import:
    """The import, locked, if it may still be changed or started."""
    refuse_others(import_kinds.get(row.kind), by)
    locked = Import.objects.select_for_update(of=("self",)).select_related("run").get(pk=row.pk)
    if locked.by_id != (by.pk if by else None):
        raise PermissionDenied
    if locked.run is not None and (locked.run.state == RunState.DONE or locked.run.state not in ENDED):
        raise RunFailed(_("This import was started already."))
    return locked


# ── The work ────────────────────────────────────────────────────────────────


def write(ctx: RunContext) -> dict[str, Any]:
    """Bring a file in; goes on where an earlier try stopped. Raises RunFailed in words for whoever asked."""
    return _work(ctx, dry_run=False)


def dry_run(ctx: RunContext) -> dict[str, Any]:
    """Count what an import would do."""
    return _work(ctx, dry_run=True)


def _work(ctx: RunContext, *, dry_run: bool) -> dict[str, Any]:
    row = Import.objects.select_related("by").get(pk=ctx.params["import"])
    kind = import_kinds.get(row.kind)
    if row.by is not None and not kind.allows(row.by):
        raise RunFailed(_("You may not bring in files of this kind any more."))
    if not row.path.exists():
        raise RunFailed(_("The file is no longer there. Upload it again."))
    outcome, work = doing.bring_in(
        kind,
        row.path,
        columns=row.mapping,
        options=row.options,
        by=row.by,
        keeper=ctx,
        dry_run=dry_run,
        errors_path=row.check_path if dry_run else row.rejected_path,
        file_name=row.file_name,
        run_id=ctx.run.pk,
    )
    return doing.as_result(outcome, work) | {"import": row.pk, "file": row.file_name}


def summary(result: dict[str, Any]) -> str:
    """What came out of an import, in words."""
    text = _(
        "%(created)s created, %(updated)s changed, %(unchanged)s unchanged; %(rejected)s of %(rows)s lines rejected"
    )
    return text % _counts(result)


def check_summary(result: dict[str, Any]) -> str:
    """What an import would do, in words."""
    text = _(
        "%(created)s to create, %(updated)s to change, %(unchanged)s unchanged; %(rejected)s of %(rows)s lines rejected"
    )
    return text % _counts(result)


def _counts(result: dict[str, Any]) -> dict[str, str]:
    return {name: display.number(result[name]) for name in ("created", "updated", "unchanged", "rejected", "rows")}


def result_url(run_id: int, result: dict[str, Any]) -> str:
    """Where the result of an import is looked at."""
    return reverse("jobs:import_detail", args=[result["import"]])
