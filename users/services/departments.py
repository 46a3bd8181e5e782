"""Writing the department tree."""

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from users.constants import Cause
from users.errors import Conflict, Invalid
from users.models import Department, User
from users.queries import departments
from users.services import changes


@transaction.atomic
def create_department(
    *,
    code: str,
    name: str,
    parent: Department | None,
    by: User | None,
    cause: Cause = Cause.PAGE,
    strict_archive: bool = False,
) -> Department:
    """Make a department and log it. Raises Invalid if the code is taken."""
    row = Department(code=code.strip(), name=name.strip(), parent=parent, strict_archive=strict_archive)
    _check(row)
    row.save()
    changes.record_create(changes.open_set(by=by, cause=cause, summary=f"{row.code}: {row.name}"), row)
    return row


@transaction.atomic
def update_department(
    *,
    department: Department,
    code: str,
    name: str,
    parent: Department | None,
    version: int,
    by: User,
    strict_archive: bool | None = None,
) -> Department:
    """Change a department or where it belongs, and log it. People below reach other rows from then on.

    `strict_archive`: None leaves it as it is.

    Raises
    ------
    Conflict
        If somebody saved the department after `version` was read.
    Invalid
        If the code is taken, or the department would come to stand below itself.
    """
    _lock_tree()
    row = Department.objects.select_for_update(of=("self",)).get(pk=department.pk)
    if row.version != version:
        raise Conflict(row.version)
    if parent is not None and parent.pk in departments.subtree_ids(row.pk):
        reason = _("%(parent)s is part of %(name)s already: each would be part of the other.")
        raise Invalid({"parent": reason % {"parent": parent, "name": row}})
    before = changes.snapshot(row)
    row.code, row.name, row.parent = code.strip(), name.strip(), parent
    if strict_archive is not None:
        row.strict_archive = strict_archive
    _check(row)
    row.version += 1
    row.save()
    change_set = changes.open_set(by=by, cause=Cause.PAGE, summary=f"{row.code}: {row.name}")
    changes.record_update(change_set, row, before)
    return row


def _lock_tree() -> None:
    """One move at a time: locking the two ends of a move lets a third and a fourth close a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('users:department tree'))")


def _check(row: Department) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        faults = {("" if name == "__all__" else name): " ".join(told) for name, told in error.message_dict.items()}
        raise Invalid(faults) from error
