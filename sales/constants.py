"""Choices stored in this app's tables."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# The section of a customer's archive that this chapter fills.
ORDER_SECTION = "orders"


class OrderKind(TextChoices):
    """An order, or goods coming back."""

    ORDER = "order", _("Order")
    RETURN = "return", _("Return")


class OrderState(TextChoices):
    """How far an order has come."""

    DRAFT = "draft", _("Draft")
    CONFIRMED = "confirmed", _("Confirmed")
    PART_SHIPPED = "part_shipped", _("Part-shipped")
    SHIPPED = "shipped", _("Shipped")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


# Sales are the lines of orders in these states, at their order date.
COUNTING = (OrderState.CONFIRMED, OrderState.PART_SHIPPED, OrderState.SHIPPED, OrderState.COMPLETED)


class Grade(TextChoices):
    """A product's place in the range."""

    LOW = "low", _("Low")
    MID = "mid", _("Mid")
    HIGH = "high", _("High")


class Stage(TextChoices):
    """Where a product stands in its life cycle."""

    # Translators: 导入期
    LAUNCH = "launch", _("Launch")
    # Translators: 成长期
    GROWTH = "growth", _("Growth")
    # Translators: 成熟期
    MATURE = "mature", _("Maturity")
    # Translators: 衰退期
    DECLINE = "decline", _("Decline")


class Prospect(TextChoices):
    """How well a product's sales are expected to grow."""

    HIGH = "high", _("High")
    MID = "mid", _("Mid")
    LOW = "low", _("Low")


# Orders typed in on our own pages have this source; an ERP's have its name.
OWN_SOURCE = "keystone"

# Offered in forms beside the base currency and those that have a rate.
COMMON_CURRENCIES = ("USD", "EUR", "HKD", "JPY", "GBP", "SGD", "KRW", "AUD", "CAD", "CHF", "NOK", "TWD")
