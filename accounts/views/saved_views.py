"""Saving and deleting views of the list, and choosing columns."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.forms.views import ViewForm
from accounts.models import SavedView
from accounts.queries import columns, filters
from accounts.services import saved_views
from accounts.views import list_state
from users.requests import UserRequest


def view_create(request: UserRequest) -> HttpResponse:
    """Save the list as it stands under a name."""
    state = list_state.read(request.user, request.GET)
    may_share = saved_views.may_share(request.user)
    form = ViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = saved_views.save_view(
                name=form.cleaned_data["name"],
                filters=state.filters,
                sort=state.sort,
                columns=[column.code for column in state.columns],
                share=may_share and form.cleaned_data["share"],
                by=request.user,
            )
        except ValidationError as error:
            form.add_error("name", error.messages[0])
        else:
            messages.success(request, _("View “%(name)s” saved.") % {"name": row})
            return redirect(f"{reverse('accounts:customer_list')}?view={row.pk}")
    if not may_share:
        form.fields["share"].widget = forms.HiddenInput()
    context = {
        "form": form,
        "chips": filters.chips(request.user, state.filters),
        "state": state,
        "back": state.address(),
        "may_share": may_share,
    }
    return render(request, "accounts/view_edit.html", context, status=422 if form.errors else 200)


@require_POST
def view_delete(request: UserRequest, view_id: int) -> HttpResponse:
    """Delete one's own view."""
    try:
        row = saved_views.delete_view(view_id=view_id, by=request.user)
    except SavedView.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("View “%(name)s” deleted.") % {"name": row})
    return redirect("accounts:customer_list")


@require_POST
def customer_columns(request: UserRequest) -> HttpResponse:
    """Remember the chosen columns and show the list with them."""
    possible = columns.available(request.user)
    chosen = [code for code in dict.fromkeys(request.POST.getlist("columns")) if code in possible]
    saved_views.choose_columns(columns=chosen[: columns.MAX_COLUMNS], by=request.user)
    back = QueryDict(request.POST.get("back", ""), mutable=True)
    if "view" in back:
        back.setlist("columns", chosen)  # the view has columns of its own
    else:
        back.pop("columns", None)
    return redirect(f"{reverse('accounts:customer_list')}?{back.urlencode()}")
