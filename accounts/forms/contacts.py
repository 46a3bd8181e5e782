"""The contact form."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.constants import Attitude, Role
from accounts.models import Contact, Customer

_EMPTY = [("", "—")]


class ContactForm(forms.Form):
    """What is known of a person at a customer."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=120)
    post = forms.CharField(label=pgettext_lazy("job", "Post"), required=False, max_length=80)
    department = forms.CharField(label=_("Department"), required=False, max_length=80)
    mobile = forms.CharField(
        label=_("Mobile"), required=False, max_length=40, widget=forms.TextInput(attrs={"type": "tel"})
    )
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40, widget=forms.TextInput(attrs={"type": "tel"})
    )
    email = forms.CharField(label=_("E-mail"), required=False, max_length=254)
    wechat = forms.CharField(label=_("WeChat"), required=False, max_length=60)
    role = forms.ChoiceField(label=_("Part in decisions"), required=False, choices=[*_EMPTY, *Role.choices])
    influence = forms.TypedChoiceField(
        label=_("Influence"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[*_EMPTY, *((n, str(n)) for n in range(1, 6))],
        help_text=_("1 little, 5 decisive."),
    )
    attitude = forms.ChoiceField(label=_("Attitude to us"), required=False, choices=[*_EMPTY, *Attitude.choices])
    reports_to = forms.ModelChoiceField(label=_("Reports to"), required=False, queryset=Contact.objects.none())
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, customer: Customer, contact: Contact | None = None
    ) -> None:
        initial = None
        if contact is not None:
            initial = {name: getattr(contact, name) for name in self.base_fields if name != "reports_to"}
            initial["reports_to"] = contact.reports_to_id
        super().__init__(data, initial=initial)
        others = Contact.objects.filter(customer=customer)
        self.fields["reports_to"] = forms.ModelChoiceField(
            label=_("Reports to"), required=False, queryset=others.exclude(pk=contact.pk) if contact else others
        )

    def values(self) -> dict[str, Any]:
        """The filled-in values by column."""
        found = dict(self.cleaned_data)
        superior = found.pop("reports_to")
        return found | {"reports_to_id": superior.pk if superior else None}

    def show(self, error: ValidationError) -> None:
        """Show what the service refused under the fields it names."""
        for column, messages in error.message_dict.items():
            name = "reports_to" if column == "reports_to_id" else column
            for message in messages:
                self.add_error(name if name in self.fields else None, message)
