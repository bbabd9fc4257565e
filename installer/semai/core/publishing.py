"""A mentor's catalog from its YAML to the signed index: source models, merging, joining, comparing. Pure.

Only the release whose version its distribution has now can be built; older ones live on in the published index and
must not change there. Statuses are written in app.yml, so they may change at any time without touching a release.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from packaging.version import Version
from pydantic import Field

from semai.core.catalog import (
    App,
    AppId,
    AppPage,
    Artifact,
    CanonicalVersion,
    Command,
    Commands,
    Index,
    Manifest,
    Release,
    Standing,
    Wire,
    Written,
    plain,
    release_digest,
)
from semai.core.publishing_php import with_published_presets
from semai.errors import InvalidInput
from semai.messages import N_, translate

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
MACHINES = ("x86_64", "aarch64")


class Target(NamedTuple):
    """A kind of host to build for, written `3.11/x86_64`."""

    python: str
    machine: str

    def __str__(self) -> str:
        return f"{self.python}/{self.machine}"


TARGETS = tuple(Target(python, machine) for python in PYTHONS for machine in MACHINES)


class CatalogFile(Written):
    """catalog.yml: who the mentor is and how its releases are built. Paths are relative to the file."""

    schema_version: int = Field(default=1, alias="schema", ge=1, le=1)
    id: AppId
    name: str = Field(min_length=1)
    region_code: str = Field(pattern=r"^[1-9][0-9](\.[0-9]{2})?$")
    urls: tuple[str, ...] = ()  # where the published folder can be reached; a hint for adopters
    constraints: str = ""  # requirements file with hashes: every wheel of every Python release comes from it
    build_constraints: str = ""  # the same for what builds the apps' own wheels


class Build(Written):
    """How an app's release is made. Paths are relative to catalog.yml."""

    source: str  # folder of the app's distribution, or of its PHP tree
    parts: tuple[str, ...] = ()  # folders of distributions built with it, such as the kit
    exclude: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = ()  # of a PHP tree: what stays out
    static: Command | None = None  # command that collects static files; the folder is added as its last word


class AppFile(AppPage):
    """app.yml: the app's page, how it is built, and where its releases stand."""

    build: Build
    standings: dict[CanonicalVersion, Standing] = {}

    def page(self) -> AppPage:
        """Return the part that adopters see."""
        return AppPage.model_validate(self.model_dump(mode="json", by_alias=True, exclude={"build", "standings"}))


class BaseFile(Manifest):
    """bases/<name>.yml: what releases have in common; any key of a manifest but its version."""

    version: CanonicalVersion = "0"
    commands: Commands = Commands(serve=("-",))


class BuiltApp(Wire):
    """An app as built: its newest release with artifacts, and manifests that must be published already."""

    page: AppPage
    standings: dict[str, Standing] = {}
    release: Release
    older: tuple[Manifest, ...] = ()


class BuiltCatalog(Wire):
    """What `build` leaves for `sign`."""

    schema_version: int = Field(default=1, alias="schema")
    mentor: AppId
    name: str
    region_code: str
    urls: tuple[str, ...] = ()
    apps: tuple[BuiltApp, ...] = ()


def merged(base: Any, over: Any) -> Any:
    """Return `over` laid on `base`: mappings key by key, everything else replaced."""
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}
    return over


def built_release(manifest: Manifest, artifacts: Sequence[Artifact]) -> Release:
    """Return the release with its artifacts in their one order and its digest."""
    ordered = tuple(sorted(artifacts, key=lambda a: (a.kind, a.file, a.sha256)))
    return Release(manifest=manifest, digest=release_digest(manifest, ordered), artifacts=ordered)


def join(built: BuiltCatalog, published: Index | None) -> Index:
    """Return the next index: what is published, with new releases added and pages and statuses brought up to date.

    Raises InvalidInput (`release-changed`, `release-not-published`, `mentor-changed`), naming every difference.
    """
    if published is not None and published.mentor != built.mentor:
        raise InvalidInput(
            "mentor-changed",
            "this folder publishes the catalog of {found}, not of {mentor}",
            hint="publish another mentor's catalog into another folder",
            found=published.mentor,
            mentor=built.mentor,
        )
    before = {app.page.id: app for app in published.apps} if published else {}
    _check_unchanged(built, before)
    apps = {**before, **{app.page.id: _joined(app, before.get(app.page.id)) for app in built.apps}}
    return Index(
        mentor=built.mentor,
        name=built.name,
        region_code=built.region_code,
        apps=tuple(apps[app_id] for app_id in sorted(apps)),
    )


def pack(index: Index) -> bytes:
    """Return index.json.gz: the same bytes for the same index."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        file.write(index.canonical())
    return packed.getvalue()


def differences(old: Release, new: Release) -> list[str]:
    """Return one line per key of the manifest and per file in which two releases differ."""
    lines = []
    before, after = plain(old.manifest), plain(new.manifest)
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            lines.append(translate(N_("{key} of the manifest differs"), key=key))
    old_files, new_files = _by_file(old), _by_file(new)
    for file in sorted({*old_files, *new_files}):
        if old_files.get(file) == new_files.get(file):
            continue
        if file not in new_files:
            lines.append(translate(N_("{file} is missing now"), file=file))
        elif file not in old_files:
            lines.append(translate(N_("{file} is new"), file=file))
        else:
            lines.append(translate(N_("{file} has other content"), file=file))
    return lines


def _joined(built: BuiltApp, published: App | None) -> App:
    releases = {release.manifest.version: release for release in (published.releases if published else ())}
    releases.setdefault(built.release.manifest.version, built.release)
    newest_first = sorted(releases.values(), key=lambda release: release.version, reverse=True)
    standings = built.standings
    return App(
        page=built.page,
        releases=tuple(
            release.model_copy(update={"standing": standings.get(release.manifest.version, Standing())})
            for release in newest_first
        ),
    )


def _check_unchanged(built: BuiltCatalog, before: Mapping[str, App]) -> None:
    changed = [line for app in built.apps for line in _changes(app, before.get(app.page.id))]
    if changed:
        raise InvalidInput(
            "release-changed",
            "a published release never changes, but these differ: {releases}",
            hint="give what changed a new version, or build from the source that was published",
            details=[f"{release}: {line}" for release, line in changed],
            releases=", ".join(dict.fromkeys(release for release, _ in changed)),
        )
    missing = [
        f"{app.page.id} {manifest.version}"
        for app in built.apps
        for manifest in app.older
        if (old := before.get(app.page.id)) is None or old.release(manifest.version) is None
    ]
    if missing:
        raise InvalidInput(
            "release-not-published",
            "only the newest release of an app can be built, and these were never published: {releases}",
            hint="remove their files, or publish into the folder that has them",
            releases=", ".join(missing),
        )


def _changes(app: BuiltApp, published: App | None) -> Iterator[tuple[str, str]]:
    if published is None:
        return
    for new in (app.release, *(Release(manifest=older, digest="0" * 64) for older in app.older)):
        old = published.release(new.manifest.version)
        if old is None or old.digest == new.digest:
            continue
        if new is not app.release:  # built long ago: only what is written can be compared
            written = with_published_presets(new.manifest, old.manifest)
            new = new.model_copy(update={"artifacts": old.artifacts, "manifest": written})
        for line in differences(old, new):
            yield f"{app.page.id} {new.manifest.version}", line


def _by_file(release: Release) -> dict[str, list[tuple[str, Any]]]:
    """Return the content and hosts of each file name; several targets may have a file of the same name."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for artifact in sorted(release.artifacts, key=lambda a: a.sha256):
        found.setdefault(artifact.file, []).append((artifact.sha256, artifact.when))
    return found


def newest(manifests: Sequence[Manifest]) -> Manifest:
    """Return the manifest with the highest version."""
    return max(manifests, key=lambda manifest: Version(manifest.version))
