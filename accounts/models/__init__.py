"""Customers, their contacts, teams and access, and the lists that describe them."""

from accounts.models.access import AccessGrant, ArchiveLookup, ArchivePrint, ReadLog
from accounts.models.contacts import Contact
from accounts.models.customers import Customer
from accounts.models.facts import Fact
from accounts.models.lists import ListColumns, SavedView
from accounts.models.reference import Industry, Region
from accounts.models.teams import TeamMember
from accounts.models.transitions import LifeCycleTransition

__all__ = [
    "AccessGrant",
    "ArchiveLookup",
    "ArchivePrint",
    "Contact",
    "Customer",
    "Fact",
    "Industry",
    "LifeCycleTransition",
    "ListColumns",
    "ReadLog",
    "Region",
    "SavedView",
    "TeamMember",
]
