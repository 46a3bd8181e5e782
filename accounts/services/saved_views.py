"""Keeping views of the customer list, and the columns a user chose."""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import ListColumns, SavedView
from accounts.queries.filters import Filters
from accounts.scope import acting_scope
from users.constants import Cause
from users.models import User
from users.roles import Permission
from users.services import changes

MAX_VIEWS = 30


def may_share(user: User) -> bool:
    """Whether a user may share views with their department: whoever leads or tends its customers."""
    home = user.department_id
    return home is not None and home in acting_scope(user, Permission.CUSTOMER_REASSIGN).department_ids


@transaction.atomic
def save_view(*, name: str, filters: Filters, sort: str, columns: Sequence[str], share: bool, by: User) -> SavedView:
    """Save a view under a name, replacing one's own of the same name; with its change set.

    Raises ValidationError for a name that is empty or one view too many, PermissionDenied for sharing
    without the right to.
    """
    name = " ".join(name.replace("\x00", "").split())[:60]
    if not name:
        raise ValidationError({"name": _("Give the view a name.")})
    if share and not may_share(by):
        raise PermissionDenied
    own = SavedView.objects.select_for_update().filter(owner=by)
    row = own.filter(name=name).first()
    if row is None and own.count() >= MAX_VIEWS:
        raise ValidationError({"name": _("You have %(count)s views; delete one first.") % {"count": MAX_VIEWS}})
    before = changes.snapshot(row) if row else None
    row = row or SavedView(name=name, owner=by)
    row.filters = [list(pair) for pair in filters.params()]
    row.sort, row.columns = sort, list(columns)
    row.department = by.department if share else None
    row.save()
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("View saved"))
    if before is None:
        changes.record_create(change_set, row)
    else:
        changes.record_update(change_set, row, before)
    return row


@transaction.atomic
def delete_view(*, view_id: int, by: User) -> SavedView:
    """Delete one's own view, with its change set. Raises SavedView.DoesNotExist, PermissionDenied for another's."""
    row = SavedView.objects.visible_to(by).select_for_update(of=("self",)).get(pk=view_id)
    if row.owner_id != by.pk:
        raise PermissionDenied
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("View deleted"))
    changes.record_delete(change_set, row)
    row.delete()
    return row


@transaction.atomic
def choose_columns(*, columns: Sequence[str], by: User) -> None:
    """Remember the columns a user wants in lists that have none of their own. A preference: it isn't logged."""
    ListColumns.objects.update_or_create(user=by, defaults={"columns": list(columns)})
