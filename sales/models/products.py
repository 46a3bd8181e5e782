"""What we sell, and what a foreign currency is worth."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib import search
from sales.constants import Grade, Prospect, Stage


class Category(models.Model):
    """A product category; a tree through `parent`."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        ordering = ["code"]
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    """Products, by how they are found."""

    def matching(self, query: str) -> Self:
        """Those whose name, code or pinyin contains the query."""
        text = search.normalise(query)
        if not text:
            return self
        return self.filter(search_grams__contains=search.query_grams(text), search_text__contains=text)


class Product(models.Model):
    """One thing we sell, by its code (SKU). Cost and list price are in the base currency, for one unit."""

    code = models.CharField(_("product code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="products", verbose_name=_("category")
    )
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    grade = models.CharField(_("grade"), max_length=4, choices=Grade.choices, blank=True)
    standard_cost = models.DecimalField(_("standard cost"), max_digits=18, decimal_places=6, null=True, blank=True)
    list_price = models.DecimalField(_("list price"), max_digits=18, decimal_places=6, null=True, blank=True)
    launched_on = models.DateField(_("launched"), null=True, blank=True)
    stage = models.CharField(_("life cycle"), max_length=8, choices=Stage.choices, blank=True)
    prospect = models.CharField(_("prospect"), max_length=4, choices=Prospect.choices, blank=True)
    is_active = models.BooleanField(_("on sale"), default=True)

    search_text = models.TextField(blank=True, editable=False)
    search_grams = ArrayField(models.CharField(max_length=2), default=list, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(standard_cost=None) | models.Q(standard_cost__gte=0),
                name="sales_product_cost_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(list_price=None) | models.Q(list_price__gte=0),
                name="sales_product_price_not_negative",
            ),
        ]
        indexes = [
            GinIndex(fields=["search_grams"], name="sales_product_grams"),
            models.Index(fields=["updated_at", "id"], name="sales_product_updated"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with current search keys, whoever saves."""
        self.set_search_keys()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "search_text", "search_grams"}
        super().save(*args, **kwargs)

    def set_search_keys(self) -> None:
        """Bring the derived search columns up to date."""
        self.search_text = search.search_text([self.name, self.code])
        self.search_grams = search.grams(self.search_text)


class ExchangeRate(models.Model):
    """What one unit of a currency is worth in the base currency from a day on."""

    currency = models.CharField(_("currency"), max_length=3)
    day = models.DateField(_("from"))
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["currency", "-day"]
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        constraints = [
            models.UniqueConstraint(fields=["currency", "day"], name="sales_exchangerate_day_unique"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="sales_exchangerate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.day}: {self.rate}"
