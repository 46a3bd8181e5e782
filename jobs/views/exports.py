"""Pages of exports: what to take along, my exports, fetching a file."""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages as notes
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from crm.lib import dates
from jobs import wording
from jobs.constants import ExportFormat
from jobs.errors import RunFailed
from jobs.exports.forms import ExportForm
from jobs.exports.registry import ListExport, list_exports
from jobs.models import Export
from jobs.queries import exports as queries
from jobs.services import exports
from users.errors import NobodyToAsk
from users.models import Approval
from users.requests import UserRequest
from users.roles import Permission

_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def export_new(request: UserRequest, export_kind: str) -> HttpResponseBase:
    """What to take along of a list, with the filters of its address. A small list is sent at once."""
    if export_kind not in list_exports:
        raise Http404
    of = exports.listed(export_kind, request.user)
    data = request.POST if request.method == "POST" else None
    form = ExportForm(of, request.user, request.GET, data)
    if data is not None and form.is_valid():
        return _ask(request, of, form)
    rows = of.count(request.user, request.GET)
    rules = exports.rules()
    context = {
        "of": of,
        "form": form,
        "rows": rows,
        "words": of.words(request.user, request.GET),
        "at_once": rows <= rules.export_at_once_rows,
        "agreement": exports.needs_agreement(rows, request.user),
        "limit": rules.export_free_rows,
        "back": f"{reverse(of.list_url)}?{request.GET.urlencode()}".rstrip("?") if of.list_url else "",
        "days": rules.export_days,
    }
    return render(request, "jobs/export_new.html", context, status=422 if form.errors else 200)


def _ask(request: UserRequest, of: ListExport, form: ExportForm) -> HttpResponseBase:
    try:
        export, approval = exports.ask(
            kind=of.code,
            query=request.GET.urlencode(),
            columns=form.cleaned_data["columns"],
            file_format=form.cleaned_data["format"] or ExportFormat.CSV,
            reason=form.cleaned_data["reason"],
            by=request.user,
        )
    except (RunFailed, NobodyToAsk) as refusal:
        notes.error(request, str(refusal))
        return redirect(request.get_full_path())
    if approval is not None or export.run is not None:
        return redirect("jobs:export_list")
    return _send(export, of)


def _send(export: Export, of: ListExport) -> HttpResponseBase:
    """A small export, made while it is sent."""
    response: HttpResponseBase
    if export.format == ExportFormat.CSV:
        response = StreamingHttpResponse(exports.stream(export), content_type=_TYPES[ExportFormat.CSV])
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.xlsx"
            exports.write_file(export, path)
            exports.sent(export)
            response = FileResponse(path.open("rb"), content_type=_TYPES[ExportFormat.XLSX])
    response["Content-Disposition"] = f'attachment; filename="{_name(export)}"'
    return response


def _name(export: Export) -> str:
    return f"{export.kind.rpartition('.')[2]}-{dates.today():%Y-%m-%d}-{export.code}.{export.format}"


def export_list(request: UserRequest) -> HttpResponse:
    """The user's exports, or everybody's for those who may view all runs; `?code=` finds where a file came from."""
    code = request.GET.get("code", "").strip().upper()[:16]
    before = request.GET.get("before", "")
    rows, older = queries.export_page(request.user, code=code, before=int(before) if _is_id(before) else None)
    asked = {row.pk: row for row in Approval.objects.filter(pk__in=[r.approval_id for r in rows if r.approval_id])}
    context = {
        "rows": [_listed(row, asked) for row in rows],
        "code": code,
        "older": f"?before={older}" if older else "",
        "newer": "?" if before else "",
        "sees_all": request.user.may(Permission.RUN_VIEW_ALL),
        "waiting": any(row.run and not row.run.has_ended for row in rows),
    }
    return render(request, "jobs/export_list.html", context)


def _listed(row: Export, asked: dict[int, Approval]) -> dict[str, Any]:
    of = list_exports.find(row.kind)
    return {
        "export": row,
        "label": of.label if of else row.kind,
        "run": wording.row(row.run) if row.run else None,
        "approval": asked.get(row.approval_id or 0),
        "words": [(label, value) for label, value in row.words],
    }


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def export_download(request: UserRequest, export_id: int) -> HttpResponseBase:
    """The file of a large export, for whoever asked for it and nobody else."""
    try:
        export = exports.fetch(export_id=export_id, by=request.user)
    except Export.DoesNotExist:
        raise Http404 from None
    except exports.ExportRefused as refusal:
        notes.warning(request, str(refusal))
        return redirect("jobs:export_list")
    kind = _TYPES[ExportFormat(export.format)]
    return FileResponse(export.path.open("rb"), as_attachment=True, filename=_name(export), content_type=kind)
