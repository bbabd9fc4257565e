"""What the resolver chooses from: identifiers, their candidates in order of preference, and needs as bitmasks.

Every app is an identifier whose candidates are its releases, best first, and a last one for "not installed".
A contract is an identifier too; its candidates are the apps that provide it, so a contract has one provider in
a region. `conflicts` is a need that keeps "not installed". Order: the locked version, then not deprecated, then
newest. Releases a region may not or cannot run are no candidates; the reason is kept for the explanation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from semai.core.catalog import App, AppKey, Index, Release, Status
from semai.messages import N_, translate


@dataclass(frozen=True)
class Platform:
    """The host releases must run on; an empty field is not known and filters nothing."""

    python: str = ""  # "3.11"
    os: str = ""  # "debian-12"
    machine: str = ""  # "x86_64"


class Contract(NamedTuple):
    """Identifier of a contract; its candidates are providers."""

    name: str


class Provider(NamedTuple):
    """One candidate of a contract: an app in those of its releases that provide the same versions."""

    app: AppKey
    versions: tuple[str, ...]


Identifier = AppKey | Contract


class Candidate(NamedTuple):
    """The candidate at `position` in the list of `identifier`."""

    identifier: Identifier
    position: int


class Need(NamedTuple):
    """A requirement: the identifier's candidate must be one of `mask`; `text` says what was asked for."""

    identifier: Identifier
    mask: int
    text: str


class Space:
    """All candidates, their order, and the releases left out with the reason."""

    def __init__(
        self,
        indexes: Mapping[str, Index],
        requests: Mapping[AppKey, SpecifierSet],
        platform: Platform,
        preferred: Mapping[AppKey, str],
    ) -> None:
        self.requests = requests
        self.releases: dict[AppKey, tuple[Release, ...]] = {}
        self.left_out: dict[AppKey, tuple[tuple[Release, str], ...]] = {}  # app -> releases, why
        for mentor in sorted(indexes):
            for app in indexes[mentor].apps:
                key = AppKey(mentor, app.page.id)
                self._add(key, app, platform, preferred.get(key, ""))
        self.providers = self._providers(preferred)
        self._masks: dict[tuple[AppKey, str], int] = {}
        self._needs: dict[Candidate, tuple[Need, ...]] = {}

    def _add(self, key: AppKey, app: App, platform: Platform, locked: str) -> None:
        exact = _exact_versions(self.requests.get(key))
        fit, out = [], []
        for release in app.releases:
            reason = unfit(release, platform, pinned=release.manifest.version in (locked, *exact), locked=locked)
            if reason:
                out.append((release, reason))
            else:
                fit.append(release)
        self.releases[key] = tuple(sorted(fit, key=lambda r: _rank(r, locked), reverse=True))
        self.left_out[key] = tuple(out)

    def _providers(self, preferred: Mapping[AppKey, str]) -> dict[Contract, tuple[Provider, ...]]:
        """Return the providers of each contract: locked ones first, then requested ones, then by name."""
        found: dict[Contract, dict[Provider, None]] = {}
        order = sorted(self.releases, key=lambda key: (key not in preferred, key not in self.requests, key))
        for key in order:
            for release in self.releases[key]:
                for name, versions in release.manifest.provides.items():
                    found.setdefault(Contract(name), {})[Provider(key, versions)] = None
        return {contract: tuple(providers) for contract, providers in found.items()}

    def size(self, identifier: Identifier) -> int:
        """Return how many candidates there are; an app's last one means it is not installed."""
        if isinstance(identifier, Contract):
            return len(self.providers.get(identifier, ()))
        return len(self.releases.get(identifier, ())) + 1

    def is_absent(self, candidate: Candidate) -> bool:
        """Tell whether the candidate stands for "not installed"."""
        identifier = candidate.identifier
        return isinstance(identifier, AppKey) and candidate.position == len(self.releases.get(identifier, ()))

    def allowed(self, identifier: Identifier, mask: int) -> list[Candidate]:
        """Return the candidates of `mask`, best first; an app nobody needs is best left out."""
        found = [Candidate(identifier, i) for i in range(self.size(identifier)) if mask >> i & 1]
        if found and self.is_absent(found[-1]):
            found.insert(0, found.pop())
        return found

    def release(self, candidate: Candidate) -> Release:
        """Return the release an app's candidate stands for."""
        assert isinstance(candidate.identifier, AppKey)
        return self.releases[candidate.identifier][candidate.position]

    def need(self, key: AppKey, specifier: str) -> Need:
        """Return the requirement that `key` is installed in a version of `specifier`."""
        return Need(key, self._mask(key, specifier), f"{key} {specifier or '*'}")

    def needs_of(self, candidate: Candidate) -> tuple[Need, ...]:
        """Return what choosing `candidate` demands."""
        known = self._needs.get(candidate)
        if known is None:
            known = self._needs[candidate] = tuple(self._demands(candidate))
        return known

    def _mask(self, key: AppKey, specifier: str) -> int:
        mask = self._masks.get((key, specifier))
        if mask is None:
            allowed = SpecifierSet(specifier)
            releases = self.releases.get(key, ())
            mask = sum(1 << i for i, r in enumerate(releases) if allowed.contains(r.version, prereleases=True))
            self._masks[key, specifier] = mask
        return mask

    def _demands(self, candidate: Candidate) -> Iterator[Need]:
        identifier = candidate.identifier
        if isinstance(identifier, Contract):
            yield self._provided_by(identifier, self.providers[identifier][candidate.position])
            return
        if self.is_absent(candidate):
            return
        manifest = self.release(candidate).manifest
        for app, specifier in manifest.requires.items():
            yield self.need(AppKey(identifier.mentor, app), specifier)
        for name, consumed in manifest.consumes.items():
            if not consumed.optional:
                yield self._contract(identifier, name, consumed.version)
        for app, specifier in manifest.conflicts.items():
            key = AppKey(identifier.mentor, app)
            absent = 1 << len(self.releases.get(key, ()))
            mask = ((absent - 1) & ~self._mask(key, specifier)) | absent
            yield Need(key, mask, translate(N_("{app} outside {range}"), app=key, range=specifier or "*"))

    def _provided_by(self, contract: Contract, provider: Provider) -> Need:
        releases = self.releases[provider.app]
        mask = sum(
            1 << i for i, r in enumerate(releases) if r.manifest.provides.get(contract.name) == provider.versions
        )
        return Need(provider.app, mask, f"{provider.app} ({contract.name} {', '.join(provider.versions)})")

    def _contract(self, consumer: AppKey, name: str, specifier: str) -> Need:
        """Return the need for a provider: a requested app, or one of the consumer's own mentor; never one that
        another mentor merely offers."""
        contract, mask = Contract(name), 0
        for i, provider in enumerate(self.providers.get(contract, ())):
            trusted = provider.app.mentor == consumer.mentor or provider.app in self.requests
            if trusted and best_version(provider.versions, specifier):
                mask |= 1 << i
        return Need(contract, mask, translate(N_("contract {name} {range}"), name=name, range=specifier))


def unfit(release: Release, platform: Platform, *, pinned: bool, locked: str) -> str:
    """Return why a release may not or cannot be chosen on `platform`, translated, or "" when it may."""
    standing, manifest = release.standing, release.manifest
    if standing.status in (Status.draft, Status.withdrawn) or (standing.status is Status.candidate and not pinned):
        return _standing_text(release)
    if standing.status is Status.retired and manifest.version != locked:
        return _standing_text(release)
    return _unfit_on(release, platform)


def _unfit_on(release: Release, platform: Platform) -> str:
    manifest = release.manifest
    if platform.python and not SpecifierSet(manifest.needs.python).contains(platform.python, prereleases=True):
        return translate(
            N_("needs Python {range}, the host has {found}"), range=manifest.needs.python, found=platform.python
        )
    if platform.os and platform.os not in manifest.needs.platforms:
        return translate(
            N_("runs on {platforms}, the host is {found}"),
            platforms=", ".join(manifest.needs.platforms),
            found=platform.os,
        )
    builds = [a for a in release.artifacts if a.kind == "requirements"]
    known = bool(builds and platform.python and platform.machine)
    if known and not any(a.suits(platform.python, platform.machine) for a in builds):
        python, machine = platform.python, platform.machine
        return translate(N_("was not built for Python {python} on {machine}"), python=python, machine=machine)
    return ""


def best_version(versions: Iterable[str], specifier: str) -> str:
    """Return the highest of a contract's `versions` within `specifier`, or "" when none fits."""
    allowed = SpecifierSet(specifier)
    fit = [Version(v) for v in versions if allowed.contains(v, prereleases=True)]
    return str(max(fit)) if fit else ""


def _standing_text(release: Release) -> str:
    standing = release.standing
    reason = f": {standing.reason}" if standing.reason else ""
    successor = f" (→ {standing.successor})" if standing.successor else ""
    return translate(N_("is {status}"), status=standing.status.value) + reason + successor


def _rank(release: Release, locked: str) -> tuple[bool, bool, Version]:
    return release.manifest.version == locked, release.standing.status is not Status.deprecated, release.version


def _exact_versions(request: SpecifierSet | None) -> tuple[str, ...]:
    return tuple(s.version for s in request or () if s.operator in ("==", "===") and "*" not in s.version)
