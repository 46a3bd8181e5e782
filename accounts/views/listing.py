"""The customer list and its parts."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.constants import Door
from accounts.measures import MeasureKind
from accounts.queries import columns, customers, filters, saved_views
from accounts.queries.columns import Column
from accounts.queries.filter_fields import FilterField, fields_for
from accounts.queries.filters import Filters
from accounts.services import reads
from accounts.services import saved_views as view_services
from accounts.views import list_state
from accounts.views.list_state import ListState
from crm.lib import display
from users.requests import UserRequest
from users.roles import Permission


def customer_list(request: UserRequest) -> HttpResponse:
    """The list: views, filters, rows with the chosen columns. An htmx call gets only the list."""
    user = request.user
    state = list_state.read(user, request.GET)
    count = customers.capped_count(user, state.filters)
    page = customers.page(
        user,
        state.filters,
        sort=state.sort,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        few=count <= customers.COUNT_CAP,
    )
    reads.note(by=user, customer_ids=[row.pk for row in page.rows], door=Door.PAGE)
    cells = columns.cells(page.rows, state.columns)
    context = {
        "state": state,
        "page": page,
        "rows": [(row, cells[row.pk]) for row in page.rows],
        "count": count,
        "pager": _pager(state, page, count),
        "chips": _chips(request, state),
        "tabs": [_tab(view, state) for view in state.views],
        "phone": _phone_columns(state.columns),
        "chooser": _chooser(request, state),
        "actions": _actions(request),
        "may_merge": request.user.may(Permission.CUSTOMER_MERGE),
        "may_create": user.may(Permission.CUSTOMER_CREATE),
        "may_export": user.may(Permission.CUSTOMER_EXPORT),
        "may_share": view_services.may_share(user),
        "status": _status(len(page.rows), count),
        "addresses": _addresses(state),
    }
    part = request.htmx and request.htmx.target == "list"  # type: ignore[attr-defined]
    response = render(request, "accounts/customer_list.html#list" if part else "accounts/customer_list.html", context)
    response["Vary"] = "HX-Request, HX-Target"
    return response


def customer_count(request: UserRequest) -> HttpResponse:
    """The exact number of rows, asked for by hand; the words for the pager, or a page without scripts."""
    state = list_state.read(request.user, request.GET)
    count = customers.exact_count(request.user, state.filters)
    said = ngettext("%(n)s customer", "%(n)s customers", count) % {"n": display.number(count)}
    context = {"said": said, "back": state.address()}
    part = "#said" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"accounts/customer_count.html{part}", context)


def view_counts(request: UserRequest) -> HttpResponse:
    """The tabs with their capped counts; they follow when the list already stands."""
    state = list_state.read(request.user, request.GET)
    counts = customers.capped_counts(request.user, [view.filters for view in state.views])
    tabs = [
        _tab(view, state, display.capped(count, customers.COUNT_CAP))
        for view, count in zip(state.views, counts, strict=True)
    ]
    return render(request, "accounts/customer_list.html#tabs", {"tabs": tabs, "addresses": _addresses(state)})


def customer_filter(request: UserRequest) -> HttpResponse:
    """The form for one condition, or the choice of what to filter by."""
    state = list_state.read(request.user, request.GET)
    fields = fields_for(request.user)
    code = request.GET.get("field", "")
    context: dict[str, Any] = {"state": state, "back": state.address()}
    if not code:
        context["fields"] = [
            (one, state.address("accounts:customer_filter", f"field={one.code}")) for one in fields.values()
        ]
    elif code in fields:
        context |= _condition_form(request, state, fields[code])
    else:
        raise Http404
    part = "#form" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"accounts/customer_filter.html{part}", context)


def _condition_form(request: UserRequest, state: ListState, field: FilterField) -> dict[str, Any]:
    now = next((one for one in state.filters.conditions if one.code == field.code), None)
    options = [*(field.choices(request.user) if field.choices else ()), *field.specials]
    if field.names and now is not None:
        names = field.names(request.user, [int(value) for value in now.values if value.isdecimal()])
        options += [(str(pk), name) for pk, name in names.items()]
    rest = state.with_filters(state.filters.without(field.code))
    return {
        "field": field,
        "options": [(value, label, now is not None and value in now.values) for value, label in options],
        "now": now,
        "hidden": rest.params(),
        "picker": reverse(field.picker) if field.picker else "",
        "choose": state.address("accounts:customer_filter"),
    }


def _addresses(state: ListState) -> dict[str, str]:
    return {
        "tabs": state.address("accounts:view_counts"),
        "filter": state.address("accounts:customer_filter"),
        "export": state.address("jobs:export_new", args=["customers"]),
        "export_contacts": state.address("jobs:export_new", args=["contacts"]),
        "new_view": state.address("accounts:view_create"),
        "clear": state.with_filters(Filters()).address(),
    }


def _pager(state: ListState, page: customers.Page, count: int) -> dict[str, Any]:
    return {
        "first": display.number(page.position + 1) if page.rows else "",
        "last": display.number(page.position + len(page.rows)),
        "total": display.capped(count, customers.COUNT_CAP),
        "previous": state.address(extra=f"before={page.previous}") if page.previous else "",
        "next": state.address(extra=f"after={page.next}") if page.next else "",
        "count_url": state.address("accounts:customer_count") if count > customers.COUNT_CAP else "",
    }


def _chips(request: UserRequest, state: ListState) -> list[dict[str, str]]:
    return [
        {
            "label": chip.label,
            "value": chip.value,
            "drop": state.with_filters(state.filters.without(chip.code)).address(),
            "edit": "" if chip.code == "q" else state.address("accounts:customer_filter", f"field={chip.code}"),
        }
        for chip in filters.chips(request.user, state.filters)
    ]


def _tab(view: saved_views.View, state: ListState, count: str = "") -> dict[str, Any]:
    query = "" if view.key == saved_views.ALL else f"?view={view.key}"
    return {
        "name": view.name,
        "href": reverse("accounts:customer_list") + query,
        "current": view.key == state.view.key,
        "count": count,
    }


def _phone_columns(shown: list[Column]) -> set[str]:
    """What a phone keeps beside the name: the first grade and the first sum of money."""
    grade = next((column.code for column in shown if column.kind == MeasureKind.GRADE), "")
    money = next((column.code for column in shown if column.kind == MeasureKind.MONEY), "")
    return {grade, money}


def _chooser(request: UserRequest, state: ListState) -> list[tuple[Column, bool]]:
    shown = {column.code for column in state.columns}
    return [(column, column.code in shown) for column in columns.available(request.user).values()]


def _actions(request: UserRequest) -> list[dict[str, str]]:
    actions = []
    if request.user.may(Permission.CUSTOMER_REASSIGN):
        actions.append({"label": _("Hand over"), "icon": "user-share", "action": reverse("accounts:batch_reassign")})
    if request.user.may(Permission.CUSTOMER_STAGE):
        actions.append({"label": _("Change stage"), "icon": "pencil", "action": reverse("accounts:batch_stage")})
    return actions


def _status(shown: int, count: int) -> str:
    words = {"shown": display.number(shown), "total": display.capped(count, customers.COUNT_CAP)}
    return _("%(shown)s rows shown of %(total)s") % words
