"""Backups on the region's hosts: make, list, verify and forget sets; each host keeps the apps it looks after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from secrets import token_hex
from typing import Any, TypeVar

from pydantic import ValidationError

from semai.adapters.ansible import OnEvent
from semai.core.backups import ForgottenSets, MadeSets, SetList, VerifiedSets, keepers, led_by
from semai.core.catalog import Wire
from semai.core.restores import OtherRepository
from semai.core.together import Whole, wholes
from semai.core.turns import Settings, groups_of
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
    refresh_deployment(site.files, site.vault)
    require_key(site)
    return keeping(site, [selected(site, app).name for app in apps])


def choose_whole(site: Site, apps: Sequence[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """Return what `choose` returns, with what other hosts keep of the apps that `apps` are linked with.

    Hosts that --limit leaves out are not added.
    """
    chosen = choose(site, apps)
    if not apps:
        return chosen
    names = {name for found in chosen.values() for name in found}
    settings = expected_backups(site.files)
    linked = [app for found, _ in groups_of(settings) if names & {*found} for app in found]
    within = [host for host in site.files.load_hosts().matching(site.limit) if host in settings]
    there = led_by(settings, linked, within)
    more = {app for found in there.values() for app in found}
    return keeping(site, [*names, *sorted(more - names)])


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
    """Make a set of each group on the chosen hosts; raises HostRefused or Locked with a host's reason.

    Hosts with linked apps come one after the other, those that read first, and each only when the one before it has
    ended: what is made in that order is noted as one whole.
    """
    named = whole_names(site, chosen)
    made: dict[str, MadeSets] = {}
    for hosts, apps in _turns(chosen, named, expected_backups(site.files)):
        noted = [word for name in named if {*named[name].hosts} & {*hosts} for word in named[name].words(name)]
        made |= asked(site, ["create", *apps, *noted], hosts, MadeSets, on_event)
    return made


@dataclass(frozen=True)
class Group:
    """Linked apps on several hosts, in the order of their backups."""

    apps: tuple[str, ...]
    hosts: tuple[str, ...]

    def words(self, name: str) -> tuple[str, str]:
        """Return how a host is told that its set is a part of the whole `name`."""
        return "--together", f"{name}:{','.join(self.apps)}"


def whole_names(site: Site, chosen: Mapping[str, tuple[str, ...]]) -> Mapping[str, Group]:
    """Return a new name for each group all of whose hosts are chosen."""
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    groups = [Group(apps, hosts) for apps, hosts in groups_of(expected_backups(site.files))]
    whole = [group for group in groups if all(_takes_part(group, host, chosen) for host in group.hosts)]
    return {f"{stamp}-together-{token_hex(3)}": group for group in whole}


def _takes_part(group: Group, host: str, chosen: Mapping[str, tuple[str, ...]]) -> bool:
    return host in chosen and (not chosen[host] or bool({*chosen[host]} & {*group.apps}))


def _turns(
    chosen: Mapping[str, tuple[str, ...]], named: Mapping[str, Group], settings: Settings
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield (hosts that go at the same time, their apps): first those without order, then the others one by one."""
    linked = {host for group in named.values() for host in group.hosts}
    order = sorted(linked, key=lambda host: int(settings[host]["wait"]))
    free = [host for host in chosen if host not in order]
    for apps in dict.fromkeys(chosen[host] for host in free):
        yield tuple(host for host in free if chosen[host] == apps), apps
    for host in order:
        yield (host,), chosen[host]


def listing(site: Site) -> Mapping[str, SetList]:
    """Return the verified sets of each host that keeps backups; nothing is changed."""
    require_lock(site.files)
    return asked(site, ["list"], tuple(keeping(site)), SetList, None, playbook="verb")


def verify(site: Site, name: str, on_event: OnEvent) -> Mapping[str, VerifiedSets]:
    """Read one set, a whole of several hosts, or with an empty name all sets, to the end.

    Raises InvalidInput (`no-such-set`, `set-incomplete`) and HostRefused (`set-damaged`, `repository-damaged`, …).
    """
    if not name:
        return asked(site, ["verify"], tuple(choose(site)), VerifiedSets, on_event)
    told_sets = listing(site)
    if whole := whole_called(site, name, told_sets):
        read: dict[str, VerifiedSets] = {}
        for part in whole.parts:
            read |= asked(site, ["verify", part.set], (part.host,), VerifiedSets, on_event)
        return read
    hosts = [host for host, told in told_sets.items() if name in {found.set for found in told.sets}]
    if not hosts:
        raise InvalidInput("no-such-set", "no host has a backup {name}", hint="semai backup list", name=name)
    return asked(site, ["verify", name], hosts[:1], VerifiedSets, on_event)


def wholes_made(site: Site, made: Mapping[str, MadeSets]) -> tuple[Whole, ...]:
    """Return the wholes that `create` just made."""
    found = wholes({host: told.sets for host, told in made.items()}, expected_backups(site.files))
    return tuple(whole for whole in found if not whole.nightly)


def left_apart(site: Site, chosen: Mapping[str, tuple[str, ...]]) -> tuple[tuple[tuple[str, ...], bool], ...]:
    """Return linked apps that `create` with `chosen` does not make one whole of, and whether it never does."""
    settings = expected_backups(site.files)
    circles = [(apps, True) for apps, hosts in groups_of(settings, "apart") if {*hosts} & {*chosen}]
    groups = [Group(apps, hosts) for apps, hosts in groups_of(settings)]
    taken = [(group, [_takes_part(group, host, chosen) for host in group.hosts]) for group in groups]
    return (*circles, *((group.apps, False) for group, there in taken if any(there) and not all(there)))


def wholes_of(site: Site, found: Mapping[str, SetList]) -> tuple[Whole, ...]:
    """Return the wholes whose parts are among `found`, complete or not, newest first."""
    return wholes({host: told.sets for host, told in found.items()}, expected_backups(site.files))


def whole_called(site: Site, name: str, found: Mapping[str, SetList]) -> Whole | None:
    """Return the whole of that name; raises InvalidInput `set-incomplete` when a part of it is not there."""
    whole = next((whole for whole in wholes_of(site, found) if whole.set == name), None)
    if whole is not None and not whole.complete:
        raise InvalidInput(
            "set-incomplete",
            "the backup {name} is not complete: {apps} is missing",
            hint="semai backup list, to choose a complete one or a single part",
            details=[f"{part.host}: {part.set}" for part in whole.parts],
            name=name,
            apps=", ".join(whole.missing),
        )
    return whole


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
