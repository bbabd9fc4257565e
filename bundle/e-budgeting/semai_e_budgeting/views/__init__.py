"""Pages of e-budgeting: thin, they read through selectors and write through services."""
