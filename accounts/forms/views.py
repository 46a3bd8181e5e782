"""The name of a view."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ViewForm(forms.Form):
    """What a view is called and who may use it."""

    name = forms.CharField(label=_("Name"), max_length=60)
    share = forms.BooleanField(
        label=_("Share with my department"),
        required=False,
        help_text=_("Everybody sees only the customers of their own scope in it."),
    )
