"""Reference data shipped as YAML in data/: levels of the RPJMD, stages, kinds, themes and units.

Read once, on first use. The workflow states and roles are read by the kit's own loaders.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Level:
    """One level of the RPJMD tree; `parent` is empty for the top one."""

    id: str
    title: str
    parent: str
    has_agency: bool


@dataclass(frozen=True)
class StageTemplate:
    """A stage and the actions (permissions) that are possible only while a stage naming them is open."""

    id: str
    title: str
    loop: str
    position: int
    actions: frozenset[str]
    typical: tuple[str, str]

    def typical_dates(self, year: int) -> tuple[datetime.date, datetime.date]:
        """The usual dates for the plan of `year`, counted from the year before it."""
        opens, closes = (_typical_day(text, year - 1) for text in self.typical)
        return opens, closes


@dataclass(frozen=True)
class Choice:
    """A code with its title."""

    code: str
    title: str


def _typical_day(text: str, base_year: int) -> datetime.date:
    shift, _, month_day = text.rpartition(" ")
    month, day = month_day.split("-")
    return datetime.date(base_year + int(shift or 0), int(month), int(day))


def _read(name: str) -> dict:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def levels() -> tuple[Level, ...]:
    return tuple(Level(**entry) for entry in _read("levels.yml")["levels"])


def level(level_id: str) -> Level:
    return next(entry for entry in levels() if entry.id == level_id)


def agency_level() -> Level:
    """The level that belongs to an OPD; what lies below it is shown one OPD's part at a time."""
    return next(entry for entry in levels() if entry.has_agency)


def level_below(level_id: str) -> Level | None:
    """The level whose parent is `level_id` (empty = the top level), or None below the last one."""
    return next((entry for entry in levels() if entry.parent == level_id), None)


@lru_cache(maxsize=1)
def stages() -> tuple[StageTemplate, ...]:
    return tuple(
        StageTemplate(
            id=entry["id"],
            title=entry["title"],
            loop=entry["loop"],
            position=position,
            actions=frozenset(entry["actions"]),
            typical=tuple(entry["typical"]),
        )
        for position, entry in enumerate(_read("stages.yml")["stages"], start=1)
    )


def stage_codes_for(action: str, loop: str = "") -> list[str]:
    """Codes of the stages, of one loop if given, in which `action` is possible; empty when no stage binds it."""
    return [stage.id for stage in stages() if action in stage.actions and loop in ("", stage.loop)]


@lru_cache(maxsize=1)
def loop_actions() -> frozenset[str]:
    """Actions that follow the stages of the loop the year is in; the others follow any stage naming them."""
    return frozenset(_read("stages.yml")["of_the_loop"])


@lru_cache(maxsize=1)
def loops() -> dict[str, str]:
    return dict(_read("stages.yml")["loops"])


@lru_cache(maxsize=1)
def kinds() -> tuple[Choice, ...]:
    return tuple(Choice(**entry) for entry in _read("reference.yml")["kinds"])


@lru_cache(maxsize=1)
def themes() -> tuple[Choice, ...]:
    return tuple(Choice(**entry) for entry in _read("reference.yml")["themes"])


@lru_cache(maxsize=1)
def units() -> tuple[str, ...]:
    return tuple(_read("reference.yml")["units"])


@lru_cache(maxsize=1)
def minutes_signatories() -> tuple[str, ...]:
    """Offices that sign the berita acara of the region's musrenbang."""
    return tuple(_read("reference.yml")["minutes_signatories"])
