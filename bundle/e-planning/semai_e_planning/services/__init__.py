"""Writes of the planning app: one function is one transaction with its permission check."""
