"""Reads, already limited to what the account (or everyone) may see."""
