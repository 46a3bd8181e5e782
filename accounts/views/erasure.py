"""Erasing a person's data: what it does, a reason, and once for all."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Contact, Fact
from accounts.queries import mentions
from accounts.services import erasure
from users.requests import UserRequest


class ErasureForm(forms.Form):
    """Why, and that one knows what one does."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Who asked for it and when, without naming the person: this is kept."),
    )
    sure = forms.BooleanField(label=gettext_lazy("I know that nothing brings these data back"))


def contact_erase(request: UserRequest, contact_id: int) -> HttpResponse:
    """Show what is erased and what has to be looked at by hand; then erase."""
    contact = get_object_or_404(Contact.objects.visible_to(request.user).select_related("customer"), pk=contact_id)
    erasure.require(request.user, contact)
    form = ErasureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            erasure.erase(contact_id=contact.pk, reason=form.cleaned_data["reason"], by=request.user)
        except ValidationError as error:
            form.add_error("reason", " ".join(error.messages))
        else:
            messages.success(request, _("The person is erased. The change log says that it was done, not who it was."))
            return redirect("accounts:customer_detail", contact.customer_id)
    context = {
        "form": form,
        "contact": contact,
        "customer": contact.customer,
        "changes": len(erasure.of_person(contact.pk)),
        "facts": Fact.objects.filter(contact=contact).count(),
        "mentions": mentions.of(erasure.person_of(contact)),
    }
    return render(request, "accounts/contact_erase.html", context, status=422 if form.errors else 200)
