"""Measurements at the sizes the product is meant for: `make bench`."""
