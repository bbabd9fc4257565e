"""Forms: of the public, of the desks."""
