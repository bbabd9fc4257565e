"""Reads of the planning app; what comes back is already limited to what the account may see."""
