"""The guides show exactly the pictures that the browser tests make: small, and in words for who cannot see them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DOCS, GALLERY = PROJECT / "docs", PROJECT / "docs" / "gambar"
LARGEST_BYTES, LARGEST_ALTOGETHER = 60_000, 2_500_000
WIDTHS = {720: "320", 1280: "720"}  # pixels of a picture: how wide a guide shows it


class Images(HTMLParser):
    """Collects the attributes of every <img>."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found.append(dict(attrs))


def made() -> Iterator[str]:
    """Yield the names that the browser tests give to `Screen.show`."""
    for file in sorted((PROJECT / "tests" / "demo").rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "show":
                name = call.args[0]
                assert isinstance(name, ast.Constant), f"{file.name}:{call.lineno} shows no literal name"
                yield str(name.value)


def shown(page: Path) -> list[str]:
    """Return the names of the pictures a page refers to, in whatever form."""
    return re.findall(r"gambar/([\w/-]+)\.png", page.read_text(encoding="utf-8"))


def kept() -> list[str]:
    return [str(file.relative_to(GALLERY).with_suffix("")) for file in GALLERY.rglob("*.png")]


def faults(made: list[str], shown: list[str], kept: list[str]) -> list[str]:
    """Say which pictures the tests make, the guides show and the folder keeps apart from one another."""
    return [
        *(f"{name} is shown, but no test makes it" for name in sorted({*shown} - {*made})),
        *(f"{name} is made, but not kept: make pictures" for name in sorted({*made} - {*kept})),
        *(f"{name} is kept, but no guide shows it" for name in sorted({*kept} - {*shown})),
        *(f"{name} is made twice" for name in sorted({name for name in made if made.count(name) > 1})),
    ]


GUIDES = [page for page in sorted(DOCS.rglob("*.md")) if shown(page)]


def test_guides_show_what_the_browser_tests_make() -> None:
    assert faults(list(made()), [name for page in GUIDES for name in shown(page)], kept()) == []


def test_a_picture_that_is_somewhere_only_is_noticed() -> None:
    assert faults(["a", "b", "b"], ["a", "c"], ["a", "d"]) == [
        "c is shown, but no test makes it",
        "b is made, but not kept: make pictures",
        "d is kept, but no guide shows it",
        "b is made twice",
    ]


def test_every_app_has_its_pictures() -> None:
    apps = {page.parent.name for page in (PROJECT / "bundle").glob("e-*/pyproject.toml")}
    assert {name.partition("/")[0] for name in kept()} == apps
    assert [app for app in apps if app not in {page.name.partition(".")[0] for page in GUIDES}] == []


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_pictures_are_said_in_words_and_shown_in_the_size_of_the_screen(page: Path) -> None:
    images = Images(page).found
    assert len(images) == len(shown(page)), "a picture is shown by an <img> with width and alt"
    for image in images:
        assert len(str(image.get("alt") or "").split()) >= 6, f"{image['src']} has no words for a screen reader"
        assert image.get("width") == WIDTHS[_pixels(page.parent / str(image["src"]))], image["src"]


def test_pictures_are_small_and_nothing_else_lies_beside_them() -> None:
    files = [file for file in GALLERY.rglob("*") if file.is_file()]
    assert [str(file) for file in files if file.suffix != ".png"] == []
    sizes = {file.name: file.stat().st_size for file in files}
    assert {name: size for name, size in sizes.items() if size > LARGEST_BYTES} == {}
    assert sum(sizes.values()) < LARGEST_ALTOGETHER


def _pixels(file: Path) -> int:
    """Return the width that a PNG states after its signature and the name of its first chunk."""
    return int.from_bytes(file.read_bytes()[16:20], "big")
