"""Catalogs in a few lines of text, for tests of the resolver and of upgrade paths.

One line per release: `batang/e-budgeting 2 needs e-planning >=1; reads planning.work-plan >=1`. Clauses after the
version, parted by `;`: `needs APP RANGE`, `conflicts APP RANGE`, `offers CONTRACT VERSION…`,
`reads CONTRACT RANGE`, `may-read CONTRACT RANGE`, `status STATUS [REASON]`, `python RANGE`,
`from RANGE…`, `built PYTHON/MACHINE…`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.specifiers import SpecifierSet
from semai.core.catalog import App, AppKey, AppPage, Artifact, Index, Manifest, Release, Standing, Terms, When
from semai.core.resolver import Resolution

DIGEST = "0" * 64


def indexes(text: str) -> dict[str, Index]:
    """Return the index of each mentor that `text` names."""
    found: dict[str, dict[str, list[Release]]] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        name, _, rest = line.partition(" ")
        key = AppKey.parse(name)
        found.setdefault(key.mentor, {}).setdefault(key.id, []).append(release(rest))
    return {mentor: _index(mentor, apps) for mentor, apps in found.items()}


def release(text: str) -> Release:
    """Return the release that `VERSION clause; clause` describes."""
    version, _, clauses = text.partition(" ")
    written: dict[str, Any] = {"version": version, "commands": {"serve": ["serve"]}}
    standing, built = Standing(), ()
    for clause in filter(None, (part.split() for part in clauses.split(";"))):
        verb, words = clause[0], clause[1:]
        if verb == "status":
            standing = Standing.model_validate({"status": words[0], "reason": " ".join(words[1:])})
        elif verb == "built":
            built = tuple(_requirements(target) for target in words)
        else:
            _clause(written, verb, words)
    return Release(manifest=Manifest.model_validate(written), digest=DIGEST, standing=standing, artifacts=built)


def requests(*texts: str) -> dict[AppKey, SpecifierSet]:
    """Return what `"batang/a >=1"`, … ask for."""
    return {AppKey.parse(name): SpecifierSet(spec) for name, _, spec in (text.partition(" ") for text in texts)}


def picked(resolution: Resolution) -> dict[str, str]:
    """Return `{"batang/a": "2"}`."""
    return {str(key): chosen.release.manifest.version for key, chosen in resolution.apps.items()}


def wired(resolution: Resolution) -> dict[str, dict[str, str]]:
    """Return `{"batang/b": {"x.y": "batang/a 1.0"}}`."""
    return {
        str(key): {name: f"{wiring.provider} {wiring.version}" for name, wiring in wirings.items()}
        for key, wirings in resolution.contracts.items()
    }


def _clause(written: dict[str, Any], verb: str, words: list[str]) -> None:
    first, rest = words[0], words[1:]
    if verb == "needs":
        written.setdefault("requires", {})[first] = ",".join(rest)
    elif verb == "conflicts":
        written.setdefault("conflicts", {})[first] = ",".join(rest)
    elif verb == "offers":
        written.setdefault("provides", {})[first] = rest
    elif verb in ("reads", "may-read"):
        consumed = {"version": ",".join(rest), "optional": verb == "may-read"}
        written.setdefault("consumes", {})[first] = consumed
    elif verb == "python":
        written["needs"] = {"python": first}
    elif verb == "from":
        written["lifecycle"] = {"upgrade_from": words}
    else:
        raise ValueError(f"no such clause: {verb}")


def _requirements(target: str) -> Artifact:
    python, machine = target.split("/")
    when = (When(python=python, machine=machine),)
    name = f"apps/x/1/{DIGEST}.requirements.txt"
    return Artifact(kind="requirements", name=name, file="requirements.txt", size=1, sha256=DIGEST, when=when)


def _index(mentor: str, apps: Mapping[str, list[Release]]) -> Index:
    pages = {app: AppPage(id=app, name=app, summary="", owner="", terms=Terms(licence="EUPL-1.2")) for app in apps}
    return Index(
        mentor=mentor,
        name=mentor,
        region_code="33.25",
        apps=tuple(App(page=pages[app], releases=tuple(releases)) for app, releases in apps.items()),
    )
