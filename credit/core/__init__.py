"""Pure computing: arrays and frozen dataclasses in and out."""
