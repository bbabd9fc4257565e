"""`semai publish check`: everything that can be known to be wrong before building, all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import SpecifierSet

from semai.adapters.catalog_source import (
    CatalogSource,
    Distribution,
    WrittenApp,
    WrittenRelease,
    catalog_invalid,
    read_catalog,
)
from semai.adapters.source_scan import scan
from semai.core.candidates import best_version
from semai.core.catalog import Manifest, Release, Standing, Status
from semai.core.questions import Refused, check_answer
from semai.core.sample import config_problems, template_problems
from semai.core.upgrade_path import upgrade_path
from semai.errors import CannotResolve, InvalidInput
from semai.messages import N_, translate
from semai.operations.publish_trees import check_tree

_LEFT = (Status.draft, Status.retired, Status.withdrawn)  # nobody has to find a way from these


@dataclass(frozen=True)
class Checked:
    """A catalog's source without any known problem."""

    source: CatalogSource
    releases: int
    distributions: int
    remarks: tuple[str, ...] = ()  # `file:line: text` of what stops nothing


def check(folder: Path) -> Checked:
    """Read and judge a catalog's source; raises InvalidInput (`catalog-invalid`) with every problem found."""
    source = read_catalog(folder)
    newest = {app.file.id: app.newest.manifest for app in source.apps}
    problems = [*_requirements_files(source)]
    for app in source.apps:
        problems += [*_standings(app), *_upgrades(app)]
        for release in app.releases:
            problems += _questions(release)
        problems += [*_relations(app.newest, newest)]
    for app in source.python_apps:
        problems += _sources(source, app)
    by_id = {app.file.id: app for app in source.apps}
    for app_id, name, error in template_problems(source.file.id, newest):
        problem = str(error.fields.get("problem", error))
        problems.append(by_id[app_id].newest.sheet.problem(problem, "environment", name))
    for app_id, place, error in config_problems(source.file.id, newest):
        problem = str(error.fields.get("problem") or translate(error.message, **error.fields))
        problems.append(by_id[app_id].newest.sheet.problem(problem, "php", "config", place))
    folders = sorted({part.folder for app in source.python_apps for part in _known_distributions(source, app)})
    problems += [problem for path in folders for problem in scan(path)]
    trees = [check_tree(source, app) for app in source.php_apps]
    problems += [problem for tree in trees for problem in tree.problems]
    if problems:
        raise catalog_invalid(source.folder, problems)
    remarks = tuple(remark for tree in trees for remark in tree.remarks)
    return Checked(source, sum(len(app.releases) for app in source.apps), len(folders) + len(trees), remarks)


def _requirements_files(source: CatalogSource) -> Iterator[str]:
    if source.constraints is None and source.python_apps:
        text = translate(N_("is missing; {app} is a Python app"), app=source.python_apps[0].file.id)
        yield source.sheet.problem(text, "constraints")
    for key, path in (("constraints", source.constraints), ("build_constraints", source.build_constraints)):
        if path is not None and not path.is_file():
            yield source.sheet.problem(translate(N_("there is no such file")), key)


def _known_distributions(source: CatalogSource, app: WrittenApp) -> list[Distribution]:
    try:
        return source.distributions(app)
    except InvalidInput:
        return []


def _sources(source: CatalogSource, app: WrittenApp) -> Iterator[str]:
    """Judge whether the distributions exist and the app's own has the version of the newest release."""
    try:
        own = source.distributions(app)[0]
    except InvalidInput as error:
        yield translate(error.message, **error.fields)
        return
    version = app.newest.manifest.version
    if own.version != version:
        text = translate(
            N_("{project} in {folder} has version {found}; the newest release must be the same"),
            project=own.name,
            folder=app.file.build.source,
            found=own.version,
        )
        yield app.newest.sheet.problem(text, "version")


def _standings(app: WrittenApp) -> Iterator[str]:
    versions = {release.manifest.version for release in app.releases}
    allowed = ", ".join(sorted(versions))
    for version, standing in app.file.standings.items():
        if version not in versions:
            yield app.sheet.problem(
                translate(N_("no such release; allowed: {allowed}"), allowed=allowed), "standings", version
            )
        if standing.successor and standing.successor not in versions:
            text = translate(N_("no such release; allowed: {allowed}"), allowed=allowed)
            yield app.sheet.problem(text, "standings", version, "successor")


def _upgrades(app: WrittenApp) -> Iterator[str]:
    """Judge whether every release still in use leads to the newest one."""
    releases = [_as_release(app, release.manifest) for release in app.releases]
    newest = app.newest
    for release in releases:
        if release.manifest.version == newest.manifest.version or release.standing.status in _LEFT:
            continue
        try:
            upgrade_path(app.file.id, releases, release.manifest.version, newest.manifest.version)
        except CannotResolve as error:
            text = translate(error.message, **error.fields)
            yield newest.sheet.problem(text, "lifecycle", "upgrade_from")


def _as_release(app: WrittenApp, manifest: Manifest) -> Release:
    standing = app.file.standings.get(manifest.version, Standing())
    return Release(manifest=manifest, digest="0" * 64, standing=standing)


def _questions(release: WrittenRelease) -> Iterator[str]:
    for name, question in release.manifest.questions.items():
        if question.type == "choice" and not question.choices:
            yield release.sheet.problem(translate(N_("needs choices")), "questions", name)
        elif question.default is not None:
            try:
                check_answer(question, question.default)
            except Refused as refused:
                yield release.sheet.problem(str(refused), "questions", name, "default")


def _relations(release: WrittenRelease, newest: dict[str, Manifest]) -> Iterator[str]:
    """Judge whether what the newest release requires and reads is in the newest releases of this catalog."""
    for app, specifier in release.manifest.requires.items():
        found = newest.get(app)
        if found is None:
            text = translate(N_("no such app; allowed: {allowed}"), allowed=", ".join(newest))
            yield release.sheet.problem(text, "requires", app)
        elif not SpecifierSet(specifier).contains(found.version, prereleases=True):
            text = translate(
                N_("{range} excludes its newest release {version}"), range=specifier, version=found.version
            )
            yield release.sheet.problem(text, "requires", app)
    for app in release.manifest.conflicts:
        if app not in newest:
            text = translate(N_("no such app; allowed: {allowed}"), allowed=", ".join(newest))
            yield release.sheet.problem(text, "conflicts", app)
    for contract, consumed in release.manifest.consumes.items():
        offered = [v for manifest in newest.values() for v in manifest.provides.get(contract, ())]
        if not consumed.optional and not best_version(offered, consumed.version):
            text = translate(
                N_("no app of this catalog provides it in {range}; provided: {offered}"),
                range=consumed.version,
                offered=", ".join(sorted(offered)) or "-",
            )
            yield release.sheet.problem(text, "consumes", contract)
