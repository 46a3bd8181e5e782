"""What people do here: recompute, set a tier by hand, end it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.constants import Door
from accounts.models import Customer
from accounts.queries import rights
from accounts.services import reads
from crm.lib import dates
from jobs import runs
from segmentation.constants import TIER_SECTION, Grade
from segmentation.errors import OverrideRefused
from segmentation.forms import OverrideForm, RecomputeForm
from segmentation.models import Override, Standing, TierHistory
from segmentation.queries import boards, explanations, tier_changes
from segmentation.runs import TIERS
from segmentation.services import overrides
from users.requests import UserRequest
from users.roles import Permission


def recompute(request: UserRequest) -> HttpResponse:
    """Ask for a recomputation and go to its run."""
    form = RecomputeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        params = {key: form.cleaned_data[key] for key in ("window_months", "replay") if form.cleaned_data[key]}
        run = runs.request(TIERS, by=request.user, as_of=form.cleaned_data["as_of"], params=params)
        return redirect("jobs:run_detail", run.pk)
    status = 422 if form.is_bound else 200
    context = {"form": form, "day": boards.latest_day()}
    return render(request, "segmentation/recompute.html", context, status=status)


def override(request: UserRequest, customer_id: int) -> HttpResponse:
    """Set a customer's tier by hand."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_id)
    rights.require(request.user, Permission.TIER_OVERRIDE, customer)
    reads.note(by=request.user, customer_ids=[customer.pk], door=Door.PAGE)
    standing = get_object_or_404(Standing, customer=customer)
    in_three_months = dates.add_months(dates.today(), 3)
    form = OverrideForm(request.POST or None, initial={"grade": standing.grade, "until": in_three_months})
    if request.method == "POST" and form.is_valid():
        try:
            overrides.set_override(
                customer=customer,
                grade=Grade(form.cleaned_data["grade"]),
                reason=form.cleaned_data["reason"],
                until=form.cleaned_data["until"],
                by=request.user,
            )
        except OverrideRefused as refused:
            form.add_error(refused.field, refused.reason)
        else:
            said = {"customer": customer, "grade": form.cleaned_data["grade"]}
            messages.success(request, _("%(customer)s is now in tier %(grade)s") % said)
            return redirect("accounts:customer_detail", customer.pk)
    context = {
        "form": form,
        "customer": customer,
        "live": Override.objects.filter(customer=customer, ended_on=None).select_related("by").first(),
        "explanation": explanations.of_standing(standing, boards.latest_day()),
    }
    return render(request, "segmentation/override.html", context, status=422 if form.is_bound else 200)


@require_POST
def override_end(request: UserRequest, customer_id: int) -> HttpResponse:
    """End a manual tier now."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_id)
    try:
        overrides.end_override(customer=customer, by=request.user)
    except OverrideRefused as refused:
        messages.error(request, refused.reason)
    else:
        messages.success(request, _("The manual tier has ended; the computed one is in force."))
    return redirect("accounts:customer_detail", customer.pk)


def history(request: UserRequest, customer_id: int) -> HttpResponse:
    """All tiers a customer has had, with why each began."""
    customer = get_object_or_404(Customer.objects.readable_by(request.user, TIER_SECTION), pk=customer_id)
    reads.note(by=request.user, customer_ids=[customer.pk], door=Door.PAGE)
    steps = TierHistory.objects.filter(customer=customer).order_by("-valid_from")[:200]
    context = {
        "customer": customer,
        "steps": tier_changes.worded(steps),
        "overrides": Override.objects.filter(customer=customer).select_related("by", "ended_by")[:50],
        "today": dates.today(),
        "may_override": rights.may(request.user, Permission.TIER_OVERRIDE, customer),
    }
    return render(request, "segmentation/history.html", context)
