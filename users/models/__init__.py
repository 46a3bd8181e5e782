"""People, departments, programs with their keys, parameters and the change log."""

from users.models.changes import Change, ChangeSet
from users.models.keys import ApiKey
from users.models.parameters import ParameterSet
from users.models.people import Department, User

__all__ = ["ApiKey", "Change", "ChangeSet", "Department", "ParameterSet", "User"]
