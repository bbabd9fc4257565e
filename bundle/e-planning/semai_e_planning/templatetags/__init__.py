"""Template filters of the planning pages."""
