"""Why nothing fits: the smallest set of requests that clash, what they demand, and releases that were left out.

resolvelib's causes alone mislead (they name the last conflict met), so requests are dropped and the search repeated
until only those are left that cannot go together; the causes of that small search are then to the point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from semai.core.candidates import Candidate, Contract, Identifier, Need, Space
from semai.core.catalog import AppKey
from semai.errors import CannotResolve
from semai.messages import N_, translate

Search = Callable[[Sequence[Need]], Mapping[Identifier, Candidate]]

MOST_LINES = 12


class Cause(NamedTuple):
    """A need that could not be met, and the candidate that has it; None: it was asked for."""

    parent: Candidate | None
    need: Need


class NoAnswer(Exception):
    """A search that ended without an answer, with the causes it met last."""

    def __init__(self, causes: Iterable[Cause]) -> None:
        self.causes = tuple(causes)
        super().__init__(f"{len(self.causes)} causes")


def explain(space: Space, needs: Sequence[Need], error: NoAnswer, search: Search) -> CannotResolve:
    """Return the error for `needs`, whose full search failed with `error`; names all of them when time is up."""
    try:
        clash = smallest_clash(needs, lambda some: _fails(some, search) is None)
        error = _fails(clash, search) or error
    except CannotResolve:  # the deadline passed while looking closer
        clash = list(needs)
    names = [need.text for need in clash]
    details = [*_demands(space, error), *_left_out(space, error)]
    if len(details) > MOST_LINES:
        details = [*details[:MOST_LINES], translate(N_("… and {count} more"), count=len(details) - MOST_LINES)]
    if len(names) == 1:
        return CannotResolve(
            "unsatisfiable",
            "{request} cannot be installed",
            hint="semai catalog show {app} lists its releases",
            details=details,
            request=names[0],
            app=str(clash[0].identifier),
        )
    return CannotResolve(
        "unsatisfiable",
        "{requests} cannot be installed together",
        hint="remove one of them or ask for another version with semai add",
        details=details,
        requests=translate(N_(" and ")).join(names),
    )


def smallest_clash(needs: Sequence[Need], solvable: Callable[[Sequence[Need]], bool]) -> list[Need]:
    """Return a subset of the unsolvable `needs` that becomes solvable when any one is dropped (QuickXplain)."""

    def shrink(kept: list[Need], grown: bool, rest: list[Need]) -> list[Need]:
        if grown and not solvable(kept):
            return []
        if len(rest) == 1:
            return rest
        left, right = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        from_right = shrink(kept + left, True, right)
        from_left = shrink(kept + from_right, bool(from_right), left)
        return from_left + from_right

    return shrink([], False, list(needs))


def _fails(needs: Sequence[Need], search: Search) -> NoAnswer | None:
    try:
        search(needs)
    except NoAnswer as error:
        return error
    return None


def _demands(space: Space, error: NoAnswer) -> list[str]:
    """Return one line per cause: who, in which versions, demands what."""
    versions: dict[tuple[str, str], list[str]] = {}
    for cause in error.causes:
        parent, need = cause
        if parent is None:
            versions.setdefault(("", need.text), [])
        elif isinstance(parent.identifier, AppKey) and not space.is_absent(parent):
            found = versions.setdefault((str(parent.identifier), need.text), [])
            found.append(space.release(parent).manifest.version)
    lines = []
    for (who, what), found in sorted(versions.items()):
        if who:
            lines.append(translate(N_("{app} {versions} needs {what}"), app=who, versions=_few(found), what=what))
        else:
            lines.append(translate(N_("asked for: {what}"), what=what))
    return lines


def _few(versions: Iterable[str]) -> str:
    unique = list(dict.fromkeys(versions))
    return ", ".join(unique[:3]) + (", …" if len(unique) > 3 else "")


def _left_out(space: Space, error: NoAnswer) -> list[str]:
    """Return why releases that might have helped were no candidates, and who offers a contract unasked."""
    lines: dict[str, None] = {}
    for cause in error.causes:
        identifier = cause.need.identifier
        for app in _apps_behind(space, identifier):
            for release, reason in space.left_out.get(app, ()):
                if isinstance(identifier, AppKey) or identifier.name in release.manifest.provides:
                    lines[f"{app} {release.manifest.version} {reason}"] = None
        if isinstance(identifier, AppKey) and identifier not in space.releases:
            mentor, app_id = identifier
            lines[translate(N_("the catalog of {mentor} has no app {app}"), mentor=mentor, app=app_id)] = None
        if isinstance(identifier, Contract):
            lines.update(dict.fromkeys(_offers(space, identifier, cause.need.mask)))
    return list(lines)


def _apps_behind(space: Space, identifier: Identifier) -> list[AppKey]:
    return [identifier] if isinstance(identifier, AppKey) else sorted(space.left_out)


def _offers(space: Space, contract: Contract, mask: int) -> list[str]:
    providers = space.providers.get(contract, ())
    others = [p for i, p in enumerate(providers) if not mask >> i & 1]
    if not providers:
        return [translate(N_("no app provides {contract}"), contract=contract.name)]
    return [
        translate(
            N_("{app} provides {contract} {versions}; it is used when you add it and the version fits"),
            app=provider.app,
            contract=contract.name,
            versions=", ".join(provider.versions),
        )
        for provider in others
    ]
