"""A private PostgreSQL and broker, and the programs of Keystone, as children of one process."""
