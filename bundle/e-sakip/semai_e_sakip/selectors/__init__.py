"""Reads, already limited to what the account may see."""
