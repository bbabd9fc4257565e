"""Which releases fit together: requests and contracts in, one release per app out.

The search is resolvelib's (0.8 to 1.2) over the candidates of core/candidates.py; what it calls impossible is
tried once more by core/exhaustive.py before core/refusals.py says why. The answer depends on the arguments alone:
same catalogs, same requests, same releases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from packaging.specifiers import SpecifierSet
from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible, ResolutionTooDeep, resolvers

from semai.core.candidates import Candidate, Contract, Identifier, Need, Platform, Space, best_version
from semai.core.catalog import AppKey, Index, Release
from semai.core.exhaustive import Exhaustive
from semai.core.refusals import Cause, NoAnswer, explain
from semai.errors import CannotResolve, InvalidInput
from semai.messages import N_

__all__ = ["Chosen", "Platform", "Resolution", "Wiring", "resolve"]

MAX_ROUNDS = 1_000_000  # rounds do not bound time; `expired` does


class Chosen(NamedTuple):
    """A release in the answer and why it is there."""

    release: Release
    because: tuple[str, ...]  # "requested", "required by a/b", "provides c.d to a/b"


class Wiring(NamedTuple):
    """Who serves a contract to one consumer, and in which version of the contract."""

    provider: AppKey
    version: str


@dataclass(frozen=True)
class Resolution:
    """One release per app, and each consumer's contracts."""

    apps: Mapping[AppKey, Chosen]
    contracts: Mapping[AppKey, Mapping[str, Wiring]]


def never() -> bool:
    """Return False: no deadline."""
    return False


def resolve(
    indexes: Mapping[str, Index],
    requests: Mapping[AppKey, SpecifierSet],
    platform: Platform | None = None,
    preferred: Mapping[AppKey, str] | None = None,
    *,
    expired: Callable[[], bool] = never,
) -> Resolution:
    """Choose releases for `requests` from the trusted `indexes`, keyed by mentor.

    `preferred` maps apps to their locked versions: kept where possible; a retired release is allowed only there.
    `expired` is asked often and ends the search with `resolve-timeout`. Raises InvalidInput (`unknown-app`,
    `unknown-mentor`) and CannotResolve (`unsatisfiable`), which names the smallest set of requests that clash.
    """
    _check_known(indexes, requests)
    space = Space(indexes, requests, platform or Platform(), preferred or {})
    needs = [space.need(key, str(spec)) for key, spec in sorted(requests.items(), key=lambda item: item[0])]
    try:
        pins = search(space, needs, expired)
    except NoAnswer as error:
        raise explain(space, needs, error, lambda some: search(space, some, expired)) from error
    return _resolution(space, pins)


def search(space: Space, needs: Sequence[Need], expired: Callable[[], bool]) -> dict[Identifier, Candidate]:
    """Return a candidate per identifier; raise NoAnswer, or CannotResolve when time is up."""
    # Resolver.resolve() would add a walk over pins nobody needs any more; in a circle of them it never ends.
    state: Any = resolvers.Resolution(_Rules(space, expired), BaseReporter())
    try:
        return dict(state.resolve(needs, max_rounds=MAX_ROUNDS).mapping)
    except ResolutionImpossible as error:
        pins = Exhaustive(space, lambda: _check_time(expired)).answer(needs)
        if pins is None:
            raise NoAnswer(Cause(cause.parent, cause.requirement) for cause in error.causes) from error
        return pins
    except ResolutionTooDeep as error:
        raise _timeout() from error


class _Rules(AbstractProvider):  # type: ignore[misc]
    """What resolvelib (0.8 to 1.2) asks."""

    def __init__(self, space: Space, expired: Callable[[], bool]) -> None:
        self._space = space
        self._expired = expired

    def identify(self, requirement_or_candidate: Need | Candidate) -> Identifier:
        return requirement_or_candidate.identifier

    def get_preference(
        self,
        identifier: Identifier,
        resolutions: Mapping[Identifier, Candidate],
        candidates: Mapping[Identifier, Iterator[Candidate]],
        information: Mapping[Identifier, Iterator[Any]],
        backtrack_causes: Sequence[Any],
    ) -> tuple[bool, bool, int, Identifier]:
        mask = (1 << self._space.size(identifier)) - 1
        for item in information[identifier]:
            mask &= item.requirement.mask
        blamed = any(cause.requirement.identifier == identifier for cause in backtrack_causes)
        return not blamed, isinstance(identifier, Contract), mask.bit_count(), identifier

    def find_matches(
        self,
        identifier: Identifier,
        requirements: Mapping[Identifier, Iterator[Need]],
        incompatibilities: Mapping[Identifier, Iterator[Candidate]],
    ) -> list[Candidate]:
        _check_time(self._expired)
        size = self._space.size(identifier)
        mask = (1 << size) - 1
        for need in requirements[identifier]:
            mask &= need.mask
        for bad in incompatibilities[identifier]:
            mask &= ~(1 << bad.position)
        return self._space.allowed(identifier, mask)

    def is_satisfied_by(self, requirement: Need, candidate: Candidate) -> bool:
        return bool(requirement.mask >> candidate.position & 1)

    def get_dependencies(self, candidate: Candidate) -> Sequence[Need]:
        return self._space.needs_of(candidate)


def _check_known(indexes: Mapping[str, Index], requests: Mapping[AppKey, SpecifierSet]) -> None:
    for key in sorted(requests):
        if key.mentor not in indexes:
            raise InvalidInput(
                "unknown-mentor",
                "no mentor {mentor} is trusted here, so {app} cannot be found",
                hint="semai mentor list",
                mentor=key.mentor,
                app=str(key),
            )
        if indexes[key.mentor].app(key.id) is None:
            raise InvalidInput(
                "unknown-app",
                "no app {app} in any trusted catalog",
                hint="semai catalog search {app}",
                app=str(key),
            )


# Written into semai.lock in English and retold where they are shown.
BECAUSE = (N_("requested"), N_("required by {app}"), N_("provides {contract} to {app}"))


def _resolution(space: Space, pins: Mapping[Identifier, Candidate]) -> Resolution:
    because: dict[AppKey, list[str]] = {}
    wired: dict[AppKey, dict[str, Wiring]] = {}
    waiting = [(key, "requested") for key in sorted(space.requests)]
    while waiting:
        key, reason = waiting.pop(0)
        seen = key in because
        reasons = because.setdefault(key, [])
        if reason not in reasons:
            reasons.append(reason)
        if seen:
            continue
        manifest = space.release(pins[key]).manifest
        waiting += [(AppKey(key.mentor, app), f"required by {key}") for app in sorted(manifest.requires)]
        for name, consumed in sorted(manifest.consumes.items()):
            if not consumed.optional:
                provider = space.providers[Contract(name)][pins[Contract(name)].position]
                wired.setdefault(key, {})[name] = Wiring(
                    provider.app, best_version(provider.versions, consumed.version)
                )
                waiting.append((provider.app, f"provides {name} to {key}"))
    apps = {key: Chosen(space.release(pins[key]), tuple(because[key])) for key in sorted(because)}
    _wire_optional(apps, wired)
    return Resolution(apps, {key: dict(sorted(wired[key].items())) for key in sorted(wired)})


def _wire_optional(apps: Mapping[AppKey, Chosen], wired: dict[AppKey, dict[str, Wiring]]) -> None:
    """Give each optional consumer a provider that is there anyway: one already in use, else its own mentor's."""
    in_use = {(name, wiring.provider) for wirings in wired.values() for name, wiring in wirings.items()}
    for key, chosen in apps.items():
        for name, consumed in chosen.release.manifest.consumes.items():
            if not consumed.optional:
                continue
            fit = [
                (((name, other) not in in_use, other.mentor != key.mentor, other), Wiring(other, version))
                for other, provider in apps.items()
                if (version := best_version(provider.release.manifest.provides.get(name, ()), consumed.version))
            ]
            if fit:
                wired.setdefault(key, {})[name] = min(fit)[1]


def _check_time(expired: Callable[[], bool]) -> None:
    if expired():
        raise _timeout()


def _timeout() -> CannotResolve:
    return CannotResolve(
        "resolve-timeout",
        "no answer within the time allowed: too many releases could fit together",
        hint="ask for narrower versions, for example semai add 'APP>=2026.11'",
    )
