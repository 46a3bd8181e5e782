"""Bringing in products and orders from files."""
