"""The record that data left the house."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.queries.filters import Filters
from users.constants import Action, Cause
from users.models import Change, ChangeSet, User
from users.services import changes


@transaction.atomic
def log_export(*, filters: Filters, columns: Sequence[str], rows: int, by: User) -> ChangeSet:
    """Write down who exports which customers: the filter, the columns, the number of rows."""
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=_("Customer list exported"))
    Change.objects.create(
        change_set=change_set,
        action=Action.EXPORT,
        model=Customer._meta.label_lower,
        after={"filter": [list(pair) for pair in filters.params()], "columns": list(columns), "rows": rows},
        rows=rows,
    )
    return change_set
