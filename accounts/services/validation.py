"""The rules for one customer's own fields, for every door: page, import, API."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.constants import EXTERNAL, OUR_OWN, Kind
from accounts.models import Customer
from crm.lib import dates, display, tax_numbers
from crm.lib.money import round_money

_OLD_NUMBER = re.compile(r"[0-9A-Z]{15}")


def tax_number(country: str, number: str) -> str:
    """A tax number, folded to plain capitals and proven where its country's rule is known.

    Raises ValidationError in words that say what is wrong: for China a unified social credit code has
    18 characters, the last of them follows from the others. A 15-character number of before 2015 is
    taken as it is, and so are other countries' numbers.
    """
    folded = "".join(unicodedata.normalize("NFKC", number).upper().split())
    if country != "CN" or not folded:
        return folded
    if len(folded) != tax_numbers.LENGTH:
        if _OLD_NUMBER.fullmatch(folded):
            return folded
        raise ValidationError(_("The code has 18 characters; you typed %(count)s.") % {"count": len(folded)})
    strange = sorted(set(folded) - set(tax_numbers.ALPHABET))
    if strange:
        raise ValidationError(
            _("The code never has %(characters)s. I and O are easily typed for 1 and 0.")
            % {"characters": display.listed(strange, language=get_language() or "en")}
        )
    expected = tax_numbers.check_character(folded[:17])
    if folded[17] != expected:
        raise ValidationError(
            _("From the first 17 characters the last should be %(expected)s; you typed %(typed)s.")
            % {"expected": expected, "typed": folded[17]}
        )
    return folded


def counts_by_default(kind: str) -> bool:
    """Whether customers of a kind count in grading and credit unless somebody says otherwise."""
    return kind in EXTERNAL or kind == Kind.DISTRIBUTOR


def clean(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of some of a customer's columns, folded and checked.

    Keys are column names (`owner_id`, not `owner`). `country` must be among them where `tax_number`
    is, `kind` where `counts_in_grading` is. Raises ValidationError with a message for each field.
    """
    cleaned, errors = plain(values)
    _fold(cleaned)
    check_columns(Customer, cleaned, errors)
    if "tax_number" in cleaned and "tax_number" not in errors:
        try:
            cleaned["tax_number"] = tax_number(cleaned["country"], cleaned["tax_number"])
        except ValidationError as error:
            errors["tax_number"] = error
    errors.update(_cross_errors(cleaned, errors))
    if errors:
        raise ValidationError(errors)
    return cleaned


def plain(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values with white space folded (a note keeps its lines), and the errors of those with a NUL."""
    cleaned: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, str):
            if "\x00" in value:
                errors[name] = ValidationError(_NUL)
            cleaned[name] = value.strip() if name == "note" else " ".join(value.split())
        else:
            cleaned[name] = list(value) if name == "former_names" else value
    return cleaned, errors


def check_columns(model: type[models.Model], values: dict[str, Any], errors: dict[str, Any]) -> None:
    """Run the model's own rules on columns that aren't foreign keys; fills `errors`, converts `values`."""
    for name, value in values.items():
        column = _plain_fields(model).get(name)
        if column is None or name in errors or (column.blank and value in column.empty_values):
            continue
        try:
            values[name] = column.clean(value, None)
        except ValidationError as error:
            errors[name] = error


@cache
def _plain_fields(model: type[models.Model]) -> dict[str, Any]:
    return {f.attname: f for f in model._meta.concrete_fields if not f.is_relation}


_NUL = gettext_lazy("This has a character (NUL) that can't be stored.")


def _fold(values: dict[str, Any]) -> None:
    for name in ("country", "currency"):
        if name in values:
            values[name] = values[name].upper()
    if isinstance(values.get("yearly_turnover"), Decimal) and values["yearly_turnover"].is_finite():
        values["yearly_turnover"] = round_money(values["yearly_turnover"], values.get("currency", "CNY"))
    website = values.get("website", "")
    if website and "://" not in website:
        values["website"] = f"https://{website}"
    if "former_names" in values:
        names = (" ".join(name.split()) for name in values["former_names"])
        values["former_names"] = list(dict.fromkeys(name for name in names if name))


def _cross_errors(values: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, ValidationError]:
    found: dict[str, ValidationError] = {}
    for name, letters in (("country", 2), ("currency", 3)):
        if name in values and name not in errors and not re.fullmatch(rf"[A-Z]{{{letters}}}", values[name]):
            found[name] = ValidationError(_("Write the international code of %(count)s letters.") % {"count": letters})
    if values.get("counts_in_grading") and values.get("kind") in OUR_OWN:
        found["counts_in_grading"] = ValidationError(
            _("Our own departments and branches never count in grading and credit.")
        )
    if values.get("founded_year") and not 1000 <= values["founded_year"] <= dates.today().year:
        found["founded_year"] = ValidationError(_("This is not a year of the past."))
    if values.get("yearly_turnover") is not None and values["yearly_turnover"] < 0:
        found["yearly_turnover"] = ValidationError(_("A turnover can't be below zero."))
    return {name: error for name, error in found.items() if name not in errors}
