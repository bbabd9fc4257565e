"""One host and one app on it: the adapters a runbook works with, bundled, and the few moves several verbs share."""

from __future__ import annotations

import os
from dataclasses import dataclass

from . import durable, health, maintenance, ports, programs, receipts
from .drivers import DatabaseDriver, Services, ServiceStatus, Unit
from .drivers.sqlite import SqliteDatabase
from .errors import HostError, Refused
from .events import Events
from .layout import AppPlaces, Layout
from .releases import Releases
from .request import Request
from .tether import Tether

OTHER_PORT = "stop that program, or give the app another port in apps.yml"


@dataclass(frozen=True)
class Host:
    """The host's places, its service keeper, and where a run tells its progress."""

    layout: Layout
    services: Services
    events: Events

    def prepare_folders(self) -> None:
        """Make the folders runs write to; refuse when this user may not."""
        try:
            for folder in self.layout.folders():
                durable.make_folder(folder)
        except PermissionError as error:
            raise _may_not_write(error.filename) from error
        for folder in self.layout.folders():
            if not os.access(folder, os.W_OK | os.X_OK):
                raise _may_not_write(str(folder))

    def check(self) -> None:
        """Refuse when this tool is not installed below the root or services cannot be kept."""
        if not self.layout.tool.is_file():
            raise Refused(
                "tool-missing", f"{self.layout.tool} is missing", hint="apply again: the hostctl role installs it"
            )
        self.services.check()

    def app(self, name: str) -> App:
        return App(self, name)


class App:
    """One app on this host."""

    def __init__(self, host: Host, name: str) -> None:
        layout = host.layout
        self.host = host
        self.name = name
        self.places: AppPlaces = layout.app(name)
        self.flag = layout.maintenance(name)
        self.tether = Tether(layout.tether(name), layout.command_log(name))
        self.releases = Releases(layout, self.places, self.tether)

    @property
    def status(self) -> ServiceStatus:
        return self.host.services.status([self.name])[self.name]

    def serving(self) -> Request | None:
        return receipts.serving(self.places)

    def database(self, request: Request | None) -> DatabaseDriver | None:
        """Return the driver of the request's database; None when the app has none."""
        if request is None or request.database is None:
            return None
        return SqliteDatabase(self.places.managed(request.database.path))

    def define(self, request: Request, wanted: bool = True) -> None:
        """Make the service known; it starts from `serving.json`, so only Python and the wish to run matter here."""
        layout = self.host.layout
        command = (request.python, str(layout.tool), "--root", str(layout.root), "serve", self.name)
        self.host.services.define(Unit(self.name, command, layout.log(self.name), self.places.folder, wanted))

    def start_anew(self, request: Request, wanted: bool = True) -> None:
        """Stop the service and, when wanted, start it: as page or as app, as the flag says."""
        self.host.services.stop(self.name)
        self._end_stray(request)
        self.define(request, wanted)
        if wanted:
            self.host.services.start(self.name)

    def _end_stray(self, request: Request) -> None:
        """End a program of this app that outlived the keeper which started it and still holds the port."""
        holder = ports.listener(request.address[1])
        if holder and holder.pid and self.owns(holder.pid):
            ports.end(holder.pid)

    def owns(self, pid: int) -> bool:
        """Tell whether a process is this app's: a program of its releases, or its maintenance page."""
        words = ports.words_of(pid)
        page = [str(self.host.layout.tool), "--root", str(self.host.layout.root), "serve", self.name]
        below = f"{self.places.releases}{os.sep}"
        return words[-len(page) :] == page or any(word.startswith(below) for word in words[:2])

    def holds(self, holder: ports.Listener) -> bool:
        """Tell whether a listener is this app: one of its programs, or started by its service."""
        service = self.status.pid
        if holder.pid is None:
            return False
        try:
            return self.owns(holder.pid) or (service is not None and os.getpgid(holder.pid) == service)
        except ProcessLookupError:
            return False

    def stop(self) -> None:
        self.host.services.stop(self.name)

    def show(self, what: str, run: str, by: str) -> None:
        """Set the maintenance flag to page or app."""
        maintenance.write(self.flag, run, by, what)

    def run(self, request: Request, words: tuple[str, ...], what: str) -> None:
        """Run one of the release's commands to its end."""
        self.tether.run(
            programs.command(self.places, request.version, words),
            programs.environment(self.places, request),
            self.places.shared,
            request.migrate_timeout_seconds,
            f"{what} of {self.name} {request.version}",
        )

    def await_health(self, request: Request) -> None:
        """Wait until the service answers as the request's release; a service that gave up ends the waiting."""

        def gone() -> str | None:
            status = self.status
            return status.detail or status.state if status.gave_up or status.state == "stopped" else None

        health.wait(request.health.url, request.version, request.health.timeout_seconds, gone=gone)
        port = request.address[1]
        holder = ports.listener(port)  # another demo's same release would answer as well as ours
        if holder is not None and not self.holds(holder):
            raise HostError("port-taken", f"port {port} is held by {holder}", hint=OTHER_PORT)

    def try_out(self, request: Request) -> None:
        """Run the release on a port nobody knows until it is well, then end it: nobody writes to it meanwhile."""
        port = ports.pick_free()
        words = programs.command(self.places, request.version, request.commands.serve)
        environment = programs.environment(self.places, request, f"127.0.0.1:{port}")
        with self.tether.running(words, environment, self.places.shared) as child:

            def gone() -> str | None:
                return None if child.poll() is None else f"exit code {child.returncode}"

            try:
                health.wait(
                    request.health.url, request.version, request.health.timeout_seconds, ("127.0.0.1", port), gone
                )
            except HostError as error:
                raise HostError(error.code, error.message, error.hint, output=self.tether.tail()) from error


def _may_not_write(path: str) -> Refused:
    return Refused(
        "no-write-permission",
        f"uid {os.geteuid()} may not write {path}",
        hint="run as the owner of that folder, or give its owner as ansible_user",
    )
