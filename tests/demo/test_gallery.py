"""Pictures of the guides are written when they show something else, not when time has passed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.demo.gallery import Gallery

WORDS = "Renja disetujui 29 November 2026 18.37, kode 52FW-M5ZQ-R56J"
LATER = "Renja disetujui 3 Mei 2027 07.01, kode 7QWM-ZZ4K-99XA"


def shot(mark: tuple[int, int, int, int] = (0, 0, 0, 0), noisy: bool = False) -> bytes:
    """A white screen of 720 x 1440 pixels with a black mark, or one that nothing can make small."""
    image = Image.effect_noise((720, 1440), 90).convert("RGB") if noisy else Image.new("RGB", (720, 1440), "white")
    ImageDraw.Draw(image).rectangle(mark, fill="black")
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    """Pictures being renewed, with one kept already."""
    made = Gallery(renewing=True, folder=tmp_path)
    made.keep("app/page", shot((40, 40, 300, 60)), WORDS)
    return made


def test_another_date_or_code_leaves_the_picture(gallery: Gallery) -> None:
    file = gallery.folder / "app" / "page.png"
    before = file.read_bytes()
    gallery.keep("app/page", shot((40, 40, 330, 60)), LATER)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        pytest.param((40, 40, 300, 60), WORDS.replace("disetujui", "ditolak"), id="other words"),
        pytest.param((40, 40, 600, 600), WORDS, id="other looks"),
    ],
)
def test_other_words_or_looks_renew_it(gallery: Gallery, mark: tuple[int, int, int, int], words: str) -> None:
    file = gallery.folder / "app" / "page.png"
    before = file.read_bytes()
    gallery.keep("app/page", shot(mark), words)
    assert file.read_bytes() != before


def test_ordinary_run_wants_the_picture_and_writes_nothing(gallery: Gallery) -> None:
    ordinary = Gallery(renewing=False, folder=gallery.folder)
    before = (gallery.folder / "app" / "page.png").read_bytes()
    ordinary.keep("app/page", shot((0, 0, 700, 700)), "Halaman lain")
    assert (gallery.folder / "app" / "page.png").read_bytes() == before
    with pytest.raises(AssertionError, match="app/new is not in .*: make pictures"):
        ordinary.keep("app/new", shot(), WORDS)
    assert not (gallery.folder / "app" / "new.png").exists()


def test_picture_too_large_for_a_guide_is_refused(gallery: Gallery) -> None:
    with pytest.raises(AssertionError, match="show less of the page"):
        gallery.keep("app/noise", shot(noisy=True), WORDS)
    assert not (gallery.folder / "app" / "noise.png").exists()
