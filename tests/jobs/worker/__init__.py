"""What a real worker is started with in tests: the settings, and kinds of runs that are easy to check."""
