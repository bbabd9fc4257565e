"""Fields shared by the forms of this app."""

from __future__ import annotations

from django import forms


def lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})
