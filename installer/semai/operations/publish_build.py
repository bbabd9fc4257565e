"""`semai publish build`: make the newest release of every app, for every kind of host asked for.

A Python app becomes wheels per kind of host, a PHP app one archive of its tree, which suits all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from semai.adapters.building import Workshop, this_machine
from semai.adapters.catalog_source import CatalogSource, Distribution, WrittenApp
from semai.adapters.files import write_atomic
from semai.adapters.locking import locked
from semai.adapters.wheels import Wheel
from semai.core.catalog import Artifact, When, canonical_json, plain
from semai.core.publishing import MACHINES, TARGETS, BuiltApp, BuiltCatalog, Target, built_release
from semai.errors import InvalidInput
from semai.messages import N_
from semai.operations.publish_trees import tree_of

Say = Callable[..., None]  # an English msgid and its fields

_THREADS = 6  # most of the time is spent waiting for uv and the index
_WAIT_SECONDS = 600.0

Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Built:
    """What was built and where `sign` finds it."""

    catalog: BuiltCatalog
    path: Path
    targets: tuple[Target, ...]
    files: int
    size: int  # bytes of all different files


def built_path(folder: Path, mentor: str) -> Path:
    """Return where `build` leaves a mentor's catalog for `sign`."""
    return folder / f"{mentor}.json"


def parse_targets(texts: Iterable[str]) -> tuple[Target, ...]:
    """Return the targets written as `3.11/x86_64`; all of them when none is written. Raises InvalidInput."""
    known = {str(target): target for target in TARGETS}
    wanted = list(dict.fromkeys(texts))
    for text in wanted:
        if text not in known:
            raise InvalidInput(
                "unknown-target",
                "{target} is no target; allowed: {allowed}",
                hint="for example: --target 3.11/x86_64",
                target=text,
                allowed=", ".join(known),
            )
    return tuple(known[text] for text in wanted) or TARGETS


def build(source: CatalogSource, folder: Path, targets: Sequence[Target], say: Say) -> Built:
    """Make all files into the build folder and write the built catalog there.

    Raises OperationFailed (`uv-failed`, `collect-static-failed`, …), TrustRefused (`wheel-not-pinned`, …),
    NetworkFailed, Locked.
    """
    with locked(folder / ".lock", "semai publish build", wait_seconds=_WAIT_SECONDS):
        catalog = _Bench(source, folder, targets, say).catalog()
        path = built_path(folder, catalog.mentor)
        write_atomic(path, canonical_json(plain(catalog)))
    files = {artifact.sha256: artifact.size for app in catalog.apps for artifact in app.release.artifacts}
    return Built(catalog, path, tuple(targets), len(files), sum(files.values()))


class _Bench:
    """One build: what was made so far, by app."""

    def __init__(self, source: CatalogSource, folder: Path, targets: Sequence[Target], say: Say) -> None:
        self.source = source
        self.targets = tuple(targets)
        self.say = say
        self.workshop = Workshop(folder, source.constraints, source.build_constraints)
        # Static files are collected here, so this machine's wheels are needed even when it is no target.
        collects = any(app.file.build.static for app in source.python_apps)
        self.resolved = tuple(dict.fromkeys((*self.targets, *([this_machine()] if collects else []))))

    def catalog(self) -> BuiltCatalog:
        made = {app.file.id: self._tree(app) for app in self.source.php_apps}
        if self.source.python_apps:
            made |= self._python()
        file = self.source.file
        return BuiltCatalog(
            mentor=file.id,
            name=file.name,
            region_code=file.region_code,
            urls=file.urls,
            apps=tuple(self._app(app, made[app.file.id]) for app in self.source.apps),
        )

    def _tree(self, app: WrittenApp) -> list[Artifact]:
        self.say(N_("packing {names}"), names=app.file.id)
        digest = tree_of(self.source, app).pack(self.workshop.store)
        folder = f"apps/{app.file.id}/{app.newest.manifest.version}"
        return [self._artifact("tree", folder, "tree.tar.gz", digest)]

    def _python(self) -> dict[str, list[Artifact]]:
        """Return the artifacts of each Python app, by its id."""
        own = self._own_wheels()
        wheels = self._dependencies(own)
        tools = {target.machine: self.workshop.tool(target) for target in self.targets}
        self._fetch([*(wheel for found in wheels.values() for wheel in found), *tools.values()])
        static = self._static(wheels)
        return {
            app.file.id: self._placed(app, wheels, tools, static.get(app.file.id, ""))
            for app in self.source.python_apps
        }

    def _own_wheels(self) -> dict[str, list[Wheel]]:
        """Return each app's own wheels; a part that several apps share is built once."""
        wanted = {app.file.id: self.source.distributions(app) for app in self.source.python_apps}
        every = list(dict.fromkeys(part for parts in wanted.values() for part in parts))
        self.say(N_("building {names}"), names=", ".join(part.name for part in every))
        made: Mapping[Distribution, Wheel] = _each(every, self.workshop.wheel)
        return {app_id: [made[part] for part in parts] for app_id, parts in wanted.items()}

    def _dependencies(self, own: Mapping[str, list[Wheel]]) -> dict[tuple[str, Target], list[Wheel]]:
        pairs = [(app_id, target) for app_id in own for target in self.resolved]
        self.say(
            N_("resolving {count} apps for {targets}"), count=len(own), targets=", ".join(map(str, self.targets))
        )
        found = _each(pairs, lambda pair: self.workshop.dependencies(own[pair[0]], pair[1]))
        return {pair: [*own[pair[0]], *found[pair]] for pair in pairs}

    def _fetch(self, wheels: Iterable[Wheel]) -> None:
        missing = {w.sha256: w for w in wheels if not self.workshop.store.has(w.sha256)}
        if missing:
            self.say(N_("fetching {count} wheels"), count=len(missing))
            _each(list(missing), lambda digest: self.workshop.fetch(missing[digest]))

    def _static(self, wheels: Mapping[tuple[str, Target], list[Wheel]]) -> dict[str, str]:
        wanted = {app.file.id: app.file.build.static for app in self.source.python_apps if app.file.build.static}
        if wanted:
            self.say(N_("collecting static files of {names}"), names=", ".join(wanted))
        here = this_machine()
        return _each(list(wanted), lambda app_id: self.workshop.static(wheels[app_id, here], wanted[app_id] or ()))

    def _app(self, app: WrittenApp, artifacts: Sequence[Artifact]) -> BuiltApp:
        newest = app.newest.manifest
        others = [r.manifest for r in app.releases if r.manifest.version != newest.version]
        return BuiltApp(
            page=app.file.page(),
            standings=app.file.standings,
            release=built_release(newest, artifacts),
            older=tuple(others),
        )

    def _placed(
        self,
        app: WrittenApp,
        wheels: Mapping[tuple[str, Target], list[Wheel]],
        tools: Mapping[str, Wheel],
        static: str,
    ) -> list[Artifact]:
        """Return a Python app's artifacts, each with the hosts it is for."""
        app_id = app.file.id
        folder = f"apps/{app_id}/{app.newest.manifest.version}"
        hosts: dict[str, list[Target]] = {}
        known: dict[str, Artifact] = {}
        for target in self.targets:
            found = wheels[app_id, target]
            artifacts = [self._wheel("wheel", wheel) for wheel in found]
            artifacts.append(self._wheel("tool", tools[target.machine]))
            requirements = self.workshop.requirements(found)
            artifacts.append(self._artifact("requirements", folder, "requirements.txt", requirements))
            if static:
                artifacts.append(self._artifact("static", folder, "static.tar.gz", static))
            for artifact in artifacts:
                known[artifact.sha256] = artifact
                hosts.setdefault(artifact.sha256, []).append(target)
        return [a.model_copy(update={"when": when_for(hosts[a.sha256])}) for a in known.values()]

    def _wheel(self, kind: str, wheel: Wheel) -> Artifact:
        return self._artifact(kind, f"wheels/{wheel.name}/{wheel.version}", wheel.file, wheel.sha256)

    def _artifact(self, kind: str, folder: str, file: str, digest: str) -> Artifact:
        size = self.workshop.store.path(digest).stat().st_size
        name = f"{folder}/{digest}.{file.lower()}"
        return Artifact.model_validate({"kind": kind, "name": name, "file": file, "size": size, "sha256": digest})


def when_for(hosts: Sequence[Target]) -> tuple[When, ...]:
    """Return the shortest true answer to "which hosts need this file": an empty entry when all there are do."""
    wanted = set(hosts)
    if wanted == set(TARGETS):
        return (When(),)
    answer = []
    for machine in MACHINES:
        pythons = [target.python for target in TARGETS if target.machine == machine and target in wanted]
        if len(pythons) == len(TARGETS) // len(MACHINES):
            answer.append(When(machine=machine))
        else:
            answer += [When(python=python, machine=machine) for python in pythons]
    return tuple(answer)


def _each(items: Sequence[Item], make: Callable[[Item], Made]) -> dict[Item, Made]:
    """Return `make` of every item, several at a time; the first failure in order is raised."""
    with ThreadPoolExecutor(_THREADS) as pool:
        return dict(zip(items, pool.map(make, items), strict=True))
