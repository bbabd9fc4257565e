"""Proposals for a new region: time zone, titles, domain and a typical list of agencies, from semai's data files."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ConfigDict

from semai.core.region import Agency, Kind, TimeZone

_DATA = Path(__file__).parents[1] / "data"


class KindRules(BaseModel):
    """What is usual for provinces, kabupaten or kota; `domain` has one field, {slug}."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    head_title: str
    secretary_title: str
    domain: str


class RegionRules(BaseModel):
    """data/region_rules.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    as_of: str
    time_zones: dict[TimeZone, tuple[str, ...]]
    kinds: dict[Kind, KindRules]

    def time_zone(self, province_code: str) -> TimeZone:
        """Return the time zone of a province; Asia/Jakarta for one these rules do not know yet."""
        known: tuple[TimeZone, ...] = get_args(TimeZone)
        return next((zone for zone in known if province_code in self.time_zones.get(zone, ())), known[0])


class _TypicalAgencies(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    as_of: str
    agencies: tuple[Agency, ...]


@lru_cache(maxsize=1)
def region_rules() -> RegionRules:
    """Return the rules that came with this semai."""
    return RegionRules.model_validate(json.loads((_DATA / "region_rules.json").read_text(encoding="utf-8")))


def typical_agencies() -> tuple[Agency, ...]:
    """Return the agencies most kabupaten and kota have, to start from."""
    content = json.loads((_DATA / "typical_agencies.json").read_text(encoding="utf-8"))
    return _TypicalAgencies.model_validate(content).agencies
