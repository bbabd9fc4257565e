"""Writes: one function is one transaction, with permission check and audit."""
