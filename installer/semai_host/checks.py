"""What must hold before a run touches anything: each check refuses with the fact found and one thing to do."""

from __future__ import annotations

from . import maintenance, ports, receipts, space, versions
from .drivers import DatabaseDriver
from .durable import Corrupt
from .errors import Refused
from .host import OTHER_PORT, App
from .request import Artifact, Request
from .restore_points import Point


def not_in_maintenance(app: App) -> None:
    flag = maintenance.read(app.flag)
    if flag:
        raise Refused(
            "in-maintenance",
            f"{app.name} is in maintenance since {flag.since} ({flag.by})",
            hint=f"semai resume {app.name}",
        )


def upgrade_path(request: Request, serving: Request | None) -> None:
    """Refuse a step the release does not know how to take."""
    if serving is None:
        return
    ours, theirs = serving.version, request.version
    if ours == theirs:
        raise Refused(
            "release-changed",
            f"{request.name} {ours} runs with other content or another Python than asked for; "
            "one version is one release for ever",
            hint="publish a new version",
        )
    if versions.key(theirs) < versions.key(ours):
        raise Refused(
            "downgrade-refused",
            f"{request.name} runs {ours}, which is newer than {theirs}",
            hint=f"semai rollback {request.name}",
        )
    if not versions.allows(request.upgrade_from, ours):
        raise Refused(
            "upgrade-path",
            f"{request.name} {theirs} upgrades from {' or '.join(request.upgrade_from)}, this host runs {ours}",
            hint="upgrade through a release in between",
        )


def room(app: App, request: Request, artifacts: list[Artifact], first: bool) -> None:
    """Refuse when the release, its dump or its first data would not fit."""
    places, database = app.places, app.database(request)
    unpacked = 0 if app.releases.is_prepared(request) else app.releases.unpacked_size(artifacts)
    dump = 2 * database.size() if database and database.exists() else 0
    dump += _unlinked_media(app)
    space.check(
        (
            space.Need(places.releases, unpacked, "release"),
            space.Need(places.restore_points, dump, "restore point"),
            space.Need(places.shared, (request.disk_mb * space.MB if first else 0), "first data"),
        )
    )


def room_to_go_back(app: App, database: DatabaseDriver | None, source: Point) -> None:
    """Refuse when a copy of the data as they are and the data that come back would not fit side by side."""
    space.check(
        (*room_for_point(app, database), space.Need(app.places.shared, source.size, "data of the restore point"))
    )


def room_for_point(app: App, database: DatabaseDriver | None) -> tuple[space.Need, ...]:
    """Return what a copy of the data as they are takes."""
    dump = database.size() if database and database.exists() else 0
    return (space.Need(app.places.restore_points, dump + _unlinked_media(app), "restore point"),)


def _unlinked_media(app: App) -> int:
    """Return the bytes a copy of the media takes: none where they can be hard-linked."""
    media, points = app.places.media, space.existing(app.places.restore_points)
    if not media.is_dir() or media.stat().st_dev == points.stat().st_dev:
        return 0
    return space.size_of(media)


def port(app: App, request: Request) -> None:
    """Refuse when somebody else listens where the app shall, or another app is configured to."""
    if request.socket:
        return
    host, number = request.address
    for name in app.host.layout.apps():
        if name != app.name and _binds(app.host.app(name), number):
            raise Refused("port-taken", f"port {number} belongs to the app {name} on this host", hint=OTHER_PORT)
    if ports.is_free(host, number):
        return
    holder = ports.listener(number)
    if holder is None or not app.holds(holder, number):
        raise Refused("port-taken", f"port {number} is held by {holder or 'another program'}", hint=OTHER_PORT)


def _binds(other: App, number: int) -> bool:
    try:
        request = receipts.serving(other.places)
    except (Corrupt, Refused):
        return False
    return request is not None and not request.socket and request.address[1] == number
