"""Apps of a catalog as one line each, read from an index without checking all of it.

Listing and searching must start at once, so this reads the trusted index's JSON directly; everything that installs
goes through `core.catalog.Index`. Pure: text in, rows out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from semai.errors import InvalidInput
from semai.messages import N_

_OFFERED = ("active", "deprecated", "candidate")  # what a listing names as an app's version, in this order


@dataclass(frozen=True)
class AppRow:
    """One app; `version` is the newest one on offer and `status` its standing, "" when it has no release."""

    mentor: str
    id: str
    name: str
    summary: str
    owner: str
    version: str
    status: str
    versions: tuple[str, ...]
    provides: tuple[str, ...]
    consumes: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.mentor}/{self.id}"


def read_rows(index: bytes) -> list[AppRow]:
    """Return the rows of an unpacked index; raises ValueError, KeyError or TypeError when it is none."""
    content = json.loads(index)
    mentor = content["mentor"]
    return [_row(mentor, app) for app in content.get("apps", ())]


def search(rows: Iterable[AppRow], words: Sequence[str]) -> list[AppRow]:
    """Return the rows in which every word occurs: in id, name, summary, owner or contracts, in any case."""
    wanted = [word.casefold() for word in words]
    return [row for row in rows if all(word in _searched(row) for word in wanted)]


def find(rows: Sequence[AppRow], text: str) -> AppRow:
    """Return the app that `mentor/id`, or an id that only one mentor has, names.

    Raises InvalidInput (`unknown-app` with the nearest ids, `app-ambiguous` with the mentors).
    """
    named = [row for row in rows if text in (row.key, row.id)]
    if len(named) == 1:
        return named[0]
    if named:
        raise InvalidInput(
            "app-ambiguous",
            "several mentors have an app {app}; say whose you mean",
            hint="for example: semai catalog show {example}",
            details=[row.key for row in named],
            app=text,
            example=named[0].key,
        )
    raise unknown_app(rows, text)


def unknown_app(rows: Sequence[AppRow], text: str) -> InvalidInput:
    """Return the error for an app no trusted catalog has, with the nearest names."""
    wanted = text.rpartition("/")[2]
    near = set(get_close_matches(wanted, [row.id for row in rows], n=3, cutoff=0.6))
    return InvalidInput(
        "unknown-app",
        "no app {app} in any trusted catalog",
        hint="semai catalog list shows all of them; semai catalog update fetches newer ones",
        details=[row.key for row in rows if row.id in near],
        app=text,
    )


def _searched(row: AppRow) -> str:
    return " ".join((row.key, row.name, row.summary, row.owner, *row.provides, *row.consumes)).casefold()


def _row(mentor: str, app: dict[str, Any]) -> AppRow:
    page, releases = app["page"], app.get("releases", ())
    standings = [release.get("standing", {}).get("status", "active") for release in releases]
    versions = [str(release["manifest"]["version"]) for release in releases]
    shown = next((standings.index(status) for status in _OFFERED if status in standings), 0)
    manifest = releases[shown]["manifest"] if releases else {}
    return AppRow(
        mentor=plain(mentor),
        id=plain(page["id"]),
        name=plain(page["name"]),
        summary=plain(page["summary"]),
        owner=plain(page["owner"]),
        version=plain(versions[shown]) if releases else "",
        status=plain(standings[shown]) if releases else "",
        versions=tuple(plain(version) for version in versions),
        provides=tuple(plain(name) for name in manifest.get("provides", ())),
        consumes=tuple(plain(name) for name in manifest.get("consumes", ())),
    )


def plain(text: str) -> str:
    """Return a mentor's text without control characters, which could rewrite a terminal, on one line."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


STATUS_WORDS = {
    "draft": N_("draft"),
    "candidate": N_("candidate"),
    "active": N_("active"),
    "deprecated": N_("deprecated"),
    "retired": N_("retired"),
    "withdrawn": N_("withdrawn"),
}
