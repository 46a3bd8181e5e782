"""Bringing in customers and contacts from files."""
