"""Lists that describe customers."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Named(models.Model):
    """A code with a name in both languages."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("English name"), max_length=80)
    name_zh = models.CharField(_("Chinese name"), max_length=80)

    class Meta:
        abstract = True
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en


class Industry(Named):
    """A line of business our customers are in."""

    class Meta(Named.Meta):
        verbose_name = _("industry")
        verbose_name_plural = _("industries")


class Region(Named):
    """A sales region."""

    class Meta(Named.Meta):
        verbose_name = _("region")
        verbose_name_plural = _("regions")
