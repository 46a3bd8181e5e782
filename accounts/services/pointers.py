"""What a customer's columns point at must exist and be the caller's to name: asked by doors without a form."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Customer, Industry, Region
from accounts.queries import owners
from users.models import Department, User


def check(values: Mapping[str, Any], *, by: User) -> None:
    """Raise ValidationError by field for an industry, region, owner, department or parent that can't be named."""
    errors = {}
    for name, model in (("industry_id", Industry), ("region_id", Region), ("department_id", Department)):
        if values.get(name) is not None and not model._default_manager.filter(pk=values[name]).exists():
            errors[name] = ValidationError(_("There is no such record."))
    owner_id = values.get("owner_id")
    if owner_id is not None and owner_id != by.pk and not owners.possible_owners().filter(pk=owner_id).exists():
        errors["owner_id"] = ValidationError(_("This person can't own customers."))
    parent_id = values.get("parent_id")
    if parent_id is not None and not Customer.objects.visible_to(by).filter(pk=parent_id).exists():
        errors["parent_id"] = ValidationError(_("There is no such customer."))
    if errors:
        raise ValidationError(errors)
