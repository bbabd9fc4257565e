"""Bands: a figure becomes a word with a colour. The list is data; the last band takes what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Band:
    """Holds for figures greater than `above`; `kind` is a badge kind of the kit."""

    id: str
    title: str
    kind: str
    above: Decimal


def read_bands(entries: Sequence[Mapping[str, Any]]) -> tuple[Band, ...]:
    """Bands from data, highest first. Raises ValueError when they are not in falling order."""
    bands = tuple(Band(e["id"], e["title"], e["kind"], Decimal(e["above"])) for e in entries)
    limits = [band.above for band in bands]
    if not bands or limits != sorted(set(limits), reverse=True):
        raise ValueError(f"bands must fall strictly: {[str(limit) for limit in limits]}")
    return bands


def band_of(figure: Decimal, bands: Sequence[Band]) -> Band:
    """The first band the figure lies above; the last one when it lies above none."""
    return next((band for band in bands if figure > band.above), bands[-1])
