"""Bringing data in from files: reading, mapping columns, rejecting rows. What is brought in, chapters declare."""
