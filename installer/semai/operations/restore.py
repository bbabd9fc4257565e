"""Bring a backup back: the host that looks after the data asks its repository, or another region's.

Code and configuration stay those of the present release and region. Hosts that follow show the page meanwhile. A
whole of several hosts comes back part by part, in the order it was made in: what reads first, what is read last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from semai.adapters.ansible import OnEvent
from semai.core.backups import SetList, StoredSet
from semai.core.host_words import spoken
from semai.core.restores import OtherRepository, RestoredSet, SetReturn, chosen
from semai.errors import HostRefused, InvalidInput, Locked
from semai.messages import translate
from semai.operations.backup import PLAYBOOK, asked, listing, whole_called
from semai.operations.deployment import refresh_deployment
from semai.operations.followers import closed, opened
from semai.operations.plan import expected_backups
from semai.operations.probe import Site, require_lock
from semai.operations.service import selected

LOG = "backup-restore"


@dataclass(frozen=True)
class Way:
    """One restore: the set, the host that takes it, and the hosts that follow it in each app."""

    host: str
    plan: SetReturn
    followers: Mapping[str, tuple[str, ...]]
    other: OtherRepository | None = None

    @property
    def apps(self) -> tuple[str, ...]:
        return tuple(entry.app for entry in self.plan.apps)

    def hosts_of(self, app: str) -> tuple[str, ...]:
        """Return every host that serves the app."""
        return (self.host, *self.followers.get(app, ()))


def sets(site: Site, other: OtherRepository | None, apps: Sequence[str] = ()) -> Mapping[str, SetList]:
    """Return the sets of the region's repositories, or of the other one as a host that would take it sees it."""
    if other is None:
        return listing(site)
    require_lock(site.files)
    refresh_deployment(site.files, site.vault)
    leading = [host for host, told in expected_backups(site.files).items() if {*apps} <= {*told["leads"]}]
    hosts = [host for host in leading if site.limit in ("", host)]
    if not hosts:
        raise nobody(apps)
    return asked(site, ["list"], hosts[:1], SetList, None, other=other, playbook="verb")


def find(site: Site, name: str, apps: Sequence[str] = (), other: OtherRepository | None = None) -> tuple[Way, ...]:
    """Return the ways to bring the set called `name` (or `latest`) back, one for each host; nothing is changed.

    Raises InvalidInput (`app-not-selected`, `no-such-set`, `set-incomplete`, `no-set-of-apps`, `set-ambiguous`,
    `host-ambiguous`) and HostRefused with the host's own reason, or `restore-impossible` with that of an app.
    """
    require_lock(site.files)
    names = tuple(selected(site, app).name for app in apps)
    found = sets(site, other, names)
    every = {stored.set: stored for told in found.values() for stored in told.sets}
    whole = whole_called(site, name, found)
    if whole is None:
        return (_way(site, chosen(name, names, every.values()), names, found, other),)
    parts = [(every[part.set], tuple(app for app in names if app in part.apps)) for part in whole.parts]
    if strange := [app for app in names if app not in whole.apps]:
        raise InvalidInput(
            "app-not-in-set",
            "the backup {name} does not hold {app}",
            hint="semai backup list",
            name=name,
            app=strange[0],
        )
    return tuple(_way(site, stored, asked, found, other) for stored, asked in parts if asked or not names)


def _way(
    site: Site,
    stored: StoredSet,
    names: tuple[str, ...],
    found: Mapping[str, SetList],
    other: OtherRepository | None,
) -> Way:
    """Ask the host that looks after the apps of a set what restoring it would undo."""
    holding = [host for host, told in found.items() if stored.set in {one.set for one in told.sets}]
    host = _host(site, names or stored.apps, holding, other)
    plan = asked(site, ["plan", stored.set, *names], (host,), SetReturn, None, other=other, playbook="verb")[host]
    for entry in plan.apps:
        if not entry.possible:
            raise HostRefused(
                "restore-impossible",
                "{app} on {host} cannot take the data of {name}: {said}",
                hint="semai backup list",
                app=entry.app,
                host=host,
                name=stored.set,
                said=spoken(entry.why.message) if entry.why else "?",
            )
    following = {entry.app: _followers(site, entry.app, host) for entry in plan.apps}
    return Way(host, plan, following, other)


def _host(site: Site, apps: Sequence[str], holding: Sequence[str], other: OtherRepository | None) -> str:
    """Return the host that looks after the apps' data; what another region's set holds besides does not count."""
    leads = {host: {*told["leads"]} & {*apps} for host, told in expected_backups(site.files).items()}
    found = [host for host, names in leads.items() if names and site.limit in ("", host)]
    fitting = [host for host in found if other is not None or host in holding]
    if not fitting:
        raise nobody(apps)
    if len(fitting) > 1:
        raise InvalidInput(
            "host-ambiguous",
            "{app} has data of its own on {hosts}",
            hint="choose one: --limit {first}",
            app=", ".join(apps),
            hosts=", ".join(fitting),
            first=fitting[0],
        )
    return fitting[0]


def nobody(apps: Sequence[str]) -> InvalidInput:
    """Return the error for apps whose data no host looks after."""
    return InvalidInput(
        "no-host-for-apps",
        "no host looks after all of {apps}",
        hint="name the apps of one host: --app APP",
        apps=", ".join(apps) or "-",
    )


def _followers(site: Site, app: str, leader: str) -> tuple[str, ...]:
    carrier = selected(site, app)
    return tuple(host for host in carrier.hosts if host != leader) if carrier.leader else ()


def perform(site: Site, way: Way, on_event: OnEvent) -> RestoredSet:
    """Do it; raises HostRefused or Locked with the host's reason, and the present data are as they were."""
    everywhere = replace(site, limit="")
    words = ["restore", way.plan.set, *way.apps]
    with ExitStack() as pages:
        for app, hosts in way.followers.items():
            pages.enter_context(closed(everywhere, app, hosts, LOG))
        restored = asked(everywhere, words, (way.host,), RestoredSet, on_event, PLAYBOOK, way.other)[way.host]
    for app, hosts in way.followers.items():
        opened(everywhere, app, hosts, LOG)
    return restored


def perform_all(site: Site, ways: Sequence[Way], on_event: OnEvent) -> Mapping[str, RestoredSet]:
    """Bring all parts of a whole back; apps that read stay closed until what they read is back too.

    Raises what `perform` raises, and HostRefused `restore-unfinished` when a part did come back before.
    """
    everywhere = replace(site, limit="")
    restored: dict[str, RestoredSet] = {}
    with ExitStack() as pages:
        for way in ways:
            try:
                restored[way.host] = perform(site, way, on_event)
            except (HostRefused, Locked) as error:
                if not restored:
                    raise
                raise _unfinished(ways, way, error) from error
            if way is not ways[-1]:
                for app in way.apps:
                    pages.enter_context(closed(everywhere, app, way.hosts_of(app), LOG))
    for way in ways[:-1]:
        for app in way.apps:
            opened(everywhere, app, way.hosts_of(app), LOG)
    return restored


def _unfinished(ways: Sequence[Way], way: Way, error: HostRefused | Locked) -> HostRefused:
    done = [app for each in ways[: ways.index(way)] for app in each.apps]
    return HostRefused(
        "restore-unfinished",
        "{done} have the data of the backup, but {host} has still those of before: {said}",
        hint="the same command again; or, to go back to the data of before: semai rollback {first}",
        details=[f"semai rollback {app}" for app in done[1:]],
        done=", ".join(done),
        host=way.host,
        said=translate(error.message, **error.fields),
        first=done[0],
    )
