"""Customers, their contacts, teams and access, and the lists that describe them."""

from accounts.models.access import AccessGrant, ArchiveLookup, ArchivePrint, ReadLog
from accounts.models.contacts import Contact
from accounts.models.customers import Customer
from accounts.models.duplicates import DuplicateKey, DuplicatePair
from accounts.models.facts import Fact
from accounts.models.lists import ListColumns, SavedView
from accounts.models.merges import CustomerRedirect, Merge, MergeMove
from accounts.models.reference import Industry, Region
from accounts.models.teams import TeamMember
from accounts.models.transitions import LifeCycleTransition

__all__ = [
    "AccessGrant",
    "ArchiveLookup",
    "ArchivePrint",
    "Contact",
    "Customer",
    "CustomerRedirect",
    "DuplicateKey",
    "DuplicatePair",
    "Fact",
    "Industry",
    "LifeCycleTransition",
    "ListColumns",
    "Merge",
    "MergeMove",
    "ReadLog",
    "Region",
    "SavedView",
    "TeamMember",
]
