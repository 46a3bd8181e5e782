"""Customers, contacts, lists and measures for programs."""
