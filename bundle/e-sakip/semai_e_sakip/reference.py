"""Reference data shipped as YAML in data/: levels, kinds of officials, rules, worksheets and outlines.

Read once, on first use. Rules, worksheets and outlines are versions: a year uses the newest that had begun by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml

from .achievement import Rule, read_rule
from .scoring import Scheme, read_scheme

DATA = Path(__file__).parent / "data"
QUARTERS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Level:
    """One level of the tree; `parent` is empty for the top one. `agency`: belongs to one OPD."""

    id: str
    title: str
    parent: str
    agency: bool
    drawn: bool


@dataclass(frozen=True)
class OfficialKind:
    """Kind of official and the levels of the tree such an official usually answers for."""

    id: str
    title: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Accumulation:
    """How the figures of quarters become the figure of the year."""

    id: str
    title: str
    help: str


@dataclass(frozen=True)
class Section:
    """A section of the LKjIP: a text to start from and the table the app puts below it ("" = none)."""

    id: str
    title: str
    text: str
    block: str = ""


@dataclass(frozen=True)
class Chapter:
    id: str
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Outline:
    """One version of the LKjIP's structure."""

    id: str
    from_year: int
    basis: str
    chapters: tuple[Chapter, ...]

    @property
    def sections(self) -> tuple[Section, ...]:
        return tuple(section for chapter in self.chapters for section in chapter.sections)


class Versioned(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def from_year(self) -> int: ...


V = TypeVar("V", bound=Versioned)


def _read(name: str) -> Mapping[str, Any]:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


def in_force(versions: Iterable[V], year: int) -> V:
    """The newest version that had begun by `year`; the oldest one for years before all of them."""
    ordered = sorted(versions, key=lambda version: version.from_year)
    return ([version for version in ordered if version.from_year <= year] or ordered[:1])[-1]


@lru_cache(maxsize=1)
def levels() -> tuple[Level, ...]:
    return tuple(Level(**entry) for entry in _read("levels.yml")["levels"])


def level(level_id: str) -> Level:
    """The level; an id that left the file (old rows) is shown as it is."""
    return next((one for one in levels() if one.id == level_id), Level(level_id, level_id, "", False, False))


def level_below(level_id: str) -> Level | None:
    """The level whose parent is `level_id` (empty = the top level), or None below the last one."""
    return next((one for one in levels() if one.parent == level_id), None)


def levels_down_to(level_id: str) -> tuple[str, ...]:
    """Ids from the top to `level_id`."""
    ids = [one.id for one in levels()]
    return tuple(ids[: ids.index(level_id) + 1])


@lru_cache(maxsize=1)
def official_kinds() -> tuple[OfficialKind, ...]:
    entries = _read("officials.yml")["kinds"]
    return tuple(OfficialKind(e["id"], e["title"], tuple(e["levels"])) for e in entries)


def official_kind(kind_id: str) -> OfficialKind:
    found = next((kind for kind in official_kinds() if kind.id == kind_id), None)
    return found or OfficialKind(kind_id, kind_id, ())


@lru_cache(maxsize=1)
def ranks() -> tuple[str, ...]:
    return tuple(_read("officials.yml")["ranks"])


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    return tuple(read_rule(entry) for entry in _read("achievement.yml")["rules"])


def rule_for(year: int) -> Rule:
    return in_force(rules(), year)


@lru_cache(maxsize=1)
def accumulations() -> tuple[Accumulation, ...]:
    return tuple(Accumulation(**entry) for entry in _read("achievement.yml")["accumulations"])


@lru_cache(maxsize=1)
def quarter_titles() -> tuple[str, ...]:
    return tuple(_read("achievement.yml")["quarters"])


def quarter_title(quarter: int) -> str:
    return quarter_titles()[quarter - 1]


@lru_cache(maxsize=1)
def schemes() -> tuple[Scheme, ...]:
    return tuple(read_scheme(entry) for entry in _read("evaluation.yml")["schemes"])


def scheme(scheme_id: str) -> Scheme:
    return next(one for one in schemes() if one.id == scheme_id)


@lru_cache(maxsize=1)
def outlines() -> tuple[Outline, ...]:
    return tuple(_outline(entry) for entry in _read("lkjip.yml")["outlines"])


def outline(outline_id: str) -> Outline:
    return next(one for one in outlines() if one.id == outline_id)


def _outline(entry: Mapping[str, Any]) -> Outline:
    chapters = tuple(
        Chapter(c["id"], c["title"], tuple(Section(**section) for section in c["sections"]))
        for c in entry["chapters"]
    )
    return Outline(entry["id"], entry["from_year"], entry["basis"], chapters)
