"""How often pages ask the database: as often for thirty rows as for three, whatever the page shows of them.

A page that asks once per row answers in no time on a developer's machine and in half a minute in a real region.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve


class BoundedQueries:
    """Mixed into a KitTestCase: override `grow` and `pages`. Addresses may lead to what `grow` made first."""

    few: ClassVar[int] = 3
    many: ClassVar[int] = 30
    limit: ClassVar[int] = 30  # a page that asks more often than this asks too often at any size

    def grow(self, start: int, end: int) -> None:
        """Make the rows numbered `start` to `end` of everything that the pages list."""
        raise NotImplementedError(f"{type(self).__name__} must make rows")

    def pages(self) -> Mapping[str, Sequence[str]]:
        """Addresses by the name of who opens them, "" for a visitor; queries (`?…`) stay the same."""
        raise NotImplementedError(f"{type(self).__name__} must name its pages")

    def test_pages_ask_as_often_for_many_rows_as_for_few(self) -> None:
        self.grow(0, self.few)
        few = self._asked()
        self.grow(self.few, self.many)
        many = self._asked()
        assert {page: count for page, count in many.items() if count != few[page]} == {}, few
        assert {page: count for page, count in many.items() if count > self.limit} == {}

    def _asked(self) -> dict[str, int]:
        """Queries by page. Each is opened once before: what is asked once per process does not count."""
        return {
            f"{who or 'a visitor'}: {_page(address)}": queries_of(self._client(who), address)
            for who, addresses in self.pages().items()
            for address in addresses
        }

    def _client(self, who: str) -> Client:
        client = Client()
        if who:
            client.force_login(self.account(who), backend="semai_kit.accounts.AccountBackend")  # type: ignore[attr-defined]
        return client


def _page(address: str) -> str:
    """What stays of an address when its record is another."""
    parts = urlsplit(address)
    return f"{resolve(parts.path).view_name} {parts.query}".strip()


def queries_of(client: Client, address: str) -> int:
    """How many queries the page asks when it is opened again."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, f"{address} answers {response.status_code}"
    return len(captured)
