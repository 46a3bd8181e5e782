"""What people fill in about customers and contacts."""
