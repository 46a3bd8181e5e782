"""The department tree: shown, added to, rearranged."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from users.errors import Conflict, Invalid
from users.forms import faults, merge
from users.forms.departments import DepartmentForm
from users.models import Department
from users.queries import changes, departments
from users.requests import UserRequest
from users.roles import Permission
from users.services import departments as services


def department_list(request: UserRequest) -> HttpResponse:
    """The whole tree."""
    return render(request, "users/department_list.html", {"nodes": departments.tree()})


def department_create(request: UserRequest) -> HttpResponse:
    """A new department."""
    form = DepartmentForm(request.POST or None, initial={"parent": request.GET.get("parent")})
    if request.method == "POST" and form.is_valid():
        said = {name: form.cleaned_data[name] for name in DepartmentForm.COMPARED}
        try:
            made = services.create_department(**said, by=request.user)
        except Invalid as error:
            faults.show(form, error)
        else:
            messages.success(request, _("Department %(name)s made.") % {"name": made})
            return redirect("users:department_list")
    return render(request, "users/department_edit.html", {"form": form, "may_edit": True})


def department_edit(request: UserRequest, department_id: int) -> HttpResponse:
    """One department, where it belongs, and what was changed."""
    department = get_object_or_404(Department.objects.select_related("parent"), pk=department_id)
    now = DepartmentForm.values_of(department)
    first = now | {"version": department.version, "opened": merge.opened(now)}
    form = DepartmentForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        found = merge.three_ways(form, now, names=DepartmentForm.COMPARED)
        if form.cleaned_data["version"] != department.version or not found.settled:
            return _conflict(request, form, department)
        try:
            services.update_department(
                department=department, **found.values, version=department.version, by=request.user
            )
        except Conflict:
            return _conflict(request, form, department)
        except Invalid as error:
            faults.show(form, error)
        else:
            messages.success(request, _("%(name)s saved.") % {"name": found.values["name"]})
            return redirect("users:department_list")
    history = changes.changes_of(request.user, department)
    may_edit = request.user.may(Permission.USER_EDIT)
    context = {"form": form, "edited": department, "history": history, "may_edit": may_edit}
    return render(request, "users/department_edit.html", context)


def _conflict(request: UserRequest, form: DepartmentForm, department: Department) -> HttpResponse:
    department = Department.objects.select_related("parent").get(pk=department.pk)
    last = changes.last_change_of(department)
    who = str(last.change_set.actor) if last and last.change_set.actor else _("Somebody")
    merged = merge.three_ways(form, DepartmentForm.values_of(department), names=DepartmentForm.COMPARED, who=who)
    context = {"form": form, "edited": department, "merge": merged, "last": last, "who": who}
    return render(request, "users/department_conflict.html", context, status=409)
