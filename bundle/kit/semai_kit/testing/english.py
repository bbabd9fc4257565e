"""Finds what an English page still says in Indonesian although there are words for it."""

from __future__ import annotations

from html.parser import HTMLParser

from django.test import Client
from django.utils.translation import gettext, override

READ_OUT = ("alt", "aria-label", "data-confirm", "data-label", "placeholder", "title")


def in_english(client: Client) -> Client:
    """The client after its person pressed the button at the foot of a page."""
    assert client.post("/bahasa/", {"language": "en"}).status_code == 302
    return client


def left_in_indonesian(page: str) -> list[str]:
    """Texts of a page that the catalogues word otherwise: a label or a title of a data file shown as it stands."""
    assert '<html lang="en">' in page
    reader = _Texts()
    reader.feed(page)
    with override("en"):
        return [text for text in reader.found if gettext(text) != text]


class _Texts(HTMLParser):
    """Texts and what is read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value.strip() for name, value in attrs if name in READ_OUT and value]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(data.strip())
