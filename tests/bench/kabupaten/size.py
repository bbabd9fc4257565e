"""How large the kabupaten of the figures is, and the region file that says so to the apps. No real place."""

from __future__ import annotations

import random
from typing import Any

AGENCIES, DISTRICTS, VILLAGES = 40, 20, 250
PROPOSALS = 20_000  # usulan of one year
SUB_ACTIVITIES = 2_400
LINES, VERSIONS = 60_000, 4  # working lines, and how many versions of each RKA were sent
# The tree of an RPJMD above its sub kegiatan; every node from the tujuan down has an indicator.
MISSIONS, GOALS, OBJECTIVES, PROGRAMS, ACTIVITIES = 3, 5, 15, 150, 400
OFFICIALS = 500  # eselon III and IV who sign a Perjanjian Kinerja, besides 40 heads of OPD and the head of region
RECOMMENDATIONS = 300  # of one year: seven or eight per evaluated OPD
# A kabupaten lists 1,000 to 1,500 grants and aids by name in the annexes of its budget; twice as many ask.
APPLICATIONS = 3_000  # of one year; as many of the year before
GRANTING_AGENCIES = 15  # OPD with belanja hibah or bansos: education, health, social affairs, religion at Setda, …
GRANT_LINES = 300  # rincian of 5.1.05 and 5.1.06 a year; many regions name one line per group of recipients
EARLIER_AWARDS = 4_000  # taken over from the lists of the years before the app
YEAR = 2027
PASSWORD = "kata sandi untuk angka-angka"
OFFICES = (
    "Pendidikan", "Kesehatan", "Pekerjaan Umum", "Perhubungan", "Pertanian", "Sosial", "Perikanan", "Perdagangan",
    "Pariwisata", "Ketenagakerjaan", "Kependudukan", "Komunikasi", "Lingkungan Hidup", "Kepemudaan", "Perpustakaan",
    "Perizinan", "Pemberdayaan Desa", "Ketahanan Pangan", "Perumahan", "Keuangan",
)  # fmt: skip


def chance() -> random.Random:
    """Return a source of figures that gives the same ones at each run."""
    return random.Random(3325)


def shares(total: int, parts: int = AGENCIES) -> list[int]:
    """Split a number as budgets are: the largest OPD has a tenth of it, the smallest a hundredth."""
    weights = [(place + 1) ** -0.6 for place in range(parts)]
    found = [max(1, int(total * weight / sum(weights))) for weight in weights]
    found[0] += total - sum(found)
    return found


def region() -> dict[str, Any]:
    """Return the region file."""
    names = [f"Dinas {name}" for name in OFFICES]
    names += [f"Kecamatan Uji {number:02d}" for number in range(1, AGENCIES - len(OFFICES) + 1)]
    agencies = [
        {"code": agency_code(place), "name": name, "short_name": name.replace("Dinas ", "D")}
        for place, name in enumerate(names)
    ]
    return {
        "code": "99.01",
        "name": "Kabupaten Uji",
        "kind": "kabupaten",
        "short_name": "Uji",
        "province": "Provinsi Uji",
        "province_code": "99",
        "time_zone": "Asia/Jakarta",
        "head_title": "Bupati",
        "fiscal_year": YEAR,
        "agencies": agencies,
        "districts": [_district(number) for number in range(1, DISTRICTS + 1)],
    }


def agency_code(place: int) -> str:
    """Return the code of an OPD; the largest is the first."""
    return f"{place // 9 + 1}.{place % 9 + 1:02d}.0.00.0.00.01.0000"


def _district(number: int) -> dict[str, Any]:
    code = f"99.01.{number:02d}"
    count = VILLAGES // DISTRICTS + (number <= VILLAGES % DISTRICTS)
    villages = [
        {"code": f"{code}.2{place:03d}", "name": f"Desa {number:02d}-{place:02d}"} for place in range(count)
    ]
    return {"code": code, "name": f"Uji {number:02d}", "villages": villages}
