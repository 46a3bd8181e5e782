"""What this app's services refuse, as the API tells it."""

from django.utils.translation import gettext as _

from accounts.errors import CodeTakenError, EditConflictError, RowsRefusedError
from users.api.problems import Problem, Translator, django_faults, fault, translators


def register() -> None:
    """Called when all apps are loaded."""
    translators.add("accounts.code", Translator(CodeTakenError, _taken))
    translators.add("accounts.conflict", Translator(EditConflictError, _conflict))
    translators.add("accounts.rows", Translator(RowsRefusedError, _rows))


def _taken(error: CodeTakenError) -> Problem:
    return Problem("invalid", errors=[fault("code", _("This code is in use."))])


def _conflict(error: EditConflictError) -> Problem:
    return Problem("changed-meanwhile", _("The record is now at version %(version)s.") % {"version": error.version})


def _rows(error: RowsRefusedError) -> Problem:
    return Problem("invalid", errors=[one for inner in error.errors.values() for one in django_faults(inner)])
