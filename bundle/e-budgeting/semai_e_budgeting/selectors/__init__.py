"""Reads of e-budgeting. Every function takes the account and shows only what its roles cover."""
