"""Who walks through the year, and what they carry from one app to the next: never typed twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.demo.conftest import Demo
from tests.demo.pages import Screen

PLANNING, BUDGETING, PERFORMANCE, GRANTS = "e-planning", "e-budgeting", "e-sakip", "e-hibah"
OPD = "Dinas Pekerjaan Umum dan Penataan Ruang"
USULAN = "Jembatan kecil di Dusun Golo Wajang"
SUB_ACTIVITY = "Pembangunan Jembatan"
GRANT_LINE = "Hibah uang bagi kelompok perawat jembatan"


@dataclass(frozen=True)
class Story:
    """The installation and the one telephone everybody uses; `papers` is a folder for what they upload."""

    demo: Demo
    phone: Screen
    papers: Path

    def enter(self, app: str, name: str) -> Screen:
        """Come as one of the sample people, who starts on the first page."""
        self.phone.enter(self.demo.address(app), name, self.demo.password(app))
        return self.phone

    def come_without_account(self, app: str) -> Screen:
        self.phone.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.phone.address = self.demo.address(app)
        self.phone.open("/")
        return self.phone

    def paper(self, name: str) -> Path:
        """A PDF or a picture to upload."""
        file = self.papers / name
        begins = b"\x89PNG\r\n\x1a\n" if file.suffix == ".png" else b"%PDF-1.4\n"
        file.write_bytes(begins + b"contoh " * 50)
        return file


@dataclass(frozen=True)
class Agreed:
    """What the DPA says: rupiah per program code, their sum, and that of the line for grants."""

    programs: dict[str, int]
    grants: int

    @property
    def total(self) -> int:
        return sum(self.programs.values())


def amounts(*texts: str) -> set[str]:
    """Return the amounts of money in texts, without spaces."""
    return {re.sub(r"\s", "", found) for text in texts for found in re.findall(r"Rp\s?[\d.]+\d", text)}


def rupiah(amount: int) -> str:
    """Write an amount as pages do, without spaces."""
    return f"Rp{amount:,}".replace(",", ".")


def of_rupiah(text: str) -> int:
    """Read an amount from a page."""
    return int(re.sub(r"\D", "", text))
