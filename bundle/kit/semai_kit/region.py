"""The region's identity: the installer's JSON file as frozen values. Agencies and villages go to the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class AgencyEntry:
    code: str
    name: str
    short_name: str
    head_title: str = ""
    head_name: str = ""
    head_nip: str = ""


@dataclass(frozen=True)
class Point:
    """Decimal degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Bounds:
    """The rectangle around the region, in decimal degrees."""

    south: float
    west: float
    north: float
    east: float

    def hold(self, latitude: float, longitude: float) -> bool:
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


@dataclass(frozen=True)
class VillageEntry:
    code: str
    name: str
    point: Point | None = None


@dataclass(frozen=True)
class DistrictEntry:
    code: str
    name: str
    villages: tuple[VillageEntry, ...]
    point: Point | None = None


@dataclass(frozen=True)
class Region:
    """Who the region is; every page header and printed document takes its names from here."""

    code: str
    name: str
    kind: str
    short_name: str
    province: str
    province_code: str
    time_zone: str
    head_title: str
    head_name: str = ""
    secretary_title: str = "Sekretaris Daerah"
    domain: str = ""
    address: str = ""
    logo: Path | None = None
    fiscal_year: int | None = None
    agencies: tuple[AgencyEntry, ...] = ()
    districts: tuple[DistrictEntry, ...] = ()
    bounds: Bounds | None = None

    @property
    def points(self) -> dict[str, Point]:
        """Code of a kecamatan or village -> where its office is, for those that region.yml places."""
        rows = (row for district in self.districts for row in (district, *district.villages))
        return {row.code: row.point for row in rows if row.point is not None}


IDENTITY_KEYS = (
    "code", "name", "kind", "short_name", "province", "province_code", "time_zone", "head_title"
)  # fmt: skip
OPTIONAL_KEYS = ("head_name", "secretary_title", "domain", "address")


@lru_cache(maxsize=4)
def read_region(path: Path) -> Region:
    """Parse the region file; raises ImproperlyConfigured with the file and the key that is wrong."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImproperlyConfigured(f"region file {path}: {error.strerror}") from error
    except ValueError as error:
        raise ImproperlyConfigured(f"region file {path} is not JSON: {error}") from error
    try:
        return parse_region(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ImproperlyConfigured(f"region file {path}: {error!r}") from error


def parse_region(document: Mapping[str, Any]) -> Region:
    optional = {key: document[key] for key in OPTIONAL_KEYS if document.get(key)}
    year = document.get("fiscal_year")
    logo = document.get("logo")
    return Region(
        **{key: str(document[key]) for key in IDENTITY_KEYS},
        **optional,
        logo=Path(logo) if logo else None,
        fiscal_year=int(year) if year else None,
        agencies=tuple(_agency(entry) for entry in document.get("agencies", ())),
        districts=tuple(_district(entry) for entry in document.get("districts", ())),
        bounds=_bounds(document.get("bounds")),
    )


def _agency(entry: Mapping[str, Any]) -> AgencyEntry:
    return AgencyEntry(
        code=str(entry["code"]),
        name=entry["name"],
        short_name=entry.get("short_name") or entry["name"],
        head_title=entry.get("head_title") or "",
        head_name=entry.get("head_name") or "",
        head_nip=entry.get("head_nip") or "",
    )


def _district(entry: Mapping[str, Any]) -> DistrictEntry:
    villages = tuple(VillageEntry(str(v["code"]), v["name"], _point(v)) for v in entry.get("villages", ()))
    return DistrictEntry(str(entry["code"]), entry["name"], villages, _point(entry))


def _point(entry: Mapping[str, Any]) -> Point | None:
    said = entry.get("point")
    return Point(float(said["latitude"]), float(said["longitude"])) if said else None


def _bounds(said: Mapping[str, Any] | None) -> Bounds | None:
    return Bounds(*(float(said[side]) for side in ("south", "west", "north", "east"))) if said else None
