"""Pictures of screens for the guides of docs, which show what a person sees at a step.

A picture is written anew only when the screen says other words, or looks different: dates, numbers and codes, which
differ from run to run, tell nothing.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "gambar"
COLOURS = 128
LARGEST_BYTES = 60_000
TELLING_SHARE = 0.03  # of the picture; a date that wraps elsewhere moves less
TELLING_SHADE = 48
MONTHS = "Jan|Feb|Mar|Apr|Mei|Jun|Jul|Agu|Agt|Sep|Okt|Nov|Des"
FLEETING = re.compile(rf"\S*\d\S*|\b(?:{MONTHS})[a-z]*\b")


@dataclass(frozen=True)
class Gallery:
    """The pictures of the guides: `renewing` writes them; an ordinary run only wants each one to be there."""

    renewing: bool
    folder: Path = FOLDER

    def keep(self, name: str, shot: bytes, words: str) -> None:
        """Take a screen as the picture `<app>/<name>`; `words` is what it says."""
        file = self.folder / f"{name}.png"
        if self.renewing:
            _renew(file, _packed(shot, words))
        assert file.exists(), f"{name} is not in {self.folder}: make pictures"


def _renew(file: Path, made: bytes) -> None:
    assert len(made) <= LARGEST_BYTES, f"the picture {file} has {len(made)} bytes: show less of the page"
    if not (file.exists() and tells_the_same(file.read_bytes(), made)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(made)


def tells_the_same(one: bytes, other: bytes) -> bool:
    """Whether two pictures say the same words and look alike."""
    left, right = Image.open(io.BytesIO(one)), Image.open(io.BytesIO(other))
    if left.info.get("words") != right.info.get("words") or left.width != right.width:
        return False
    size = (left.width // 4, left.height // 4)
    gap = ImageChops.difference(*(image.convert("L").resize(size) for image in (left, right)))
    return sum(gap.histogram()[TELLING_SHADE:]) < TELLING_SHARE * size[0] * size[1]


def _packed(shot: bytes, words: str) -> bytes:
    """Return the screen as a PNG of few colours that carries a digest of the words that last."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    lasting = " ".join(FLEETING.sub("", words).split())
    notes, target = PngInfo(), io.BytesIO()
    notes.add_text("words", hashlib.sha256(lasting.encode()).hexdigest())
    picture.save(target, "PNG", optimize=True, pnginfo=notes)
    return target.getvalue()
