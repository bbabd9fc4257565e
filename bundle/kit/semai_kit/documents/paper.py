"""What a document consists of beside its body: letterhead, title, number, signatures. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Signatory:
    """One signature. `acting` is Plt., Plh., Pj. or Pjs.; `caption` stands above the title (`Mengetahui,`)."""

    title: str
    name: str
    rank: str = ""
    nip: str = ""
    acting: str = ""
    caption: str = ""

    @property
    def office(self) -> str:
        return f"{self.acting} {self.title}".strip()


@dataclass(frozen=True)
class Letterhead:
    """Lines from the widest body to the narrowest, the last set larger. `logo` is an SVG, PNG or JPEG file."""

    lines: tuple[str, ...]
    address: str = ""
    domain: str = ""
    logo: Path | None = None


@dataclass(frozen=True)
class Paper:
    """Everything around the body. `on` None leaves the day of signing blank."""

    title: str
    letterhead: Letterhead
    number: str = ""
    year: int | None = None
    signatories: tuple[Signatory, ...] = ()
    place: str = ""
    on: date | None = None
    landscape: bool = False
