"""Pages of imports: a list, a new file, how it is read, what came out, the rejected rows."""

from typing import Any

from django.contrib import messages as notes
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from jobs import wording
from jobs.constants import RunState
from jobs.errors import RunFailed
from jobs.forms.runs import MessageFilter
from jobs.imports.forms import MappingForm, UploadForm
from jobs.imports.registry import import_kinds
from jobs.models import Import, Run
from jobs.queries import imports as queries
from jobs.services import imports
from users.requests import UserRequest
from users.roles import Permission


def import_list(request: UserRequest) -> HttpResponse:
    """The user's imports, or everybody's for those who may view all runs; newest first."""
    before = MessageFilter(request.GET).chosen()["before"]
    rows, older = queries.import_page(request.user, before=before)
    context = {
        "rows": [_listed(row) for row in rows],
        "older": f"?before={older}" if older else "",
        "newer": "?" if before else "",
        "sees_all": request.user.may(Permission.RUN_VIEW_ALL),
    }
    return render(request, "jobs/import_list.html", context)


def _listed(row: Import) -> dict[str, Any]:
    run = row.run or row.check_run
    return {"import": row, "kind": import_kinds.get(row.kind).label, "run": wording.row(run) if run else None}


def import_new(request: UserRequest) -> HttpResponse:
    """Upload a file. It is kept, and how to read it is proposed."""
    form = UploadForm(request.user, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = imports.receive(
                kind=form.cleaned_data["kind"],
                name=file.name,
                chunks=file.chunks(1 << 20),
                by=request.user,
                encoding=form.cleaned_data["encoding"] or "auto",
            )
        except RunFailed as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("jobs:import_detail", row.pk)
    return render(request, "jobs/import_new.html", {"form": form}, status=422 if form.errors else 200)


def import_detail(request: UserRequest, import_id: int) -> HttpResponse:
    """One import: its mapping until it is started, then how far it is and what came out."""
    seen = Import.objects.visible_to(request.user).select_related("run", "check_run", "by")
    row = get_object_or_404(seen, pk=import_id)
    if request.htmx:  # type: ignore[attr-defined]
        return _progress(request, row)
    if request.method == "POST" and (choice := {"use", "forget", "read_sheet"} & set(request.POST)):
        return _choose(request, row, choice.pop())
    form = MappingForm(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _act(request, row, form)
    return render(request, "jobs/import_detail.html", _context(request, row, form), status=422 if form.errors else 200)


def _choose(request: UserRequest, row: Import, choice: str) -> HttpResponse:
    """Another sheet of the spreadsheet, or a mapping kept before: the form is filled anew."""
    text = request.POST.get("saved", "")
    saved_id = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
    try:
        if choice == "read_sheet":
            imports.choose_sheet(row=row, sheet=request.POST.get("sheet", ""), by=request.user)
        elif choice == "use":
            imports.use_mapping(row=row, saved_id=saved_id, by=request.user)
        else:
            imports.forget_mapping(saved_id=saved_id, by=request.user)
    except RunFailed as refusal:
        notes.warning(request, str(refusal))
    return redirect("jobs:import_detail", row.pk)


def _act(request: UserRequest, row: Import, form: MappingForm) -> HttpResponse:
    """Keep the mapping, then check or start."""
    try:
        row = imports.save_mapping(
            row=row, columns=form.cleaned_data["columns"], options=form.cleaned_data["options"], by=request.user
        )
        if "keep" in request.POST:
            saved = imports.keep_mapping(row=row, name=request.POST.get("mapping_name", ""), by=request.user)
            notes.success(request, _("The mapping is kept as “%(name)s”.") % {"name": saved.name})
        elif "start" in request.POST:
            imports.start(row=row, by=request.user)
        else:
            imports.check(row=row, by=request.user)
    except RunFailed as refusal:
        notes.warning(request, str(refusal))
    return redirect("jobs:import_detail", row.pk)


def _progress(request: UserRequest, row: Import) -> HttpResponse:
    run = row.run or row.check_run
    if run is None or run.has_ended:
        return HttpResponseClientRefresh()
    return render(request, "jobs/import_detail.html#progress", {"row": row, "run": wording.row(run)})


def _context(request: UserRequest, row: Import, form: MappingForm) -> dict[str, Any]:
    run = row.run or row.check_run
    own = row.by_id == request.user.pk
    kind = import_kinds.get(row.kind)
    editable = own and not (row.run and (row.run.state == RunState.DONE or not row.run.has_ended))
    sample = queries.sample(row) if own and editable else []
    return {
        "row": row,
        "kind": kind,
        "form": form,
        "run": wording.row(run) if run else None,
        "result": _result(run),
        "is_check": row.run is None,
        "own": own,
        "editable": editable and not (run and not run.has_ended),
        "headers": row.headers,
        "sample": sample,
        "saved": queries.saved_mappings(request.user, row.kind) if own and editable else [],
        "back": queries.taken_back(_result(run)),
        "rejected": own and queries.rejected_file(row, of_check=row.run is None) is not None,
        "ignored": [header for header in row.headers if header and header not in row.mapping.values()],
    }


def _result(run: Run | None) -> dict[str, Any]:
    return run.result if run is not None and run.state == RunState.DONE else {}


def import_rejected(request: UserRequest, import_id: int) -> FileResponse:
    """The rejected rows as a CSV file, for whoever brought the file in and nobody else."""
    row = get_object_or_404(Import, pk=import_id, by=request.user)
    path = queries.rejected_file(row, of_check=row.run_id is None)
    if path is None:
        raise Http404
    # Translators: the name of a downloaded file, without its ending
    name = _("rejected rows") + f" {row.pk}.csv"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
