"""People, departments, programs with their keys, approvals, parameters and the change log."""

from users.models.answers import ExternalId, KeptAnswer
from users.models.approvals import Approval, ApprovalEvent, ApprovalStep, Delegation
from users.models.changes import Change, ChangeSet
from users.models.keys import ApiKey
from users.models.parameters import ParameterSet
from users.models.people import Department, User
from users.models.seals import Seal, SealProgress

__all__ = [
    "ApiKey",
    "Approval",
    "ApprovalEvent",
    "ApprovalStep",
    "Change",
    "ChangeSet",
    "Delegation",
    "Department",
    "ExternalId",
    "KeptAnswer",
    "ParameterSet",
    "Seal",
    "SealProgress",
    "User",
]
