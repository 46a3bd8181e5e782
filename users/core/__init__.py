"""Pure computing of this app."""
