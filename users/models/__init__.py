"""People, departments, parameters and the change log."""

from users.models.changes import Change, ChangeSet
from users.models.parameters import ParameterSet
from users.models.people import Department, User

__all__ = ["Change", "ChangeSet", "Department", "ParameterSet", "User"]
