"""Where an usulan lies: coordinates as people type them, the region's bounds, and a simple drawing of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import cos, radians

from semai_kit.region import Bounds, Point, Region

# Where region.yml names no bounds: the whole country, from Rote to Sabang and from Aceh to Merauke.
INDONESIA = Bounds(south=-11.2, west=94.8, north=6.3, east=141.2)
PLACES = Decimal("0.000001")  # a tenth of a metre
AROUND_POINTS = 0.15  # degrees around the points of villages, about 16 km
WIDTH, MARGIN = 600.0, 24.0
SMALLEST = 0.01  # degrees: points on one spot still make a drawing


@dataclass(frozen=True)
class Mark:
    """A point of the drawing: x and y in its units, from the top left."""

    x: str
    y: str
    label: str
    title: str = ""
    url: str = ""
    kind: str = "place"
    back: bool = False  # the label stands on the left, so that it stays within the drawing


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Spot:
    """Something with a place, to be drawn."""

    point: Point
    label: str
    title: str = ""
    url: str = ""
    kind: str = "place"


def parse_degrees(text: str) -> Decimal:
    """`-8.612345` or `-8,612345`. Raises ValueError."""
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise ValueError(f"bukan koordinat: {text!r}") from None
    if not value.is_finite() or abs(value) > 180:
        raise ValueError(f"bukan koordinat: {text!r}")
    return value.quantize(PLACES)


def bounds_of(region: Region) -> Bounds:
    """Those the region names, else a margin around the points of its desa, else the whole country."""
    if region.bounds is not None:
        return region.bounds
    points = list(region.points.values())
    if not points:
        return INDONESIA
    return Bounds(
        south=min(p.latitude for p in points) - AROUND_POINTS,
        west=min(p.longitude for p in points) - AROUND_POINTS,
        north=max(p.latitude for p in points) + AROUND_POINTS,
        east=max(p.longitude for p in points) + AROUND_POINTS,
    )


def draw(spots: Iterable[Spot]) -> Drawing | None:
    """The spots to scale, north on top; None without any."""
    found = list(spots)
    if not found:
        return None
    west, east = _stretch([spot.point.longitude for spot in found])
    south, north = _stretch([spot.point.latitude for spot in found])
    narrower = cos(radians((south + north) / 2))  # a degree of longitude is shorter than one of latitude
    inner = WIDTH - 2 * MARGIN
    scale = min(inner / ((east - west) * narrower), 1.5 * inner / (north - south))
    left = (WIDTH - (east - west) * narrower * scale) / 2
    across = [left + (spot.point.longitude - west) * narrower * scale for spot in found]
    marks = tuple(
        Mark(
            x=f"{x:.1f}",
            y=f"{MARGIN + (north - spot.point.latitude) * scale:.1f}",
            label=spot.label,
            title=spot.title,
            url=spot.url,
            kind=spot.kind,
            back=x > WIDTH / 2,
        )
        for x, spot in zip(across, found, strict=True)
    )
    return Drawing(int(WIDTH), round((north - south) * scale + 2 * MARGIN), marks)


def _stretch(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    missing = max(SMALLEST - (high - low), 0) / 2
    return low - missing, high + missing
