"""Parameters: what is in force, what was, and a new version in two steps."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from crm.lib import dates
from users.errors import Conflict, Invalid, NobodyToAsk
from users.forms import faults
from users.forms.parameters import ParametersForm, initial_of
from users.models import ParameterSet
from users.parameters import ParameterKind, kinds
from users.queries import parameters
from users.registry import what_if
from users.requests import UserRequest
from users.roles import Permission
from users.services import parameter_approvals
from users.services import parameters as services


def parameter_list(request: UserRequest) -> HttpResponse:
    """Every kind of parameters and its schemes, with the version in force today."""
    today = dates.today()
    rows = [
        (kind, name, parameters.version_in_force(kind.code, on=today, name=name))
        for kind in kinds
        for name in parameters.names_of(kind.code)
    ]
    return render(request, "users/parameter_list.html", {"rows": rows})


def parameter_detail(request: UserRequest, kind: str, name: str) -> HttpResponse:
    """One scheme: the values in force today, and every version."""
    of = _kind(kind, name)
    now = parameters.version_in_force(kind, on=dates.today(), name=name)
    context = {
        "kind": of,
        "name": name,
        "now": now,
        "lines": parameters.lines(of, parameters.values_of(now, of)),
        "versions": parameters.versions(kind, name=name),
        "may_edit": request.user.may(Permission.PARAMETER_EDIT),
    }
    return render(request, "users/parameter_detail.html", context)


def parameter_version(request: UserRequest, kind: str, name: str, version: int) -> HttpResponse:
    """One version beside another: the one before it, or the one asked for by `?with=`."""
    of = _kind(kind, name)
    shown = get_object_or_404(ParameterSet.objects.select_related("by"), kind=kind, name=name, version=version)
    asked = request.GET.get("with", "")
    other_version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else version - 1
    other = ParameterSet.objects.filter(kind=kind, name=name, version=other_version).first()
    lines = parameters.lines(of, parameters.values_of(shown, of), parameters.values_of(other, of))
    context = {
        "kind": of,
        "name": name,
        "shown": shown,
        "other": other,
        "lines": lines,
        "changed": sum(line.changed for line in lines),
        "versions": parameters.versions(kind, name=name),
        "may_edit": request.user.may(Permission.PARAMETER_EDIT),
    }
    return render(request, "users/parameter_version.html", context)


def parameter_edit(request: UserRequest, kind: str, name: str) -> HttpResponse:
    """A new version: typed, looked over beside what it replaces, saved. `?from=` starts from an old one."""
    of = _kind(kind, name)
    if request.method != "POST":
        return _typed(request, of, name, ParametersForm(of, initial=_start(request, of, name)))
    form = ParametersForm(of, request.POST)
    step = request.POST.get("step", "review")
    if step == "edit" or not form.is_valid():
        return _typed(request, of, name, form)
    if step == "what-if" and of.code in what_if:
        return redirect(what_if.get(of.code)(request.user, name, form.values))
    if step != "save":
        return _reviewed(request, of, name, form)
    try:
        return _saved(request, of, name, form)
    except Invalid as error:
        faults.show(form, error)
        return _typed(request, of, name, form)
    except Conflict:
        return _reviewed(request, of, name, form, conflict=True)
    except NobodyToAsk as nobody:
        form.add_error(None, str(nobody))
        return _typed(request, of, name, form)


def _saved(request: UserRequest, of: ParameterKind, name: str, form: ParametersForm) -> HttpResponse:
    """The new version saved, or asked for where the kind takes approval."""
    said: dict[str, Any] = {
        "kind": of.code,
        "name": name,
        "values": form.values,
        "valid_from": form.cleaned_data["valid_from"],
        "note": form.cleaned_data["note"],
        "base_version": form.cleaned_data["base"],
        "by": request.user,
    }
    if of.approval:
        asked = parameter_approvals.ask(**said)
        messages.success(request, _("Asked for approval: the version is saved when somebody else approves it."))
        return redirect("users:approval_detail", asked.pk)
    saved = services.save(**said)
    messages.success(request, _("Version %(version)s saved.") % {"version": saved.version})
    return redirect("users:parameter_detail", of.code, name)


def _kind(kind: str, name: str) -> ParameterKind:
    """The kind, if it is registered and has a scheme of this name."""
    if kind not in kinds or name not in parameters.names_of(kind):
        raise Http404
    return kinds.get(kind)


def _start(request: UserRequest, of: ParameterKind, name: str) -> dict[str, Any]:
    """What the form begins with: the version in force, or the one to restore."""
    base = parameters.latest_version(of.code, name=name)
    asked = request.GET.get("from", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 9:
        old = get_object_or_404(ParameterSet, kind=of.code, name=name, version=int(asked))
        note = _("As in version %(version)s again") % {"version": old.version}
        return initial_of(parameters.values_of(old, of), base=base) | {"note": note}
    now = parameters.version_in_force(of.code, on=dates.today(), name=name)
    return initial_of(parameters.values_of(now, of), base=base)


def _typed(request: UserRequest, of: ParameterKind, name: str, form: ParametersForm) -> HttpResponse:
    now = parameters.version_in_force(of.code, on=dates.today(), name=name)
    return render(request, "users/parameter_edit.html", {"kind": of, "name": name, "form": form, "now": now})


def _reviewed(
    request: UserRequest, of: ParameterKind, name: str, form: ParametersForm, *, conflict: bool = False
) -> HttpResponse:
    """The second step: what changes against the version in force on the first day."""
    valid_from: dt.date = form.cleaned_data["valid_from"]
    replaced = parameters.version_in_force(of.code, on=valid_from, name=name)
    mine = {field: getattr(form.values, field) for field in form.parameters}
    lines = parameters.lines(of, mine, parameters.values_of(replaced, of))
    history = parameters.versions(of.code, name=name)
    context = {
        "kind": of,
        "name": name,
        "form": form,
        "replaced": replaced,
        "lines": lines,
        "changed": sum(line.changed for line in lines),
        "past": valid_from < dates.today(),
        "until": parameters.superseded_on(of.code, valid_from, name=name),
        "base": history[0].version if conflict and history else form.cleaned_data["base"],
        "newer": history[0] if conflict and history else None,
        "has_what_if": of.code in what_if,
    }
    return render(request, "users/parameter_review.html", context, status=409 if conflict else 200)
