"""The fields of orders, products, categories and exchange rates."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from rest_framework import serializers

from crm.lib import money
from sales.constants import OWN_SOURCE, Grade, OrderKind, OrderState, Prospect, Stage
from sales.services.order_steps import Step
from users.api.serializers import Day, Id, ListQuery, Moment, StrictSerializer

MOST_ORDERS = 5_000
_MOST_LINES = 2_000


class LineSerializer(StrictSerializer):
    """A line: a product by its id or code, or words. Lines keep the order in which they are given."""

    position = serializers.IntegerField(min_value=1, max_value=10**6, required=False)
    product_id = Id(required=False, allow_null=True)
    product_code = serializers.CharField(max_length=60, required=False, write_only=True)
    description = serializers.CharField(max_length=200, allow_blank=True, default="")
    quantity = serializers.DecimalField(16, 4)
    unit_price = serializers.DecimalField(18, 6, min_value=0)
    discount_percent = serializers.DecimalField(7, 4, min_value=0, max_value=100, default=Decimal(0))
    tax_percent = serializers.DecimalField(6, 3, min_value=0, max_value=100, default=Decimal(0))
    unit_cost = serializers.DecimalField(18, 6, min_value=0, allow_null=True, default=None)
    original_position = serializers.IntegerField(min_value=1, max_value=10**6, required=False, allow_null=True)
    net = serializers.DecimalField(18, 3, read_only=True)


class OrderSerializer(StrictSerializer):
    """An order or a return. (source, number) names it for ever; without a number it gets one.

    The customer is named by its id, its code, or what the order's source calls it.
    """

    id = Id(read_only=True)
    source = serializers.CharField(max_length=40, default=OWN_SOURCE)  # type: ignore[assignment]
    number = serializers.CharField(max_length=60, required=False)
    kind = serializers.ChoiceField(OrderKind.choices, default=OrderKind.ORDER)
    state = serializers.ChoiceField(OrderState.choices, default=OrderState.DRAFT)
    customer_id = Id(required=False)
    customer_code = serializers.CharField(max_length=40, required=False, write_only=True)
    customer_external_id = serializers.CharField(max_length=120, required=False, write_only=True)
    contact_id = Id(allow_null=True, default=None)
    original_id = Id(allow_null=True, default=None)
    ordered_at = Moment()
    ordered_on = serializers.DateField(read_only=True)
    promised_on = Day(allow_null=True, default=None)
    shipped_on = Day(allow_null=True, default=None)
    currency = serializers.CharField(max_length=3, required=False, help_text="By default the customer's.")
    net = serializers.DecimalField(18, 3, read_only=True)
    base_net = serializers.SerializerMethodField()
    is_unmatched = serializers.BooleanField(read_only=True)
    note = serializers.CharField(max_length=300, allow_blank=True, default="")
    lines = LineSerializer(many=True, allow_empty=False, max_length=_MOST_LINES)
    version = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_base_net(self, order: Any) -> str | None:
        """The net in the base currency; null while a rate is missing."""
        if order.base_minor is None:
            return None
        return f"{money.from_minor(order.base_minor, settings.BASE_CURRENCY):f}"


class OrderChangeSerializer(OrderSerializer):
    """What may be changed of an order; its state is moved by steps."""

    source = serializers.CharField(read_only=True)
    number = serializers.CharField(read_only=True)
    kind = serializers.ChoiceField(OrderKind.choices, read_only=True)
    state = serializers.ChoiceField(OrderState.choices, read_only=True)
    original_id = Id(read_only=True, allow_null=True)
    ordered_at = Moment()


class OrderUpsertSerializer(OrderSerializer):
    """An order by its source and number, which stand in the address; its state is brought to the one said."""

    source = serializers.CharField(read_only=True)
    number = serializers.CharField(read_only=True)


class StepSerializer(StrictSerializer):
    """One step of an order's life."""

    step = serializers.ChoiceField([step.value for step in Step])


class ReturnLineSerializer(StrictSerializer):
    """How many of a line come back."""

    position = serializers.IntegerField(min_value=1, max_value=10**6)
    quantity = serializers.DecimalField(16, 4, min_value=Decimal("0.0001"))


class ReturnSerializer(StrictSerializer):
    """Goods coming back, at the prices they were sold at."""

    returned_at = Moment()
    state = serializers.ChoiceField(OrderState.choices, default=OrderState.CONFIRMED)
    note = serializers.CharField(max_length=300, allow_blank=True, default="")
    lines = ReturnLineSerializer(many=True, allow_empty=False, max_length=_MOST_LINES)


class BulkSerializer(StrictSerializer):
    """Up to 5,000 orders. `existing` says what becomes of numbers that are in use: refused, or kept as they are."""

    existing = serializers.ChoiceField(["refuse", "keep"], default="refuse")
    orders = serializers.ListField(
        child=serializers.JSONField(), min_length=1, max_length=MOST_ORDERS, help_text="Each as in POST /orders."
    )


class BulkRowSerializer(StrictSerializer):
    """What became of one order of a bulk call: 201 created, 200 kept as it was, else the problem."""

    index = serializers.IntegerField(read_only=True)
    status = serializers.IntegerField(read_only=True)
    id = Id(read_only=True, allow_null=True)
    number = serializers.CharField(read_only=True, allow_null=True)
    problem = serializers.JSONField(read_only=True, allow_null=True)


class BulkAnswerSerializer(StrictSerializer):
    """How many orders were created, kept, refused, and a result for each, in the order of the call."""

    created = serializers.IntegerField(read_only=True)
    kept = serializers.IntegerField(read_only=True)
    failed = serializers.IntegerField(read_only=True)
    results = BulkRowSerializer(many=True, read_only=True)


class OrderQuery(ListQuery):
    """A list of orders."""

    customer_id = Id(default=None)
    product_id = Id(default=None, help_text="Orders with a line of this product.")
    source = serializers.CharField(max_length=40, allow_blank=True, default="")  # type: ignore[assignment]
    number = serializers.CharField(max_length=60, allow_blank=True, default="", help_text="The exact number.")
    kind = serializers.ChoiceField(OrderKind.choices, default="")
    state = serializers.MultipleChoiceField(choices=OrderState.choices, default=set)
    currency = serializers.CharField(max_length=3, allow_blank=True, default="")
    ordered_from = Day(default=None, help_text="Ordered on this day or later.")
    ordered_to = Day(default=None, help_text="Ordered on this day or before.")
    updated_since = Moment(default=None, help_text="Changed at this moment or later.")
    is_unmatched = serializers.BooleanField(default=None, allow_null=True)


class ProductSerializer(StrictSerializer):
    """A product. Cost and list price are in the base currency, for one unit."""

    id = Id(read_only=True)
    code = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=200)
    category_id = Id(allow_null=True, default=None)
    unit = serializers.CharField(max_length=20, allow_blank=True, default="")
    grade = serializers.ChoiceField(Grade.choices, allow_blank=True, default="")
    standard_cost = serializers.DecimalField(18, 6, min_value=0, allow_null=True, default=None)
    list_price = serializers.DecimalField(18, 6, min_value=0, allow_null=True, default=None)
    launched_on = Day(allow_null=True, default=None)
    stage = serializers.ChoiceField(Stage.choices, allow_blank=True, default="")
    prospect = serializers.ChoiceField(Prospect.choices, allow_blank=True, default="")
    is_active = serializers.BooleanField(default=True)
    version = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class ProductQuery(ListQuery):
    """A list of products."""

    q = serializers.CharField(max_length=100, allow_blank=True, default="", help_text="Part of a name, code or pinyin.")
    code = serializers.CharField(max_length=60, allow_blank=True, default="", help_text="The exact code.")
    category_id = Id(default=None)
    is_active = serializers.BooleanField(default=None, allow_null=True)
    updated_since = Moment(default=None, help_text="Changed at this moment or later.")


class CategorySerializer(StrictSerializer):
    """A product category."""

    id = Id(read_only=True)
    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=120)
    parent_id = Id(allow_null=True, default=None)


class RateSerializer(StrictSerializer):
    """What one unit of a currency is worth in the base currency from a day on."""

    id = Id(read_only=True)
    currency = serializers.CharField(max_length=3)
    day = Day()
    rate = serializers.DecimalField(18, 8, min_value=Decimal("0.00000001"))
    version = serializers.IntegerField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class RateChangeSerializer(RateSerializer):
    """A correction changes the number alone."""

    currency = serializers.CharField(read_only=True)
    day = Day(read_only=True)
