"""Exports: asked for, agreed to, made, fetched. Every step asks again who may."""

import datetime as dt
import hashlib
import secrets
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Sum
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from crm.lib import dates, display
from crm.lib.requests import request_id
from jobs import runs
from jobs.constants import ExportFormat
from jobs.context import RunContext
from jobs.errors import RunFailed
from jobs.exports import writing
from jobs.exports.registry import ExportColumn, ListExport, Row, list_exports
from jobs.file_parameters import FILES, FileRules
from jobs.models import Export
from users.constants import Action, Cause
from users.models import Approval, Change, User
from users.queries import parameters
from users.services import approvals, changes

KIND = "jobs.export"
APPROVAL = "jobs.export"
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_TELL_SECONDS = 0.5


class ExportRefused(RunFailed):
    """The export can't be made or fetched; the message says why."""


def rules() -> FileRules:
    """The rules of files in force today."""
    values: FileRules = parameters.in_force(FILES.code, on=dates.today()).values
    return values


def listed(kind: str, by: User) -> ListExport:
    """The list of a kind. Raises KeyError for unknown ones, PermissionDenied for those the user may not export."""
    chosen = list_exports.get(kind)
    if not by.may(chosen.permission):
        raise PermissionDenied
    return chosen


def permitted(of: ListExport, by: User, codes: Sequence[str]) -> list[ExportColumn]:
    """The columns with these codes that the user may see now, in the list's order; the usual ones without any."""
    possible = list(of.columns(by))
    kept = [column for column in possible if column.code in set(codes)]
    return kept or [column for column in possible if column.usual]


def needs_agreement(rows: int, by: User) -> bool:
    """Whether somebody must agree to so many rows more, counting what the user exported within a day."""
    limit = rules().export_free_rows
    if limit is None:
        return False
    lately = Export.objects.filter(by=by, created_at__gt=timezone.now() - dt.timedelta(days=1), approval_id=None)
    return rows + (lately.aggregate(rows=Sum("rows"))["rows"] or 0) > limit


@transaction.atomic
def ask(
    *, kind: str, query: str, columns: Sequence[str], file_format: str, by: User, reason: str = ""
) -> tuple[Export, Approval | None]:
    """Write down an export, and ask for its run, or for agreement where it is very large.

    A small one gets neither: `stream` makes it at once. Raises KeyError, PermissionDenied, ExportRefused and
    NobodyToAsk.
    """
    of = listed(kind, by)
    params = QueryDict(query)
    rows = of.count(by, params)
    if file_format == ExportFormat.XLSX and rows > writing.MAX_SHEET_ROWS:
        raise ExportRefused(_("A spreadsheet holds no more than 1,048,576 rows. Choose CSV."))
    export = Export.objects.create(
        code="KE-" + "".join(secrets.choice(_ALPHABET) for _ in range(9)),
        kind=kind,
        query=query,
        words=[list(pair) for pair in of.words(by, params)],
        columns=[column.code for column in permitted(of, by, columns)],
        format=ExportFormat(file_format),
        language=get_language() or by.language,
        by=by,
        rows=rows,
    )
    if needs_agreement(0, by):
        values = {"export": export.pk, "rows": rows, "list": kind, "words": export.words}
        approval = approvals.ask(kind=APPROVAL, by=by, reason=reason, object_id=export.pk, values=values)
        export.approval_id = approval.pk
        export.save(update_fields=["approval_id"])
        _log(export)
        return export, approval
    _log(export)
    if rows > rules().export_at_once_rows:
        _begin(export)
    return export, None


def _log(export: Export) -> None:
    """Write down who exports what, before the first row leaves."""
    change_set = changes.open_set(by=export.by, cause=Cause.PAGE, summary=_("List exported"))
    Change.objects.create(
        change_set=change_set,
        action=Action.EXPORT,
        model=Export._meta.label_lower,
        object_id=export.pk,
        after={
            "kind": export.kind,
            "code": export.code,
            "filter": export.words,
            "columns": export.columns,
            "rows": export.rows,
            "format": export.format,
        },
        rows=min(export.rows, 2**31 - 1),
    )


def _begin(export: Export) -> None:
    export.folder = uuid.uuid4().hex
    export.run = runs.request(KIND, by=export.by, params={"export": export.pk})
    export.save(update_fields=["folder", "run"])


def rows_of(export: Export) -> tuple[list[str], Iterator[Row]]:
    """The heads and the rows of an export, as its requester may see them now. Raises PermissionDenied."""
    of = list_exports.get(export.kind)
    by = User.objects.get(pk=export.by_id)
    if not by.is_active or not by.may(of.permission):
        raise PermissionDenied
    columns = permitted(of, by, export.columns)
    with override(export.language):
        heads = [str(column.label) for column in columns]
    return heads, _in_its_name(export, of.rows(by, QueryDict(export.query), [column.code for column in columns]))


def _in_its_name(export: Export, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows, each made in the export's language and logged under its code.

    Set for each row: where rows are streamed, the middleware has gone home when they are made.
    """
    while True:
        token = request_id.set(export.code)
        try:
            with override(export.language):
                row = next(rows, None)
        finally:
            request_id.reset(token)
        if row is None:
            return
        yield row


def _reach(export: Export, by: User) -> str:
    """What the requester's rights and scope come to."""
    of = list_exports.get(export.kind)
    allowed = {column.code for column in of.columns(by)}
    held = [by.may(of.permission), [code for code in export.columns if code in allowed], of.reach(by)]
    return hashlib.sha256(repr(held).encode()).hexdigest()


def stream(export: Export) -> Iterator[str]:
    """A small export as CSV, piece by piece."""
    heads, rows = rows_of(export)
    sent(export)
    return _worded(export, writing.csv_pieces(heads, rows, export.code))


def _worded(export: Export, pieces: Iterator[str]) -> Iterator[str]:
    """Pieces of a file, each made in its language."""
    while True:
        with override(export.language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def write_file(export: Export, path: Any, tell: Callable[[int], None] = writing.nobody) -> None:
    """Write an export's file. Raises PermissionDenied and RunFailed."""
    heads, rows = rows_of(export)
    write = writing.write_xlsx if export.format == ExportFormat.XLSX else writing.write_csv
    with override(export.language):
        write(path, heads, rows, export.code, tell)


def sent(export: Export) -> None:
    """Note that a small export was sent at once."""
    Export.objects.filter(pk=export.pk).update(made_at=timezone.now(), downloads=1)


def work(ctx: RunContext) -> dict[str, Any]:
    """Make an export's file; begun again, it is made anew. Raises RunFailed in words for whoever asked."""
    export = Export.objects.select_related("by").get(pk=ctx.params["export"])
    told = time.monotonic()

    def tell(rows: int) -> None:
        nonlocal told
        if time.monotonic() - told > _TELL_SECONDS:
            told = time.monotonic()
            ctx.progress(min(rows, export.rows), export.rows, step=_("Writing rows"))

    export.directory.mkdir(parents=True, exist_ok=True)
    part = export.directory / f"{ctx.token}.part"
    try:
        reach = _reach(export, export.by)
        write_file(export, part, tell)
    except PermissionDenied:
        part.unlink(missing_ok=True)
        raise RunFailed(_("You may not export this list any more.")) from None
    now = timezone.now()
    with ctx.publish():
        export.size, export.reach, export.made_at = part.stat().st_size, reach, now
        export.expires_at = now + dt.timedelta(days=rules().export_days)
        export.save(update_fields=["size", "reach", "made_at", "expires_at"])
        part.replace(export.path)
    for left in export.directory.glob("*.part"):
        left.unlink(missing_ok=True)
    return {"export": export.pk, "rows": export.rows, "list": export.kind}


def summary(result: dict[str, Any]) -> str:
    """What was exported, in words."""
    of = list_exports.find(result["list"])
    text = ngettext("%(list)s: %(n)s row, ready to fetch", "%(list)s: %(n)s rows, ready to fetch", result["rows"])
    return text % {"list": of.label if of else result["list"], "n": display.number(result["rows"])}


def result_url(run_id: int, result: dict[str, Any]) -> str:
    """Where the file is fetched."""
    return reverse("jobs:export_list")


def fetch(*, export_id: int, by: User) -> Export:
    """A kept export that its requester fetches. Nobody else does.

    Raises Export.DoesNotExist, PermissionDenied, and ExportRefused where the file is gone or was made under
    rights that the requester doesn't hold any more.
    """
    export = Export.objects.select_related("by").get(pk=export_id, by=by)
    listed(export.kind, by)
    if not export.is_kept or not export.path.exists():
        raise ExportRefused(_("The file is no longer kept. Export the list again."))
    if _reach(export, by) != export.reach:
        raise ExportRefused(_("Your rights or your customers have changed since. Export the list again."))
    Export.objects.filter(pk=export.pk).update(downloads=F("downloads") + 1)
    return export


# ── Agreement ───────────────────────────────────────────────────────────────


def agreed(approval: Approval, _by: User) -> None:
    """Begin an export that somebody agreed to."""
    _begin(Export.objects.select_for_update().get(pk=approval.values["export"]))


def described(approval: Approval) -> str:
    """What is asked for, in a sentence."""
    of = list_exports.find(approval.values["list"])
    said = {
        "who": approval.asked_by,
        "rows": display.number(approval.values["rows"]),
        "list": of.label if of else approval.values["list"],
    }
    return _("%(who)s wants to export %(rows)s rows: %(list)s") % said
