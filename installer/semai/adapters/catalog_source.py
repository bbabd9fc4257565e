"""A mentor's catalog as written: catalog.yml, bases/, apps/<app>/{app,<version>}.yml, and the sources they name.

Reading collects every error of every file and raises them together.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from semai.adapters.php_presets import TemplateProblem, template_text
from semai.adapters.yaml_checks import Document, key_text, validate
from semai.adapters.yaml_files import read_document, shown_path
from semai.core.catalog import Manifest
from semai.core.php_checks import judge_runtime
from semai.core.publishing import AppFile, BaseFile, CatalogFile, merged, newest
from semai.core.publishing_php import with_texts
from semai.errors import InvalidInput
from semai.messages import N_, translate

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Value = TypeVar("Value")


@dataclass(frozen=True)
class Sheet:
    """A YAML file with its model, and the document behind it, which knows lines."""

    path: Path
    document: Document

    def problem(self, text: str, *place: str | int) -> str:
        """Return `file:line: key: text` for `place` in the file."""
        where = f"{self.document.name}:{self.document.line_of(place)}"
        return f"{where}: {key_text(place)}: {text}" if place else f"{where}: {text}"


@dataclass(frozen=True)
class WrittenRelease:
    """One <version>.yml, merged with its base."""

    sheet: Sheet
    manifest: Manifest


@dataclass(frozen=True)
class WrittenApp:
    """One folder below apps/."""

    sheet: Sheet
    file: AppFile
    releases: tuple[WrittenRelease, ...]

    @property
    def newest(self) -> WrittenRelease:
        """Return the release that can be built; the others must be published already."""
        version = newest([release.manifest for release in self.releases]).version
        return next(release for release in self.releases if release.manifest.version == version)


@dataclass(frozen=True)
class Distribution:
    """What pyproject.toml of a source folder says."""

    folder: Path
    name: str
    version: str


@dataclass(frozen=True)
class CatalogSource:
    """The whole source of one mentor's catalog; `folder` is absolute."""

    folder: Path
    sheet: Sheet
    file: CatalogFile
    apps: tuple[WrittenApp, ...]

    @property
    def constraints(self) -> Path | None:
        return self.folder / self.file.constraints if self.file.constraints else None

    @property
    def build_constraints(self) -> Path | None:
        return self.folder / self.file.build_constraints if self.file.build_constraints else None

    @property
    def python_apps(self) -> tuple[WrittenApp, ...]:
        return tuple(app for app in self.apps if app.newest.manifest.runtime == "python")

    @property
    def php_apps(self) -> tuple[WrittenApp, ...]:
        return tuple(app for app in self.apps if app.newest.manifest.runtime == "php")

    def tree(self, app: WrittenApp) -> Path:
        """Return the folder of a PHP app's source; raises InvalidInput (`source-missing`)."""
        folder = (self.folder / app.file.build.source).resolve()
        if not folder.is_dir():
            problem = app.sheet.problem(translate(N_("there is no such folder")), "build", "source")
            raise InvalidInput(
                "source-missing", "{place}", hint="name the folder, relative to catalog.yml", place=problem
            )
        return folder

    def distributions(self, app: WrittenApp) -> list[Distribution]:
        """Return the app's own distribution and its parts; raises InvalidInput (`source-missing`)."""
        build = app.file.build
        return [read_distribution(self.folder / name, app.sheet) for name in (build.source, *build.parts)]


def read_catalog(folder: Path) -> CatalogSource:
    """Read the whole source; raises InvalidInput (`catalog-invalid`) with every error of every file."""
    folder = folder.absolute()
    problems: list[str] = []
    document = _attempt(problems, lambda: read_document(folder / "catalog.yml"))
    file = _attempt(problems, lambda: validate(document, CatalogFile)) if document else None
    bases = {path.stem: _base(path, problems) for path in sorted((folder / "bases").glob("*.yml"))}
    apps = [_app(path, bases, problems) for path in sorted((folder / "apps").glob("*/"))]
    if problems or document is None or file is None:
        raise catalog_invalid(folder, problems)
    sheet = Sheet(folder / "catalog.yml", document)
    return CatalogSource(folder, sheet, file, tuple(app for app in apps if app is not None))


def catalog_invalid(folder: Path, problems: list[str]) -> InvalidInput:
    """Return the error that lists what is wrong with a catalog's source."""
    return InvalidInput(
        "catalog-invalid",
        "{folder} cannot be published: {count} problems",
        hint="correct the places named above, then run: semai publish check",
        details=problems,
        folder=shown_path(folder),
        count=len(problems),
    )


def read_distribution(folder: Path, sheet: Sheet) -> Distribution:
    """Return name and version of the distribution in `folder`, named in `sheet`; raises InvalidInput."""
    path = folder / "pyproject.toml"
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        return Distribution(folder.resolve(), str(project["name"]), str(project["version"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = translate(
            N_("no distribution with a name and a version in {folder}: {reason}"),
            folder=shown_path(folder),
            reason=getattr(error, "strerror", None) or repr(error),
        )
        raise InvalidInput(
            "source-missing",
            "{place}",
            hint="name the folder of a pyproject.toml, relative to catalog.yml",
            place=sheet.problem(problem, "build", "source"),
        ) from error


def _attempt(problems: list[str], read: Callable[[], Value]) -> Value | None:
    try:
        return read()
    except InvalidInput as error:
        problems += error.details or [translate(error.message, **error.fields)]
        return None


def _base(path: Path, problems: list[str]) -> Any:
    def read() -> Any:
        document = read_document(path)
        validate(document, BaseFile)
        if "version" in document.value:
            text = translate(N_("a base has no version; releases have"))
            problems.append(Sheet(path, document).problem(text, "version"))
        return document.value

    return _attempt(problems, read)


def _app(folder: Path, bases: Mapping[str, Any], problems: list[str]) -> WrittenApp | None:
    before = len(problems)
    document = _attempt(problems, lambda: read_document(folder / "app.yml"))
    file = _attempt(problems, lambda: validate(document, AppFile)) if document else None
    paths = [path for path in sorted(folder.glob("*.yml")) if path.name != "app.yml"]
    releases = [release for path in paths if (release := _release(path, bases, problems))]
    if document is None or file is None:
        return None
    sheet = Sheet(folder / "app.yml", document)
    if file.id != folder.name:
        text = translate(N_("the app in the folder {folder} has this id"), folder=folder.name)
        problems.append(sheet.problem(text, "id"))
    if not paths:
        problems.append(sheet.problem(translate(N_("no release beside it: write <version>.yml"))))
    return WrittenApp(sheet, file, tuple(releases)) if len(problems) == before else None


def _release(path: Path, bases: Mapping[str, Any], problems: list[str]) -> WrittenRelease | None:
    document = _attempt(problems, lambda: read_document(path))
    if document is None:
        return None
    sheet = Sheet(path, document)
    value = dict(document.value) if isinstance(document.value, dict) else document.value
    base = value.pop("base", None) if isinstance(value, dict) else None
    if base is not None and base not in bases:
        allowed = ", ".join(sorted(bases)) or "-"
        text = translate(N_("no such base; allowed: {allowed}"), allowed=allowed)
        problems.append(sheet.problem(text, "base"))
        return None
    if base is not None and bases[base] is None:
        return None  # the base's own problems are listed at its lines
    whole = Document(
        document.name,
        merged(bases[base], value) if base is not None else value,
        document.lines,
        document.plain,
        document.problems,
    )
    manifest = _attempt(problems, lambda: validate(whole, Manifest, judge=judge_runtime))
    if manifest is not None and manifest.version != path.stem:
        text = translate(N_("the file {file} holds this version"), file=path.name)
        problems.append(sheet.problem(text, "version"))
        return None
    return WrittenRelease(sheet, _with_templates(manifest, sheet, problems)) if manifest else None


def _with_templates(manifest: Manifest, sheet: Sheet, problems: list[str]) -> Manifest:
    """Return the manifest with the templates of its configuration files read in."""
    texts = {}
    for place, entry in (manifest.php.config if manifest.php else {}).items():
        try:
            texts[place] = template_text(entry, sheet.path.parent)
        except TemplateProblem as problem:
            problems.append(sheet.problem(str(problem), "php", "config", place, "template"))
    return with_texts(manifest, texts)
