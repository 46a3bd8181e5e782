"""Who they are: customers, contacts, and the lists they are described with."""

from accounts.models.contacts import Contact
from accounts.models.customers import Customer
from accounts.models.lists import ListColumns, SavedView
from accounts.models.reference import Industry, Region
from accounts.models.transitions import LifeCycleTransition

__all__ = ["Contact", "Customer", "Industry", "LifeCycleTransition", "ListColumns", "Region", "SavedView"]
