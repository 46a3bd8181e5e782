"""Forms of products, categories and rates."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sales.constants import Grade, Prospect, Stage
from sales.forms.fields import AmountField, DayField
from sales.models import Product
from sales.queries import products
from sales.services.products import ProductInput


class ProductForm(forms.Form):
    """The fields of a product."""

    code = forms.CharField(label=_("Product code"), max_length=60)
    name = forms.CharField(label=_("Name"), max_length=200)
    category = forms.TypedChoiceField(label=_("Category"), required=False, coerce=int, empty_value=None)
    unit = forms.CharField(label=_("Unit"), required=False, max_length=20)
    list_price = AmountField(label=_("List price"), required=False, min_value=0)
    standard_cost = AmountField(
        label=_("Standard cost"),
        required=False,
        min_value=0,
        help_text=_("Orders keep the cost they were written with."),
    )
    grade = forms.ChoiceField(label=_("Grade"), required=False, choices=[("", _("not set")), *Grade.choices])
    stage = forms.ChoiceField(label=_("Life cycle"), required=False, choices=[("", _("not set")), *Stage.choices])
    prospect = forms.ChoiceField(
        label=_("Prospect"),
        required=False,
        choices=[("", _("not set")), *Prospect.choices],
        help_text=_("How well its sales are expected to grow."),
    )
    launched_on = DayField(label=_("Launched on"), required=False)
    is_active = forms.BooleanField(label=_("On sale"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("none")), *products.category_choices()]

    def as_input(self) -> ProductInput:
        """What was filled in."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return ProductInput(category_id=values.pop("category"), **values)


class CategoryForm(forms.Form):
    """A new category."""

    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=120)
    parent = forms.TypedChoiceField(label=_("Part of"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["parent"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("none")), *products.category_choices()]


class RateForm(forms.Form):
    """A new rate, or another number for one."""

    currency = forms.CharField(label=_("Currency"), max_length=3)
    day = DayField(label=_("From"))
    rate = AmountField(label=_("Rate"))
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)


def initial_of(product: Product) -> dict[str, Any]:
    """A product as the form shows it."""
    names = [name for name in ProductForm.base_fields if name != "category"]
    return {name: getattr(product, name) for name in names} | {"category": product.category_id}
