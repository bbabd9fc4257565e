"""One host and one app on it: the adapters a runbook works with, bundled, and the few moves several verbs share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from . import accounts, durable, health, maintenance, ports, receipts, rights, runtimes
from .accounts import Account
from .drivers import DatabaseDriver, Loading, Part, Services, ServiceStatus, Unit, choice
from .errors import HostError, Refused
from .events import Events
from .layout import AppPlaces, Layout
from .programs import Trial
from .releases import Releases
from .request import ManagedFile, Request
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
        if self.services.system:
            rights.give_root(self.layout)

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

    @property
    def form(self) -> str:
        """Return the form of the data as the receipt says it; a receipt that cannot be read says none."""
        try:
            receipt = receipts.read(self.host.layout.receipt(self.name))
        except HostError:
            return ""
        return receipt.form if receipt else ""

    @property
    def account(self) -> Account | None:
        """Return the app's own user; None where apps run as the tool's, or while it is not made yet."""
        return accounts.find(self.name) if self.host.services.system else None

    @property
    def actor(self) -> Account | None:
        """Return whom the app's commands run as; None means as the tool. An app of a server never runs as root."""
        account = self.account
        if account is None and self.host.services.system:
            raise HostError("account-failed", f"the system user {accounts.name_of(self.name)} is missing")
        return account

    def make_account(self) -> None:
        """On a server, make the app's user and give him what is his."""
        if self.host.services.system:
            rights.give_folders(self.places, accounts.ensure(self.name, self.places.folder))

    def give(self, files: tuple[ManagedFile, ...]) -> None:
        """Give folders and managed files to whom they belong."""
        account = self.account
        if account:
            rights.give_folders(self.places, account)
            rights.give_files(self.places, account, files)

    def leave_nothing(self, folders: tuple[str, ...], account_there: bool) -> None:
        """After a first install that failed: take away its own folders below shared/, and all that are empty."""
        places = self.places
        durable.remove_tree(places.kept)
        for name in folders:
            durable.remove_tree(places.shared / name)
        for folder in (places.shared / "data", places.media, places.shared, places.releases, places.restore_points):
            durable.remove_if_empty(folder)
        durable.remove_if_empty(places.folder)
        if self.host.services.system and not account_there:
            accounts.remove(self.name)

    def database(self, request: Request | None) -> DatabaseDriver | None:
        """Return the driver of the request's database; None when the app has none."""
        return choice.database(request, self.places, self.account) if request else None

    def data(self, serving: Request | None, request: Request | None) -> DatabaseDriver | None:
        """Return the driver of the data there is when `request` arrives, which knows where it is reached now.

        It also knows whether the data are this host's to look after: leaders change.
        """
        if serving is None or request is None:
            return self.database(serving or request)
        old, new = serving.database, request.database
        same = old and new and (old.driver, old.name) == (new.driver, new.name)
        database = new if same else old
        return self.database(replace(serving, database=database, leader=request.leader))

    def define(self, request: Request, wanted: bool = True) -> None:
        """Make the service known; it starts from `serving.json`, which decides what it becomes."""
        layout, runtime = self.host.layout, runtimes.of(request)
        account = self.actor
        tool = (request.python, str(layout.tool), "--root", str(layout.root))
        parts = [Part(worker.name, worker.command) for worker in request.workers]
        parts += [Part(timer.name, timer.command, timer.calendar) for timer in request.timers]
        self.host.services.define(
            Unit(
                self.name,
                (*tool, "serve", self.name),
                layout.log(self.name),
                self.places.folder,
                wanted,
                layout.root,
                account.name if account else "",
                request.socket or request.bind,
                self.flag,
                runtime.stop_signal,
                request.limits,
                tuple(replace(part, command=(*tool, "exec", self.name, "--", *part.command)) for part in parts),
            )
        )

    def start_anew(self, request: Request, wanted: bool = True) -> None:
        """Have the service as wanted, freshly started: as page or as app, as the flag says."""
        services = self.host.services
        if not (services.system and wanted):
            services.stop(self.name)
            self._end_stray(request)
        self.define(request, wanted)
        if wanted:
            services.restart(self.name) if services.system else services.start(self.name)
            if maintenance.read(self.flag) is None:
                services.start_parts(self.name)

    def end_maintenance(self) -> None:
        """Take the flag away and let what rested meanwhile go on."""
        maintenance.clear(self.flag)
        if self.status.wanted:
            self.host.services.start_parts(self.name)

    def _end_stray(self, request: Request) -> None:
        """End a program of this app that outlived the keeper which started it and still holds the port."""
        holder = None if request.socket else ports.listener(request.address[1])
        if holder and holder.pid and self.owns(holder.pid):
            ports.end(holder.pid)

    def owns(self, pid: int) -> bool:
        """Tell whether a process is this app's: a program of its releases, or its maintenance page."""
        words = ports.words_of(pid)
        page = [str(self.host.layout.tool), "--root", str(self.host.layout.root), "serve", self.name]
        below = f"{self.places.releases}{os.sep}"
        return words[-len(page) :] == page or any(word.startswith(below) for word in words[:2])

    def holds(self, holder: ports.Listener, port: int) -> bool:
        """Tell whether a listener is this app: one of its programs, or started by its service."""
        service = self.status.pid
        if holder.pid is None:
            return False
        if holder.pid == 1 or holder.pid == service:  # the machine's own keeper hands its socket to the service
            return self.host.services.listens(self.name, port) or (holder.pid == service and service != 1)
        try:
            return self.owns(holder.pid) or (service is not None and os.getpgid(holder.pid) == service)
        except ProcessLookupError:
            return False

    def stop(self) -> None:
        self.host.services.stop(self.name)

    def show(self, what: str, run: str, by: str) -> None:
        """Set the maintenance flag to page or app."""
        maintenance.write(self.flag, run, by, what)
        rights.give_record(self.flag, self.account)

    def run(self, request: Request, words: tuple[str, ...], what: str) -> None:
        """Run one of the release's commands to its end."""
        runtime = runtimes.of(request)
        self.tether.run(
            runtime.command(self.places, request, words),
            runtime.environment(self.places, request),
            self.places.shared,
            request.migrate_timeout_seconds,
            f"{what} of {self.name} {request.version}",
            self.actor,
        )

    def load(self, request: Request, path: str) -> None:
        """Run a file of SQL of the release in the app's database."""
        found = runtimes.of(request).file(self.places, request, path)
        database = self.database(request)
        if not isinstance(database, Loading):
            raise HostError("import-failed", f"{self.name} has no database that {path} could be loaded into")
        database.load(found)

    def ask(self, request: Request, patience: float = health.PATIENCE_SECONDS) -> health.Answer:
        return runtimes.of(request).ask(self.places, request, patience)

    def await_health(self, request: Request) -> None:
        """Wait until the service answers as the request's release; a service that gave up ends the waiting."""

        def gone() -> str | None:
            status = self.status
            return status.detail or status.state if status.gave_up or status.state == "stopped" else None

        health.wait(
            lambda patience: self.ask(request, patience), request.version, request.health.timeout_seconds, gone
        )
        if request.socket:
            return
        port = request.address[1]
        holder = ports.listener(port)  # another demo's same release would answer as well as ours
        if holder is not None and not self.holds(holder, port):
            raise HostError("port-taken", f"port {port} is held by {holder}", hint=OTHER_PORT)

    def try_out(self, request: Request) -> None:
        """Run the release where nobody finds it until it is well, then end it: nobody writes to it meanwhile."""
        with self.trying(request):
            pass

    @contextmanager
    def trying(self, request: Request) -> Iterator[Trial]:
        """Have the release running, and well, for the block where nobody finds it."""
        trial = runtimes.of(request).trial(self.places, request)
        start = trial.start
        with self.tether.running(start.command, start.environment, self.places.shared, self.actor) as child:

            def gone() -> str | None:
                return None if child.poll() is None else f"exit code {child.returncode}"

            try:
                health.wait(trial.ask, request.version, request.health.timeout_seconds, gone)
            except HostError as error:
                raise HostError(error.code, error.message, error.hint, output=self.tether.tail()) from error
            yield trial


def _may_not_write(path: str) -> Refused:
    return Refused(
        "no-write-permission",
        f"uid {os.geteuid()} may not write {path}",
        hint="run as the owner of that folder, or give its owner as ansible_user",
    )
