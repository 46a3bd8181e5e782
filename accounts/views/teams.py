"""An account's team: the page, its form, the way out."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.constants import Door
from accounts.forms.teams import MemberForm
from accounts.models import Customer, TeamMember
from accounts.queries import teams
from accounts.services import reads
from accounts.services import teams as services
from users.requests import UserRequest


def team(request: UserRequest, customer_id: int) -> HttpResponse:
    """Who is in the team, will be and was; those who manage it add people here."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_id)
    may_manage = teams.may_manage(request.user, customer)
    if request.method == "POST" and not may_manage:
        raise PermissionDenied
    form = MemberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            row = services.join(customer_id=customer.pk, user_id=values.pop("user"), **values, by=request.user)
        except ValidationError as error:
            form.show(error)
        else:
            messages.success(request, _("%(name)s is in the team.") % {"name": row.user})
            return redirect("accounts:team", customer.pk)
    reads.note(by=request.user, customer_ids=[customer.pk], door=Door.PAGE)
    found = teams.team_of(customer)
    context = {"customer": customer, "team": found, "form": form, "may_manage": may_manage}
    return render(request, "accounts/team.html", context, status=422 if form.errors else 200)


def member_edit(request: UserRequest, member_id: int) -> HttpResponse:
    """Part and days of a member."""
    member = _seen(request, member_id)
    if not teams.may_manage(request.user, member.customer):
        raise PermissionDenied
    form = MemberForm(request.POST if request.method == "POST" else None, member=member)
    if request.method == "POST" and form.is_valid():
        try:
            services.change(member_id=member.pk, **form.cleaned_data, by=request.user)
        except ValidationError as error:
            form.show(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:team", member.customer_id)
    context = {"form": form, "member": member, "customer": member.customer}
    return render(request, "accounts/member_edit.html", context, status=422 if form.errors else 200)


@require_POST
def member_leave(request: UserRequest, member_id: int) -> HttpResponse:
    """End a membership now."""
    member = _seen(request, member_id)
    try:
        services.leave(member_id=member.pk, by=request.user)
    except TeamMember.DoesNotExist:
        raise Http404 from None
    if member.user == request.user:
        messages.success(request, _("You have left the team of %(name)s.") % {"name": member.customer})
        return redirect("accounts:customer_list")
    messages.success(request, _("%(name)s has left the team.") % {"name": member.user})
    return redirect("accounts:team", member.customer_id)


def _seen(request: UserRequest, member_id: int) -> TeamMember:
    rows = TeamMember.objects.visible_to(request.user).filter(left_at__isnull=True)
    return get_object_or_404(rows.select_related("customer", "user"), pk=member_id)
