"""Who is logged in while pages are measured, and how their pages are written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from semai_kit import sample
from semai_kit.models import Account

from tests.bench.kabupaten.size import PASSWORD, YEAR


def person(username: str, role: str, **place: Any) -> Account:
    """Return an account with one role that may log in."""
    return sample.persona(username, username.title(), PASSWORD, role, **place)


def page(
    who: str, what: str, name: str, arguments: Sequence[object] = (), query: str = "", year: int = YEAR
) -> dict[str, Any]:
    """Return a page as the measuring side reads it; `who` is "" for a passer-by, `year` that of the header."""
    address = reverse(name, args=list(arguments))
    return {"who": who, "what": what, "path": f"{address}?{query}" if query else address, "year": year}


def document(who: str, what: str, name: str, arguments: Sequence[object] = (), query: str = "") -> dict[str, Any]:
    """Return a download: a PDF or a spreadsheet, measured without a target."""
    return page(who, what, name, arguments, query) | {"document": True}
