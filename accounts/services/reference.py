"""Writing the lists that describe customers: industries and regions."""

from collections.abc import Sequence
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import Industry, Region
from users.models import ChangeSet, User
from users.roles import Permission
from users.services import changes

Row = TypeVar("Row", Industry, Region)


@transaction.atomic
def create_many(
    *, model: type[Row], rows: Sequence[tuple[str, str, str]], by: User, change_set: ChangeSet
) -> list[Row]:
    """Add industries or regions given as (code, English name, Chinese name), each logged.

    Raises PermissionDenied, and ValidationError by field for a code that is taken or a name that doesn't fit.
    """
    if not by.may(Permission.PARAMETER_EDIT):
        raise PermissionDenied
    made = []
    for code, name_en, name_zh in rows:
        row = model(code=code.strip(), name_en=name_en.strip(), name_zh=name_zh.strip())
        row.full_clean()
        row.save()
        changes.record_create(change_set, row)
        made.append(row)
    return made
