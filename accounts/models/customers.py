"""The customer: one organisation (or person, or department of ours) with which we have a relation."""

from collections.abc import Mapping
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.constants import EXTERNAL, OUR_OWN, Kind, LifeCycle
from accounts.scope import reading, scope_of
from crm.lib import search
from users.models import User

# Columns that follow from the names and numbers: what a customer is found and sorted by.
DERIVED = ("search_text", "search_grams", "sort_key")


def search_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """The derived columns of a customer with these names and numbers."""
    names = [values["short_name"], values["name"], *values["former_names"]]
    text = search.search_text([*names, values["code"], values["tax_number"]])
    return {
        "search_text": text,
        "search_grams": search.grams(text),
        "sort_key": search.sort_key(values["short_name"] or values["name"]),
    }


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Customers, by whom they may be seen and how they are found."""

    def visible_to(self, user: User) -> Self:
        """Only the customers in the user's scope."""
        return self.filter(scope_of(user).condition())

    def readable_by(self, user: User, section: str = "") -> Self:
        """Those in scope and those granted, with this section open or any; each such read is to be noted."""
        return self.filter(reading(user, section))

    def matching(self, query: str, *, many: bool = False) -> Self:
        """Those whose names, code, tax number or pinyin contain the query.

        `many` says that a good part of all do: then they are met soon on the way along a list's order, and
        gathering them all from the search index first would cost more.
        """
        text = search.normalise(query)
        if not text:
            return self
        found = self.filter(search_text__contains=text)
        return found if many else found.filter(search_grams__contains=search.query_grams(text))


class Customer(models.Model):
    """One customer. `version` counts saves: an editor who started from an older one sees a conflict."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("legal name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=80, blank=True)
    former_names = ArrayField(
        models.CharField(max_length=200), verbose_name=_("former names"), default=list, blank=True
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.END_USER)
    counts_in_grading = models.BooleanField(_("counts in grading and credit"), default=True)
    life_cycle = models.CharField(_("stage"), max_length=10, choices=LifeCycle.choices, default=LifeCycle.PROSPECT)
    country = models.CharField(_("country"), max_length=2, default="CN")
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    industry = models.ForeignKey(
        "accounts.Industry", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("industry")
    )
    region = models.ForeignKey(
        "accounts.Region", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("region")
    )
    owner = models.ForeignKey(
        "users.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("owner"),
    )
    department = models.ForeignKey(
        "users.Department",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("department"),
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="subsidiaries",
        verbose_name=_("parent company"),
    )
    address = models.CharField(_("address"), max_length=300, blank=True)
    website = models.URLField(_("website"), blank=True)
    staff_count = models.PositiveIntegerField(_("staff"), null=True, blank=True)
    yearly_turnover = models.DecimalField(_("yearly turnover"), max_digits=18, decimal_places=2, null=True, blank=True)
    founded_year = models.PositiveSmallIntegerField(_("founded"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    note = models.TextField(_("note"), blank=True)

    is_protected = models.BooleanField(_("protected"), default=False, db_default=False, editable=False)
    protection_reason = models.CharField(
        _("why protected"), max_length=200, blank=True, default="", db_default="", editable=False
    )

    search_text = models.TextField(blank=True, editable=False)
    search_grams = ArrayField(models.CharField(max_length=2), default=list, editable=False)
    sort_key = models.CharField(max_length=200, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["sort_key", "id"]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="accounts_customer_not_own_parent"),
            models.CheckConstraint(
                condition=~models.Q(kind__in=[k.value for k in sorted(OUR_OWN)], counts_in_grading=True),
                name="accounts_customer_own_never_graded",
            ),
        ]
        indexes = [
            GinIndex(fields=["search_grams"], name="accounts_customer_grams"),
            # With what scope asks, so that lists and counts needn't fetch the rows they pass over.
            models.Index(fields=["id"], include=["owner", "department"], name="accounts_customer_scope"),
            models.Index(fields=["sort_key", "id"], include=["owner", "department"], name="accounts_customer_sort"),
            models.Index(fields=["updated_at", "id"], name="accounts_customer_updated"),
            models.Index(fields=["created_at", "id"], name="accounts_customer_created"),
            models.Index(fields=["kind", "sort_key", "id"], name="accounts_customer_kind"),
            models.Index(fields=["life_cycle", "sort_key", "id"], name="accounts_customer_stage"),
            models.Index(
                fields=["sort_key", "id"],
                condition=models.Q(counts_in_grading=False),
                name="accounts_customer_uncounted",
            ),
            models.Index(fields=["id"], condition=models.Q(is_protected=True), name="accounts_customer_protected"),
            models.Index(Lower("name"), name="accounts_customer_name"),
            models.Index(fields=["tax_number"], condition=~models.Q(tax_number=""), name="accounts_customer_tax"),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with current search keys, whoever saves."""
        self.set_search_keys()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, *DERIVED}
        super().save(*args, **kwargs)

    @property
    def is_external(self) -> bool:
        """Whether it buys to use, rather than supplying, passing on or being our own."""
        return self.kind in EXTERNAL

    def set_search_keys(self) -> None:
        """Bring the derived search columns up to date."""
        values = {name: getattr(self, name) for name in ("name", "short_name", "former_names", "code", "tax_number")}
        for name, value in search_keys(values).items():
            setattr(self, name, value)
