"""What people type, parsed and worded."""
