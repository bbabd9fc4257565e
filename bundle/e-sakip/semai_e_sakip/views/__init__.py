"""Pages; rules live in services."""
