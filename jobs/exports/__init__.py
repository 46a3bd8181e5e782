"""Lists leaving the house as files: what a chapter declares, how files are written. Who may is asked each time."""
