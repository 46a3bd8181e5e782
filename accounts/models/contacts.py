"""People at customers."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.constants import Attitude, Role
from accounts.scope import reading, scope_of
from accounts.sections import CONTACTS
from crm.lib import search
from users.models import User


class ContactQuerySet(models.QuerySet["Contact"]):
    """Contacts, seen as far as their customer is."""

    def visible_to(self, user: User) -> Self:
        """Only contacts of customers in the user's scope."""
        return self.filter(scope_of(user).condition("customer__"))

    def readable_by(self, user: User) -> Self:
        """Those in scope and those whose customer's contacts are granted; each such read is to be noted."""
        return self.filter(reading(user, CONTACTS, "customer__"))

    def matching(self, query: str) -> Self:
        """Those whose name, pinyin, e-mail or phone contains the query."""
        text = search.normalise(query)
        if not text:
            return self
        return self.filter(search_grams__contains=search.query_grams(text), search_text__contains=text)


class Contact(models.Model):
    """One person at a customer."""

    customer = models.ForeignKey("accounts.Customer", on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=120)
    post = models.CharField(_("post"), max_length=80, blank=True)
    department = models.CharField(_("department"), max_length=80, blank=True)
    mobile = models.CharField(_("mobile"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=60, blank=True)
    role = models.CharField(_("role in decisions"), max_length=12, choices=Role.choices, blank=True)
    influence = models.PositiveSmallIntegerField(_("influence"), null=True, blank=True)
    attitude = models.CharField(_("attitude"), max_length=10, choices=Attitude.choices, blank=True)
    reports_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("reports to")
    )
    note = models.TextField(_("note"), blank=True)

    search_text = models.TextField(blank=True, editable=False)
    search_grams = ArrayField(models.CharField(max_length=2), default=list, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["customer_id", "id"]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(influence__isnull=True) | models.Q(influence__range=(1, 5)),
                name="accounts_contact_influence_1_to_5",
            )
        ]
        indexes = [
            GinIndex(fields=["search_grams"], name="accounts_contact_grams"),
            models.Index(fields=["updated_at", "id"], name="accounts_contact_moment"),
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
        """Bring the derived search columns up to date; phones are found by their digits too."""
        phones = ["".join(filter(str.isdigit, number)) for number in (self.mobile, self.phone)]
        self.search_text = search.search_text([self.name, self.email, self.wechat, self.mobile, self.phone, *phones])
        self.search_grams = search.grams(self.search_text)
