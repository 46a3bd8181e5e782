"""Tiers for programs."""
