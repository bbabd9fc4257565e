"""Inspects the tree of an existing PHP app for `publish new`: what it is, needs, writes; what is to be decided."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from semai.adapters.php_contents import line_at
from semai.adapters.php_dumps import judge_dump
from semai.adapters.php_frameworks import WAYS, Source, Ways, framework_of, framework_version
from semai.adapters.php_jobs import timers_of, workers_of
from semai.adapters.php_tree import Tree
from semai.adapters.php_writable import writable_of
from semai.core.php_draft import Inspection, Seen
from semai.core.php_extensions import BUILT_IN, GONE, extensions_in
from semai.core.php_template_draft import template_of
from semai.core.php_tokens import running_code
from semai.core.php_versions import SHIPPED, USUAL, php_range, runs_on
from semai.errors import InvalidInput
from semai.messages import N_

_NOISE = (".git", ".svn", ".env", "node_modules", ".idea", ".vscode", ".DS_Store", "Thumbs.db", "error_log")
_ASIDE = re.compile(r"(?:.*/)?(?:_?tests?|Tests?|docs?|examples?)/.*")
_CONFIG = re.compile(r"(?i)(?:.*/)?[^/]*(?:koneksi|connection|config|database|settings?|db|conn)[^/]*\.php")
_CODE = (".php", ".inc", ".module")
_WEB_ROOTS = ("public", "public_html", "web", "htdocs", "www")
_DRIVERS: Mapping[str, Literal["mariadb", "postgresql"]] = {
    "mysqli": "mariadb",
    "pdo_mysql": "mariadb",
    "pgsql": "postgresql",
    "pdo_pgsql": "postgresql",
}


@dataclass
class _Notes:
    """What is printed, in the order it was found."""

    found: list[Seen] = field(default_factory=list)
    decide: list[Seen] = field(default_factory=list)

    def saw(self, place: str, message: str, **fields: object) -> None:
        self.found.append(Seen(place, message, fields))

    def ask(self, place: str, message: str, **fields: object) -> None:
        self.decide.append(Seen(place, message, fields))


@dataclass
class _Uses:
    """Extensions by where they were seen first; `perhaps` are those the code asks for before it uses them."""

    certain: dict[str, str] = field(default_factory=dict)
    perhaps: dict[str, str] = field(default_factory=dict)
    gone: list[tuple[str, str]] = field(default_factory=list)  # place, function


def inspect(folder: Path, version: str) -> Inspection:
    """Return what the tree in `folder` is; `version` is the release's when the tree names none.

    Raises InvalidInput (`source-missing`, `no-php`).
    """
    if not folder.is_dir():
        raise InvalidInput(
            "source-missing", "{place}", hint="semai publish new --help", place=f"{folder}: no folder"
        )
    every = {entry.path: entry for entry in Tree(folder).entries()}
    exclude = tuple(name for name in _NOISE if any(path.rpartition("/")[2] == name for path in every))
    source = Source({entry.path: entry for entry in Tree(folder, _NOISE).entries()}, {})
    source = Source(source.entries, _json(source.text("composer.json")))
    if not any(path.endswith(".php") for path in source.entries):
        raise InvalidInput("no-php", "{folder} holds no PHP", hint="name the folder of the app", folder=folder)
    notes = _Notes()
    framework = framework_of(source)
    ways, its_version = WAYS[framework], framework_version(framework, source)
    notes.saw("", N_("framework: {title} {version}"), title=ways.title, version=its_version)
    uses = _uses(source)
    extensions, perhaps = _extensions(source, ways, uses, notes)
    presets, templates = _configuration(source, ways, notes)
    filled = presets or templates
    database = _database(ways, uses, source, bool(filled))
    secrets = ways.secrets or (
        ("secret_key",) if any("secrets.secret_key" in t for t in templates.values()) else ()
    )
    return Inspection(
        framework=framework,
        name=folder.resolve().name,
        version=its_version if framework == "wordpress" and its_version else version,
        php=_php_range(source, uses, notes),
        root=_root(source, ways, notes),
        extensions=extensions,
        perhaps=perhaps,
        database=database,
        secrets=secrets,
        writable=writable_of(source, ways.writable, notes.saw, notes.ask),
        presets=presets,
        templates=templates,
        exclude=exclude,
        import_sql=_import(source, notes) if database != "none" else "",
        migrate=ways.migrate,
        timers=timers_of(framework, source, notes.saw, notes.ask),
        workers=workers_of(framework, source, notes.saw, notes.ask),
        health=ways.health,
        health_text=ways.health_text,
        found=tuple(notes.found),
        decide=tuple(notes.decide),
    )


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _uses(source: Source) -> _Uses:
    uses = _Uses()
    for path, entry in source.entries.items():
        if not entry.is_file or not path.endswith(_CODE) or _ASIDE.fullmatch(path):
            continue
        text = running_code(entry.read(1 << 20)).lower()
        vendor = path.startswith("vendor/")
        for name, position, certain in extensions_in(text):
            there = uses.certain if certain and not vendor else uses.perhaps
            there.setdefault(name, f"{path}:{line_at(text, position)}")
        if not vendor and (gone := GONE.search(text)):
            uses.gone.append((f"{path}:{line_at(text, gone.start())}", gone[1].decode()))
    return uses


def _extensions(source: Source, ways: Ways, uses: _Uses, notes: _Notes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the extensions the app needs and those it can do without."""
    required = source.composer.get("require")
    named = [name[4:].lower() for name in required if name.startswith("ext-")] if isinstance(required, dict) else []
    packages = _json(source.text("composer.lock")).get("packages")
    for package in packages if isinstance(packages, list) else ():
        named += [name[4:].lower() for name in package.get("require", {}) if name.startswith("ext-")]
    seen = {} if ways.extensions_known else uses.certain
    certain = {*named, *ways.extensions, *seen} - BUILT_IN
    for name in sorted(seen):
        notes.saw(uses.certain[name], N_("uses the extension {name}"), name=name)
    if named:
        notes.saw("composer.json", N_("extensions of composer: {names}"), names=", ".join(sorted(set(named))))
    perhaps = {*uses.perhaps, *uses.certain} - certain - BUILT_IN
    if perhaps:
        notes.ask("", N_("extensions it may do without, needed or not: {names}"), names=", ".join(sorted(perhaps)))
    return tuple(sorted(certain)), tuple(sorted(perhaps))


def _php_range(source: Source, uses: _Uses, notes: _Notes) -> str:
    required = source.composer.get("require")
    constraint = required.get("php") if isinstance(required, dict) else None
    found = php_range(constraint) if isinstance(constraint, str) else None
    for place, function in uses.gone[:5]:
        notes.ask(place, N_("calls {function}(), which PHP 8 does not have; the source must be changed"),
                  function=function)  # fmt: skip
    if found is None:
        notes.ask("", N_("versions of PHP it was tried with (needs.php); {range} is a guess"), range=USUAL)
        return USUAL
    notes.saw("composer.json", N_("PHP {range}"), range=found)
    if not runs_on(found):
        shipped = ", ".join(SHIPPED)
        notes.ask(
            "composer.json", N_("no Debian or Ubuntu release has such a PHP; they have {shipped}"), shipped=shipped
        )
    return found


def _configuration(source: Source, ways: Ways, notes: _Notes) -> tuple[dict[str, str], dict[str, str]]:
    """Return presets and drafted templates, by their place in the tree."""
    for place, preset in ways.presets.items():
        notes.saw(place, N_("its configuration: written from the preset {preset}"), preset=preset)
    templates: dict[str, str] = {}
    if ways is WAYS["codeigniter3"]:
        config = "application/config/config.php"
        templates[config], filled = template_of(source.text(config), frozenset(("address", "key")))
        notes.saw(config, N_("a template was drafted; filled in: {names}"), names=", ".join(sorted(filled)))
    if ways is WAYS["plain"]:
        for path in sorted(source.entries):
            if not _CONFIG.fullmatch(path) or path.startswith("vendor/"):
                continue
            text, filled = template_of(
                source.text(path), frozenset(("host", "user", "password", "name", "address"))
            )
            if "password" in filled and len(filled) >= 3:
                templates[path] = text
                names = ", ".join(sorted(filled))
                notes.saw(path, N_("a template was drafted; filled in: {names}"), names=names)
    for path in templates:
        notes.ask(path, N_("read the drafted template: it is published, and each region gets its own file from it"))
    return dict(ways.presets), templates


def _database(
    ways: Ways, uses: _Uses, source: Source, configured: bool
) -> Literal["none", "mariadb", "postgresql"]:
    """Return the database the app wants, as far as its code and its example settings tell."""
    example = source.text(".env.example") + source.text("application/config/database.php")
    if re.search(r"(?i)DB_CONNECTION=pgsql|'dbdriver'\s*=>\s*'postgre'", example):
        return "postgresql"
    if ways.database:
        return "mariadb"
    wanted = [driver for name, driver in _DRIVERS.items() if name in uses.certain]
    return wanted[0] if wanted and configured else "none"


def _root(source: Source, ways: Ways, notes: _Notes) -> str:
    root = ways.root
    if root == "." and ways is WAYS["plain"] and "index.php" not in source.entries:
        root = next((name for name in _WEB_ROOTS if f"{name}/index.php" in source.entries), ".")
    notes.saw("", N_("folder the web server shows: {root}"), root=root)
    if root == "." and ways is not WAYS["wordpress"]:
        notes.ask("", N_("the whole tree is the web root: what must no visitor open, such as SQL files and notes?"))
    return root


def _import(source: Source, notes: _Notes) -> str:
    """Return the SQL file that makes the tables, when exactly one does and tells of no people."""
    makes: list[str] = []
    for path, problems in _dumps(source):
        if problems:
            notes.ask(path, N_("rows about people: keep the tables and what every region needs, remove these rows"))
        else:
            makes.append(path)
            notes.saw(path, N_("SQL that makes tables"))
    if len(makes) > 1:
        notes.ask("", N_("which of these fills an empty database (php.import): {names}"), names=", ".join(makes))
    return makes[0] if len(makes) == 1 else ""


def _dumps(source: Source) -> Iterator[tuple[str, bool]]:
    for path, entry in source.entries.items():
        if path.lower().endswith(".sql") and entry.is_file and not path.startswith(("vendor/", "system/")):
            content = entry.read(64 << 20)
            if re.search(rb"(?i)\bcreate\s+table\b", content):
                yield path, any(True for _ in judge_dump(path, content))
