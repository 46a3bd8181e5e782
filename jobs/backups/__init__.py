"""Copying everything there is, and proving that the copy can be restored."""
