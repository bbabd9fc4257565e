"""Writes: one function, one transaction, permission checked inside."""
