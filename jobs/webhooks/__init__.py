"""Sending events to addresses that people outside our house have given: which are allowed, how, with what signature."""
