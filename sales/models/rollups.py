"""Totals of orders that all analysis reads, and the marks that say which of them are stale.

The totals are derived from orders, whose customers the database guards, so they need no constraint of their own.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CustomerDay(models.Model):
    """One customer on one business day: counted orders and returns, in base-currency minor units.

    `revenue_minor` is orders alone, `returns_minor` what came back (zero or negative); net sales are
    their sum. `cost_minor` is net of returns' cost. `uncosted_lines` counts the lines whose cost isn't known and
    `uncosted_minor` is their net, so that a margin can leave them out and say so. `orders` and `lines` count
    orders alone.
    """

    pk = models.CompositePrimaryKey("customer_id", "day")
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+"
    )
    day = models.DateField()
    orders = models.IntegerField()
    lines = models.IntegerField()
    revenue_minor = models.BigIntegerField()
    returns_minor = models.BigIntegerField()
    cost_minor = models.BigIntegerField()
    uncosted_lines = models.IntegerField()
    uncosted_minor = models.BigIntegerField()

    class Meta:
        verbose_name = _("customer day")
        verbose_name_plural = _("customer days")
        indexes = [models.Index(fields=["day"], name="sales_customerday_day")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}"


class CustomerCategoryMonth(models.Model):
    """One customer, one product category (0: none), one month: net sales, for whitespace."""

    pk = models.CompositePrimaryKey("customer_id", "category_id", "month")
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+"
    )
    category_id = models.BigIntegerField()
    month = models.DateField()
    net_minor = models.BigIntegerField()

    class Meta:
        verbose_name = _("customer category month")
        verbose_name_plural = _("customer category months")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.category_id} {self.month}"


class RollupMark(models.Model):
    """A customer's day whose totals are stale. Appended by every write, never unique: two writers must not meet."""

    customer_id = models.BigIntegerField()
    day = models.DateField()

    class Meta:
        verbose_name = _("rollup mark")
        verbose_name_plural = _("rollup marks")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}"
