"""Backups on the region's hosts: make, list, verify and forget sets; each host keeps the apps it looks after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import ValidationError

from semai.adapters.ansible import OnEvent
from semai.core.backups import ForgottenSets, MadeSets, SetList, VerifiedSets, keepers
from semai.core.catalog import Wire
from semai.core.restores import OtherRepository
from semai.errors import HostRefused, InvalidInput
from semai.operations.deployment import refresh_deployment
from semai.operations.plan import expected_backups
from semai.operations.probe import Site, require_lock
from semai.operations.service import selected
from semai.operations.verb import run_verb

PLAYBOOK = "backup"
Answer = TypeVar("Answer", bound=Wire)


def choose(site: Site, apps: Sequence[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """Return host -> the asked apps it looks after; without names every host that keeps something, with no names.

    Only hosts that --limit names are there. Raises InvalidInput (`no-lock`, `app-not-selected`, `no-such-host`,
    `nothing-to-back-up`, `keeper-left-out`, `backup-key-missing`).
    """
    require_lock(site.files)
    refresh_deployment(site.files)
    require_key(site)
    return keeping(site, [selected(site, app).name for app in apps])


def keeping(site: Site, names: Sequence[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """Return what `choose` returns, with neither lock nor key looked at."""
    settings = expected_backups(site.files)
    hosts = _asked_hosts(site, keepers(settings, names), names)
    found = {host: tuple(name for name in names if name in settings[host]["leads"]) for host in hosts}
    if not found:
        raise InvalidInput(
            "nothing-to-back-up",
            "no host of {region} keeps backups: no app is selected, or region.yml excludes all",
            hint="semai region show",
            region=site.files.name,
        )
    return found


def _asked_hosts(site: Site, hosts: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return those of `hosts` that --limit does not leave out; an app that was named cannot be left out."""
    within = site.files.load_hosts().matching(site.limit)
    if not within:
        raise InvalidInput(
            "no-such-host",
            "no host of {region} matches {limit}",
            hint="semai region show",
            region=site.files.name,
            limit=site.limit,
        )
    if names and (missing := [host for host in hosts if host not in within]):
        raise InvalidInput(
            "keeper-left-out",
            "{hosts} looks after data of {apps}, but --limit leaves it out",
            hint="leave out --limit, or name the apps of the hosts it names",
            hosts=", ".join(missing),
            apps=", ".join(names),
        )
    return tuple(host for host in hosts if host in within)


def require_key(site: Site) -> str:
    """Return the password of the region's repositories; raises InvalidInput `backup-key-missing`."""
    key = site.vault.read().backup
    if key is None:
        raise InvalidInput(
            "backup-key-missing",
            "the vault of {region} has no key for backups yet",
            hint="semai lock, then semai apply",
            region=site.files.name,
        )
    return key.password


def create(site: Site, chosen: Mapping[str, tuple[str, ...]], on_event: OnEvent) -> Mapping[str, MadeSets]:
    """Make a set of each group on the chosen hosts; raises HostRefused or Locked with a host's reason."""
    if not any(chosen.values()):
        return asked(site, ["create"], tuple(chosen), MadeSets, on_event)
    made: dict[str, MadeSets] = {}
    for host, apps in chosen.items():
        made |= asked(site, ["create", *apps], (host,), MadeSets, on_event)
    return made


def listing(site: Site) -> Mapping[str, SetList]:
    """Return the verified sets of each host that keeps backups; nothing is changed."""
    require_lock(site.files)
    return asked(site, ["list"], tuple(keeping(site)), SetList, None, playbook="verb")


def verify(site: Site, name: str, on_event: OnEvent) -> Mapping[str, VerifiedSets]:
    """Read one set, or with an empty name all sets, to the end.

    Raises InvalidInput (`no-such-set`) and HostRefused (`set-damaged`, `repository-damaged`, …).
    """
    if not name:
        return asked(site, ["verify"], tuple(choose(site)), VerifiedSets, on_event)
    hosts = [host for host, told in listing(site).items() if name in {found.set for found in told.sets}]
    if not hosts:
        raise InvalidInput("no-such-set", "no host has a backup {name}", hint="semai backup list", name=name)
    return asked(site, ["verify", name], hosts[:1], VerifiedSets, on_event)


def forget(site: Site, on_event: OnEvent) -> Mapping[str, ForgottenSets]:
    """Delete the sets that outlived the region's retention."""
    return asked(site, ["forget"], tuple(choose(site)), ForgottenSets, on_event)


def asked(
    site: Site,
    words: Sequence[str],
    hosts: Sequence[str],
    kind: type[Answer],
    on_event: OnEvent | None,
    playbook: str = PLAYBOOK,
    other: OtherRepository | None = None,
) -> Mapping[str, Answer]:
    """Run `backup` with these words on the hosts; with `other` they read that repository and not their own."""
    more = {"semai_backup_other": other.told()} if other else {}
    site = replace(site, limit="")  # `hosts` were chosen within it
    reports: Mapping[str, Mapping[str, Any]] = run_verb(
        site, ["backup", *words], "", on_event, log=f"backup-{words[0]}", hosts=hosts, playbook=playbook, more=more
    )
    try:
        return {host: kind.model_validate(report) for host, report in reports.items()}
    except ValidationError as error:
        raise HostRefused(
            "backups-unreadable",
            "what a host says of its backups cannot be read: {said}",
            hint="semai apply, which brings the present host tool",
            said=str(error.errors(include_url=False)[0]["msg"]),
        ) from error
