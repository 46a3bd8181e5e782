"""Deciding, commenting, delegating."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.lib import dates
from users.constants import UserKind
from users.models import User


class DecisionForm(forms.Form):
    """Yes or no to the step that was seen, with a word if one likes."""

    decision = forms.ChoiceField(choices=[("approve", _("Approve")), ("refuse", _("Refuse"))])
    step = forms.IntegerField(min_value=1, max_value=100)
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A refusal is easier to bear with a reason."),
    )


class CommentForm(forms.Form):
    """A word to everybody concerned."""

    comment = forms.CharField(label=_("Comment"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}))


class DelegationForm(forms.Form):
    """Who decides in one's place, until when."""

    to = forms.ModelChoiceField(label=_("To"), queryset=User.objects.none())
    until = forms.DateField(label=_("Until the end of"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, data: object = None, *, user: User) -> None:
        super().__init__(data, initial={"until": dates.today() + dt.timedelta(days=7)})  # type: ignore[arg-type]
        others = User.objects.filter(is_active=True, kind=UserKind.PERSON).exclude(pk=user.pk).order_by("name", "id")
        self.fields["to"] = forms.ModelChoiceField(
            label=_("To"), queryset=others, help_text=_("Decides in your place; both names stand in the history.")
        )
