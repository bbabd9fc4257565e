"""Backups of a host's apps: sets of apps that agree with each other, kept in a repository."""
