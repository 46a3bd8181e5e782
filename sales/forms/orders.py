"""The order form: a header and a table of lines. What is right or wrong the services judge."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.conf import settings
from django.forms.formsets import BaseFormSet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Customer
from crm.lib import dates
from sales.constants import OrderKind, OrderState
from sales.errors import OrderInvalid
from sales.forms.fields import AmountField, DayField
from sales.models import Order, OrderLine, Product
from sales.queries import currencies
from sales.services.order_rules import LineInput, OrderInput
from users.models import User

MOST_LINES = 500


class OrderForm(forms.Form):
    """An order's header. `token` tells a form sent twice from two orders, `seen` which change was the last one seen."""

    customer = forms.IntegerField(
        # Translators: 客户
        label=_("Customer"),
        widget=forms.HiddenInput(),
        error_messages={"required": _("Choose the customer.")},
    )
    contact = forms.TypedChoiceField(label=_("Contact"), required=False, coerce=int, empty_value=None)
    ordered_on = DayField(label=_("Ordered on"))
    promised_on = DayField(label=_("Promised for"), required=False)
    currency = forms.ChoiceField(label=_("Currency"))
    number = forms.CharField(
        label=_("Number"), required=False, max_length=60, help_text=_("Left empty it is given: SO-2026-11-0001.")
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300)
    token = forms.UUIDField(widget=forms.HiddenInput(), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, user: User, order: Order | None = None, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.user, self.order = user, order
        if order is not None:
            del self.fields["number"]
        self.chosen = self._visible_customer()
        self.fields["customer"].widget.attrs["data-text"] = str(self.chosen or "")
        self._offer("currency", [(code, code) for code in currencies.codes()], order.currency if order else "")
        people = Contact.objects.filter(customer=self.chosen) if self.chosen else Contact.objects.none()
        self._offer("contact", [("", _("not named")), *((row.pk, _contact_label(row)) for row in people)], "")

    def _visible_customer(self) -> Customer | None:
        """The customer now in the form, if the user may see it."""
        value = str(self["customer"].value() or "")
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            return None
        return Customer.objects.visible_to(self.user).filter(pk=int(value)).first()

    def _offer(self, name: str, choices: list[tuple[Any, Any]], kept: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices if not kept or kept in dict(choices) else [*choices, (kept, kept)]

    def as_input(self, lines: list[LineInput], state: OrderState = OrderState.DRAFT) -> OrderInput:
        """What was filled in; a state is for new orders.

        The time of day is now for today, else the one the order had, else the day's start.
        """
        values = self.cleaned_data
        return OrderInput(
            customer_id=values["customer"],
            ordered_at=self._ordered_at(values["ordered_on"]),
            lines=lines,
            number=values.get("number", ""),
            kind=self.order.kind if self.order else OrderKind.ORDER,
            state=state,
            contact_id=values["contact"],
            promised_on=values["promised_on"],
            shipped_on=self.order.shipped_on if self.order else None,
            currency=values["currency"],
            note=values["note"],
        )

    def _ordered_at(self, day: dt.date) -> dt.datetime:
        if self.order is not None and self.order.ordered_on == day:
            return self.order.ordered_at
        return timezone.now() if day == dates.today() else dates.start_of_day(day)


class LineForm(forms.Form):
    """One line. A product, or words for what isn't in the list."""

    product = forms.IntegerField(label=_("Product"), required=False, widget=forms.HiddenInput())
    description = forms.CharField(
        label=_("Description"), required=False, max_length=200, widget=forms.TextInput(attrs={"size": 14})
    )
    quantity = AmountField(label=_("Quantity"), size=6)
    unit_price = AmountField(label=_("Unit price"), size=9)
    discount_percent = AmountField(label=_("Discount %"), required=False, size=5)
    tax_percent = AmountField(label=_("Tax %"), required=False, size=5)
    position = forms.IntegerField(required=False, widget=forms.HiddenInput())
    original_position = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, products: Mapping[int, str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        value = str(self["product"].value() or "")
        name = (products or {}).get(int(value), "") if value.isascii() and value.isdigit() else ""
        self.fields["product"].widget.attrs["data-text"] = name

    def as_input(self) -> LineInput:
        """What was filled in."""
        values = self.cleaned_data
        return LineInput(
            quantity=values["quantity"],
            unit_price=values["unit_price"],
            product_id=values["product"],
            description=values["description"],
            discount_percent=values["discount_percent"] or Decimal(0),
            tax_percent=values["tax_percent"] or Decimal(0),
            position=values["position"],
            original_position=values["original_position"],
        )


class LineFormSet(BaseFormSet[LineForm]):
    """The lines of an order; rows left wholly empty, and removed ones, are no lines."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Give each row the names of the products that are chosen."""
        return {**super().get_form_kwargs(index), "products": self.product_names}

    @property
    def product_names(self) -> dict[int, str]:
        """The products chosen in any row, by id, read at once."""
        if not hasattr(self, "_product_names"):
            wanted = self._wanted_products()
            rows = Product.objects.filter(pk__in=wanted).values_list("pk", "code", "name") if wanted else ()
            self._product_names = {pk: f"{code} {name}" for pk, code, name in rows}
        return self._product_names

    def _wanted_products(self) -> set[int]:
        if not self.is_bound:
            return {row["product"] for row in self.initial or () if row.get("product")}
        texts = [
            value
            for name, value in self.data.items()
            if name.startswith(f"{self.prefix}-") and name.endswith("-product")
        ]
        return {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19}

    def filled(self) -> list[LineForm]:
        """The rows that are lines."""
        gone = set(self.deleted_forms) if self.is_valid() else set()
        return [row for row in self.forms if row not in gone and (row.has_changed() or row in self.initial_forms)]


_Lines = forms.formset_factory(
    LineForm,
    formset=LineFormSet,
    extra=0,
    can_delete=True,
    max_num=MOST_LINES,
    absolute_max=MOST_LINES,
    validate_max=True,
)


def lines_of(data: Mapping[str, Any] | None = None, *, initial: list[dict[str, Any]] | None = None) -> LineFormSet:
    """The table of lines, filled in from what was sent or from what is there."""
    return cast(LineFormSet, _Lines(data, prefix="lines", initial=initial))


# A row's error that belongs to no field of the form stands beside the product.
_PLACES = {"": "product", "unit_cost": "product"}


def show(error: OrderInvalid, form: OrderForm, lines: list[LineForm]) -> None:
    """Put what a service refused under the fields it names."""
    for name, text in error.fields.items():
        form.add_error(name if name in form.fields else None, text)
    for place, messages in error.lines.items():
        for name, text in messages.items():
            field = _PLACES.get(name, name)
            lines[place].add_error(field if field in lines[place].fields else None, text)


def initial_of(order: Order, lines: list[OrderLine]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An order as the form shows it."""
    header = {name: getattr(order, name) for name in ("ordered_on", "promised_on", "currency", "note", "version")}
    names = (
        "description",
        "quantity",
        "unit_price",
        "discount_percent",
        "tax_percent",
        "position",
        "original_position",
    )
    rows = [{"product": row.product_id} | {name: getattr(row, name) for name in names} for row in lines]
    for row in rows:
        for name in ("discount_percent", "tax_percent"):
            row[name] = row[name] or None
    return header | {"customer": order.customer_id, "contact": order.contact_id}, rows


def first_values(customer_id: int | None, currency: str) -> dict[str, Any]:
    """What a new order begins with."""
    return {"ordered_on": dates.today(), "customer": customer_id, "currency": currency or settings.BASE_CURRENCY}


def _contact_label(row: Contact) -> str:
    return f"{row.name} · {row.post}" if row.post else row.name
