"""Runs and imports for programs."""
