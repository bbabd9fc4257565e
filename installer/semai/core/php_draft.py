"""What `publish new` found in a tree, and the files it drafts from it. Pure.

Comments in the drafted release say what semai saw and what the mentor must decide.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Framework = Literal["plain", "codeigniter3", "codeigniter4", "laravel", "wordpress"]


@dataclass(frozen=True)
class Seen:
    """One thing found: where, and an English msgid with its fields."""

    place: str  # `path` or `path:line`, empty for the whole tree
    message: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Inspection:
    """A tree as semai understands it."""

    framework: Framework
    name: str  # of the folder, for people
    version: str
    php: str
    root: str
    extensions: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()  # extensions it can do without
    database: Literal["none", "mariadb", "postgresql"] = "none"
    secrets: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    presets: Mapping[str, str] = field(default_factory=dict)  # place -> preset
    templates: Mapping[str, str] = field(default_factory=dict)  # place -> template text
    exclude: tuple[str, ...] = ()
    import_sql: str = ""
    migrate: tuple[str, ...] = ()
    timers: Mapping[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    workers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    health: str = "/"
    health_text: str = ""
    found: tuple[Seen, ...] = ()
    decide: tuple[Seen, ...] = ()


def template_name(place: str) -> str:
    """Return the name of the template beside the release for a file of the tree."""
    return f"{place.lstrip('.').replace('/', '-')}.j2"


def app_page(app_id: str, name: str, source: str, inspection: Inspection, comment: str) -> str:
    """Return app.yml."""
    lines = [
        *([f"# {comment}"] if comment else []),
        "schema: 1",
        f"id: {app_id}",
        f"name: {_text(name)}",
        "summary:  # decide: one line that says what it is for",
        "owner:  # decide: who answers for it",
        "terms:",
        "  licence:  # decide: SPDX name, for example GPL-3.0-or-later",
        "build:",
        f"  source: {_text(source)}",
    ]
    if inspection.exclude:
        lines += ["  exclude:  # not packed", *(f"    - {_text(pattern)}" for pattern in inspection.exclude)]
    return "\n".join(lines) + "\n"


def release_file(inspection: Inspection, comment: str) -> str:
    """Return <version>.yml."""
    blocks = [
        [*([f"# {comment}"] if comment else []), "schema: 1", f"version: {_version(inspection)}", "runtime: php"],
        _needs(inspection),
        [
            "resources:",
            f"  database: {inspection.database}",
            "  media: false",
            f"  secrets: [{', '.join(inspection.secrets)}]",
        ],
        _php(inspection),
        _commands(inspection),
        _timers(inspection),
        _workers(inspection),
        _health(inspection),
        ["personal_data: []  # decide: which data of people it keeps"],
    ]
    return "\n".join(line for block in blocks for line in block) + "\n"


def _version(inspection: Inspection) -> str:
    """Return the version, in quotes where YAML would read a number."""
    return inspection.version if inspection.version.count(".") > 1 else _text(inspection.version)


def _needs(inspection: Inspection) -> list[str]:
    lines = ["needs:", f"  php: {_text(inspection.php)}", f"  extensions: [{', '.join(inspection.extensions)}]"]
    if inspection.perhaps:
        lines.append(f"  # it can do without: {', '.join(inspection.perhaps)}")
    return [*lines, "  ram_mb: 128  # decide: measured", "  disk_mb: 500  # decide: code and a year of data"]


def _php(inspection: Inspection) -> list[str]:
    lines = ["php:", f"  root: {_text(inspection.root)}"]
    lines += _listing("  writable", inspection.writable, "  writable: []  # nothing")
    if inspection.presets or inspection.templates:
        lines.append("  config:  # written for each region; secrets are read from the environment")
        presets = ((place, f"preset: {preset}") for place, preset in inspection.presets.items())
        templates = ((place, f"template: {template_name(place)}") for place in inspection.templates)
        lines += [f"    {_text(place)}: {{{source}}}" for place, source in (*presets, *templates)]
    if inspection.import_sql:
        lines.append(f"  import: {_text(inspection.import_sql)}  # once, into the empty database")
    return [*lines, "  settings: {}  # for example upload_max_filesize: 20M"]


def _commands(inspection: Inspection) -> list[str]:
    if not inspection.migrate:
        return ["# commands:", "#   migrate: [php, migrate.php]  # decide: how the database comes to a new release"]
    return ["commands:", f"  migrate: {_words(inspection.migrate)}"]


def _timers(inspection: Inspection) -> Iterator[str]:
    if inspection.timers:
        yield "timers:"
    for name, (command, calendar) in inspection.timers.items():
        yield f"  {name}: {{command: {_words(command)}, calendar: {_text(calendar)}}}"


def _workers(inspection: Inspection) -> Iterator[str]:
    if inspection.workers:
        yield "workers:"
    for name, command in inspection.workers.items():
        yield f"  {name}: {{command: {_words(command)}}}"


def _health(inspection: Inspection) -> list[str]:
    text = inspection.health_text
    return [
        "health:",
        f"  path: {_text(inspection.health)}  # decide: a page that reads the database",
        f"  text: {_text(text)}" if text else '  text: ""  # decide: words that only a healthy page shows',
    ]


def _listing(key: str, items: Iterable[str], empty: str) -> list[str]:
    lines = [f"    - {_text(item)}" for item in items]
    return [f"{key}:", *lines] if lines else [empty]


def _words(command: Iterable[str]) -> str:
    return f"[{', '.join(_text(word) for word in command)}]"


def _text(value: str) -> str:
    """Return a YAML text, quoted, as JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)
