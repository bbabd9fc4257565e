"""Fills the database of one app, inside the app's own Django: its models and services say what is right."""
