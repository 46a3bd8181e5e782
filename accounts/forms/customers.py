"""The customer form: what is filled in, checked by the same rules as every other door."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.constants import Kind, LifeCycle
from accounts.core import countries
from accounts.models import Customer, Industry, Region
from accounts.queries import owners
from accounts.scope import acting_scope
from accounts.services.customers import NewCustomer
from users.models import Department, User
from users.roles import Permission

# Fields whose column has another name.
_COLUMNS = {"industry": "industry_id", "region": "region_id", "parent": "parent_id"}
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
CURRENCIES = ["CNY", "USD", "EUR", "HKD", "JPY", "GBP", "SGD", "KRW", "AUD", "CAD", "CHF", "NOK", "TWD"]


def _digits(value: Any) -> Any:
    """A number as people type it, without separators and in plain digits: １，８００ is 1800."""
    return unicodedata.normalize("NFKC", value).replace(",", "").replace(" ", "") if isinstance(value, str) else value


class WholeField(forms.IntegerField):
    """A whole number that may be typed with separators."""

    widget = forms.TextInput(attrs={"inputmode": "numeric"})
    default_error_messages = {"invalid": _("Only a whole number, such as 1800.")}

    def to_python(self, value: Any) -> int | None:
        """The number, without its separators."""
        return super().to_python(_digits(value))


class AmountField(forms.DecimalField):
    """An amount that may be typed with separators."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    default_error_messages = {"invalid": _("Only a number, such as 126000000.")}

    def to_python(self, value: Any) -> Any:
        """The amount, without its separators."""
        return super().to_python(_digits(value))


class LinesField(forms.CharField):
    """Texts one a line, as a list."""

    widget = forms.Textarea(attrs={"rows": 2})

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list."""
        return [line for line in str(super().to_python(value) or "").splitlines() if line.strip()]


class CustomerForm(forms.Form):
    """The fields of a customer that its owner keeps. Lengths and numbers are judged by the service."""

    name = forms.CharField(label=_("Legal name"), max_length=200)
    short_name = forms.CharField(
        label=_("Short name"),
        required=False,
        max_length=80,
        help_text=_("Found by its characters, pinyin and initials."),
    )
    code = forms.CharField(label=_("Code"), required=False, max_length=40)
    country = forms.CharField(label=_("Country"), initial="CN", max_length=2)
    tax_number = forms.CharField(
        # Translators: 统一社会信用代码 / 税号
        label=_("Tax number"),
        required=False,
        max_length=40,
        help_text=_("In China the unified social credit code, 18 characters. 0 and 8, 1 and 7 are easily misread."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    former_names = LinesField(label=_("Former names"), required=False, help_text=_("One a line."))
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices, initial=Kind.END_USER)
    counts_in_grading = forms.BooleanField(
        label=_("Counts in grading and credit"),
        required=False,
        initial=True,
        help_text=_("Our own departments and branches never do."),
    )
    industry = forms.ModelChoiceField(label=_("Industry"), queryset=Industry.objects.all(), required=False)
    region = forms.ModelChoiceField(label=_("Region"), queryset=Region.objects.all(), required=False)
    parent = forms.IntegerField(label=_("Parent company"), required=False, widget=forms.HiddenInput())
    address = forms.CharField(label=_("Address"), required=False, max_length=300)
    website = forms.CharField(label=_("Website"), required=False, max_length=200)
    staff_count = WholeField(label=pgettext_lazy("number of people", "Staff"), required=False)
    yearly_turnover = AmountField(label=_("Yearly turnover"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES], initial="CNY")
    founded_year = WholeField(label=_("Founded in"), required=False)
    language = forms.ChoiceField(label=_("Language of correspondence"), choices=LANGUAGES, initial="zh-hans")
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User, customer: Customer | None = None) -> None:
        super().__init__(data, initial=_values_of(customer) if customer else None)
        self.user = user
        self.customer = customer
        if customer is not None:
            self.fields["code"].required = True
            self._keep_choice("currency", customer.currency)
            self._keep_choice("language", customer.language)
        self.fields["country"] = _country_field(customer.country if customer else "CN")
        parent_id = self["parent"].value()
        self.parent_text = _parent_text(user, customer, parent_id)
        self.fields["parent"].widget.attrs["data-text"] = self.parent_text

    def _keep_choice(self, name: str, value: str) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField) and value not in dict(field.choices):  # type: ignore[arg-type]
            field.choices = [*field.choices, (value, value)]  # type: ignore[misc]

    def values(self) -> dict[str, Any]:
        """The filled-in values by column."""
        found = {}
        for name, value in self.cleaned_data.items():
            column = _COLUMNS.get(name, name)
            found[column] = value.pk if isinstance(value, Industry | Region) else value
        return found

    def show(self, error: ValidationError) -> None:
        """Show what the service refused under the fields it names."""
        fields = {column: name for name, column in _COLUMNS.items()}
        for column, messages in error.message_dict.items():
            name = fields.get(column, column)
            for message in messages:
                self.add_error(name if name in self.fields else None, message)


def _country_field(now: str) -> forms.ChoiceField:
    chinese = (get_language() or "").startswith("zh")
    choices = countries.choices(chinese=chinese)
    if now not in dict(choices):
        choices = [*choices, (now, now)]
    return forms.ChoiceField(label=_("Country"), choices=choices, initial="CN")


def _values_of(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, _COLUMNS.get(name, name)) for name in CustomerForm.base_fields}


def _parent_text(user: User, customer: Customer | None, parent_id: Any) -> str:
    if not str(parent_id or "").isdecimal():
        return ""
    seen = Customer.objects.visible_to(user).filter(pk=parent_id).first()
    if seen:
        return str(seen)
    # Translators: a parent company outside the reader's scope
    return str(_("a company you can't see")) if customer and customer.parent_id == int(parent_id) else ""


class NewCustomerForm(CustomerForm):
    """A new customer: also to whom it belongs, and where its life cycle begins."""

    life_cycle = forms.ChoiceField(label=_("Stage"), choices=LifeCycle.choices, initial=LifeCycle.PROSPECT)
    owner = forms.IntegerField(label=_("Owner"), required=False, widget=forms.HiddenInput())
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none(), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User) -> None:
        super().__init__(data, user=user)
        self.fields["department"] = forms.ModelChoiceField(
            label=_("Department"),
            queryset=departments_in_reach(user, Permission.CUSTOMER_CREATE),
            required=False,
            help_text=_("Empty: the owner's."),
        )
        own = user.pk if owners.may_own(user) else None
        self.fields["owner"].initial = own
        owner_id = self["owner"].value()
        owner = User.objects.filter(pk=owner_id).first() if str(owner_id or "").isdecimal() else None
        self.fields["owner"].widget.attrs["data-text"] = str(owner or "")

    def clean_owner(self) -> int | None:
        """Only somebody who can own customers."""
        owner_id: int | None = self.cleaned_data["owner"]
        reach = owners.owners_in_reach(self.user, Permission.CUSTOMER_CREATE)
        if owner_id is not None and not reach.filter(pk=owner_id).exists():
            raise ValidationError(_("Choose somebody who can own customers and whom you may give them."))
        return owner_id

    def new(self) -> NewCustomer:
        """The filled-in values as a new customer."""
        values = self.values()
        department = values.pop("department")
        owner_id = values.pop("owner")
        return NewCustomer(**values, owner_id=owner_id, department_id=department.pk if department else None)


def departments_in_reach(user: User, permission: Permission) -> Any:
    """The departments a user may give customers to."""
    scope = acting_scope(user, permission)
    rows = Department.objects.all()
    if scope.everything:
        return rows
    return rows.filter(pk__in=[*scope.department_ids, user.department_id])
