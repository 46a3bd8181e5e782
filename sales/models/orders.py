"""Orders and returns with their lines."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.scope import reading, scope_of
from sales.constants import ORDER_SECTION, OWN_SOURCE, OrderKind, OrderState
from users.models import User

# Orders that a change of rates can touch: converted at a rate, or waiting for one.
FOREIGN = Q(rate__isnull=False) | Q(base_minor=None)


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders, seen as far as their customer is."""

    def visible_to(self, user: User) -> Self:
        """Only orders of customers in the user's scope."""
        return self.filter(scope_of(user).condition("customer__"))

    def readable_by(self, user: User) -> Self:
        """Those in scope and those whose customer's orders are granted; each such read is to be noted."""
        return self.filter(reading(user, ORDER_SECTION, "customer__"))


class Order(models.Model):
    """One order, or one return; (source, number) is its identity for ever.

    Quantities and amounts of a return are negative, so that sums are sales. `net` is the exact sum of
    the lines' nets in the order's currency; `base_minor` the same in minor units of the base currency,
    converted once at `rate` (the base currency needs none) and null while a rate is missing. `digest`
    is the hash of what an import wrote, empty once a person has edited the order.
    """

    source = models.CharField(_("source"), max_length=40, default=OWN_SOURCE)
    number = models.CharField(_("number"), max_length=60)
    kind = models.CharField(_("kind"), max_length=6, choices=OrderKind.choices, default=OrderKind.ORDER)
    state = models.CharField(_("state"), max_length=12, choices=OrderState.choices, default=OrderState.DRAFT)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="orders", db_index=False, verbose_name=_("customer")
    )
    contact = models.ForeignKey(
        "accounts.Contact",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("contact"),
    )
    original = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="returns",
        verbose_name=_("original"),
    )
    ordered_at = models.DateTimeField(_("ordered at"))
    ordered_on = models.DateField(_("ordered on"))
    promised_on = models.DateField(_("promised"), null=True, blank=True)
    shipped_on = models.DateField(_("shipped"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    rate = models.ForeignKey(
        "sales.ExchangeRate", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    net = models.DecimalField(_("net"), max_digits=18, decimal_places=3)
    base_minor = models.BigIntegerField(_("minor units of the base currency"), null=True, blank=True)
    is_unmatched = models.BooleanField(_("return without an original"), default=False)
    digest = models.CharField(max_length=32, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-ordered_on", "-id"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="sales_order_number_unique"),
            models.CheckConstraint(
                condition=~Q(kind=OrderKind.RETURN, net__gt=0), name="sales_order_return_not_positive"
            ),
            models.CheckConstraint(
                condition=Q(kind=OrderKind.RETURN) | Q(original=None, is_unmatched=False),
                name="sales_order_original_of_return",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-ordered_on", "-id"], name="sales_order_customer_day"),
            models.Index(fields=["-ordered_on", "-id"], name="sales_order_day"),
            # What a program asks for: what has changed since it last asked.
            models.Index(fields=["updated_at", "id"], name="sales_order_updated"),
            models.Index(fields=["currency", "ordered_on"], condition=FOREIGN, name="sales_order_foreign"),
            # What is typed into the search is the beginning of a number.
            models.Index(fields=["number"], opclasses=["varchar_pattern_ops"], name="sales_order_number"),
            models.Index(fields=["original"], condition=Q(original__isnull=False), name="sales_order_original"),
            models.Index(fields=["contact"], condition=Q(contact__isnull=False), name="sales_order_contact"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One line of an order: a product, or free text.

    `net` is rounded once, half-up, when written. `base_minor` is its part of the order's `base_minor`, which
    the lines add up to; null as long as the order's is. `unit_cost` is in the base currency, as known
    when the line was written; `cost_minor` is the whole line's, null when the cost isn't known.
    `original_position` is the line of the original order that a line of a return takes back.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    product = models.ForeignKey("sales.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="lines")
    description = models.CharField(_("description"), max_length=200, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=16, decimal_places=4)
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=6)
    discount_percent = models.DecimalField(_("discount"), max_digits=7, decimal_places=4, default=0)
    tax_percent = models.DecimalField(_("tax"), max_digits=6, decimal_places=3, default=0)
    net = models.DecimalField(_("net"), max_digits=18, decimal_places=3)
    base_minor = models.BigIntegerField(null=True, blank=True)
    unit_cost = models.DecimalField(_("unit cost"), max_digits=18, decimal_places=6, null=True, blank=True)
    cost_minor = models.BigIntegerField(null=True, blank=True)
    original_position = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["order_id", "position"]
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="sales_orderline_position_unique"),
            models.CheckConstraint(
                condition=Q(discount_percent__range=(0, 100)), name="sales_orderline_discount_0_to_100"
            ),
            models.CheckConstraint(condition=Q(tax_percent__gte=0), name="sales_orderline_tax_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"


class OrderNumber(models.Model):
    """The last number given out under a prefix such as SO-2026-11; its row is the lock that keeps numbers apart."""

    prefix = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("order number")
        verbose_name_plural = _("order numbers")

    def __str__(self) -> str:
        return f"{self.prefix}-{self.last:04}"


class OrderSubmission(models.Model):
    """One filled-in order form, by the token it was served with: sent twice, it makes one order."""

    token = models.UUIDField(primary_key=True)
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("sent order form")
        verbose_name_plural = _("sent order forms")

    def __str__(self) -> str:
        return str(self.token)
