"""Entries of an app's navigation. Imports no models, so apps.py may use it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """A link in the navigation; shown when the account holds `permission` somewhere ("" shows it to everyone)."""

    title: str
    url_name: str
    permission: str = ""
