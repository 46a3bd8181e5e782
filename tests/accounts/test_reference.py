"""Industries and regions."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Industry
from accounts.services import reference
from users.constants import Cause
from users.models import Change, User
from users.services import changes


def test_industries_are_added_and_logged(admin_user: User, manager: User) -> None:
    change_set = changes.open_set(by=admin_user, cause=Cause.COMMAND)
    (row,) = reference.create_many(
        model=Industry, rows=[("CHEM", "Chemicals", "化工")], by=admin_user, change_set=change_set
    )
    assert Change.objects.get().object_id == row.pk
    with pytest.raises(ValidationError, match="code"):
        reference.create_many(model=Industry, rows=[("CHEM", "Again", "再来")], by=admin_user, change_set=change_set)
    with pytest.raises(PermissionDenied):
        reference.create_many(model=Industry, rows=[("X", "X", "X")], by=manager, change_set=change_set)
    assert Industry.objects.count() == 1
