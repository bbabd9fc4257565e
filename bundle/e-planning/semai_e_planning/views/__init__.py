"""Pages of the planning app: they read with selectors, write with services."""
