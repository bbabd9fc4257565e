"""The kit and the apps that speak English: every text has its wording, and templates hold no text without one."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

from tests.architecture import app_messages

PACKAGES = pytest.mark.parametrize("package", app_messages.packages(), ids=lambda path: path.name)
WORD = re.compile(r"[^\W\d_]{2,}")
READ_OUT = ("alt", "aria-label", "data-confirm", "data-label", "placeholder", "title")
# Texts given to a tag or a filter as they are: {% badge "danger" "Ditolak" %}, {{ name|default:"belum ada" }}.
# What these hold is translated, no text, or the name of a style.
SKIPPED = re.compile(r"(blocktranslate|comment|block(?= body_class))\b")
BARE_IN_TAG = re.compile(r"""^badge\s+\S+\s+["']|\|(?:default|default_if_none|yesno):["'][^"']*[^\W\d_]{2}""")


@PACKAGES
def test_every_text_has_an_english_wording(package: Path) -> None:
    worded = {app_messages.key_of(m): m.string for m in app_messages.wordings(package) if m.id}
    lacking = {k: place for k, place in app_messages.texts(package).items() if not _complete(worded.get(k))}
    assert lacking == {}, "run `make messages` and write the wordings"


@PACKAGES
def test_no_wording_outlives_its_text(package: Path) -> None:
    assert {app_messages.key_of(m) for m in app_messages.wordings(package) if m.id} - set(
        app_messages.texts(package)
    ) == set()


@PACKAGES
def test_wordings_keep_the_fields_of_their_text(package: Path) -> None:
    messages = [m for m in app_messages.wordings(package) if m.id]
    assert [m.id for m in messages if any(_fields(w) != _fields(_first(m.id)) for w in _all(m.string))] == []


@PACKAGES
def test_compiled_catalogue_is_current(package: Path) -> None:
    path = app_messages.catalogue(package).with_suffix(".mo")
    assert path.read_bytes() == app_messages.compiled(package), "run `make messages`"


@PACKAGES
def test_templates_hold_no_text_outside_of_translations(package: Path) -> None:
    found = {path.name: bare for path in app_messages.templates(package) if (bare := bare_texts(path.read_text()))}
    assert found == {}


def test_a_text_outside_of_translations_is_found() -> None:
    page = (
        '{% load x %}<p class="note" title="Judul">Halo {{ name|default:"siapa" }} {% translate "aman" %}</p>'
        '{% badge "success" "Selesai" %}<p>{% blocktranslate %}Tahun {{ year }}{% endblocktranslate %}: 2027 °</p>'
    )
    assert bare_texts(page) == ['name|default:"siapa"', 'badge "success" "Selesai"', "Judul", "Halo"]


def bare_texts(source: str) -> list[str]:
    """Texts a reader meets in a template that no translation tag holds."""
    html, bare, inside = "", [], ""
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK and (opened := SKIPPED.match(token.contents)):
            inside = opened[1]
        elif token.token_type == TokenType.BLOCK and token.contents == f"end{inside}":
            inside = ""
        elif not inside and token.token_type == TokenType.TEXT:
            html += token.contents
        elif not inside and token.token_type != TokenType.COMMENT and BARE_IN_TAG.search(token.contents):
            bare.append(token.contents)
    reader = _Reader()
    reader.feed(html)
    return bare + reader.bare


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bare: list[str] = []
        self.in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_code = tag == "code"
        self.bare += [value for name, value in attrs if name in READ_OUT and value and WORD.search(value)]

    def handle_endtag(self, tag: str) -> None:
        self.in_code = False

    def handle_data(self, data: str) -> None:
        if WORD.search(data) and not self.in_code:
            self.bare.append(data.strip())


def _first(key: object) -> str:
    return key[0] if isinstance(key, tuple) else str(key)


def _all(wording: object) -> list[str]:
    return list(wording) if isinstance(wording, (tuple, list)) else [str(wording)]


def _complete(wording: object) -> bool:
    return bool(wording) and all(_all(wording))


def _fields(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|%\w|\{\w+", text))
