"""Roles of the server profile on real machines: one role at a time, by plain ansible-playbook."""
