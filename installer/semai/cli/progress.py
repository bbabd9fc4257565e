"""How a run looks while it goes on, on stderr: live lines on a terminal, one plain line per step otherwise."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

import click

from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.adapters.ansible import Event

STEPS = {
    "check": N_("checking space, port and upgrade path"),
    "prepare": N_("laying out the release"),
    "maintenance": N_("showing the maintenance page"),
    "restore-point": N_("making a restore point"),
    "files": N_("placing its files"),
    "migrate": N_("migrating its data"),
    "after-install": N_("making the first administrator"),
    "data-back": N_("bringing the data of the restore point back"),
    "trial": N_("trying the release out of sight"),
    "switch": N_("switching to the release"),
    "restart": N_("restarting"),
    "health": N_("waiting until it is healthy"),
    "receipt": N_("writing the receipt"),
    "maintenance-off": N_("taking the maintenance page away"),
    "prune": N_("deleting old releases"),
    "data": N_("bringing the data of the backup back"),
    "staging": N_("copying databases and files"),
    "store": N_("storing the backup"),
    "read-back": N_("reading the backup back"),
    "drill-extract": N_("taking the backup out of its place"),
    "drill-restore": N_("restoring it beside the real app"),
    "drill-count": N_("counting what came back"),
    "drill-migrate": N_("migrating the restored data"),
    "drill-start": N_("starting the app on the restored data"),
    "drill-login": N_("trying to log in"),
    "resume": N_("getting ready to come back"),
    "stop": N_("stopping"),
    "unit-out": N_("taking its service away"),
    "receipt-out": N_("taking its receipt away"),
    "delete": N_("deleting its releases"),
}
# Steps that mostly have nothing to do: told when they took a while, or failed.
QUIET = (
    "maintenance",
    "restore-point",
    "resume",
    "files",
    "after-install",
    "switch",
    "receipt",
    "maintenance-off",
    "prune",
    "unit-out",
    "receipt-out",
)
LONG_SECONDS = 1.0
TASKS = {
    "semai_hostctl": N_("bringing the host tool"),
    "semai_backup": N_("saying where backups are kept"),
    "semai_supervisor": N_("keeping supervisord running"),
    "semai_store": N_("bringing artifacts"),
    "semai_tree": N_("staging files"),
    "semai_packages": N_("installing packages"),
    "semai_firewall": N_("letting in only what is named"),
    "semai_postgresql": N_("setting up PostgreSQL and its databases"),
    "semai_mariadb": N_("setting up MariaDB and its databases"),
    "semai_certificate": N_("bringing certificates"),
    "semai_nginx": N_("opening the sites"),
}
STATUS = {
    "failed": N_("failed, putting everything back"),
    "undoing": N_("undoing"),
}


class View(Protocol):
    """What shows a run; enter it before and leave it after."""

    def __enter__(self) -> View: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def download(self, file: str, received: int, size: int) -> None:
        """Show bytes of a file that is being fetched."""

    def event(self, event: Event) -> None:
        """Show an event of the run."""


def view() -> View:
    """Return the view that suits stderr."""
    return Live() if sys.stderr.isatty() else Lines()


def words(event: Event) -> tuple[str, str]:
    """Return (app or empty, what it is doing) in the reader's language, empty when there is nothing to say."""
    if event.kind == "progress" and event.step:
        step = translate(STEPS[event.step]) if event.step in STEPS else event.step
        if event.status in STATUS:
            return event.app, f"{step}: {translate(STATUS[event.status])}"
        quiet = event.step in QUIET
        told = event.seconds >= LONG_SECONDS if event.status == "done" else event.status == "begun"
        return event.app, step if told and quiet == (event.status == "done") else ""
    if event.kind == "task":
        known = TASKS.get(event.action.rpartition(".")[2])
        return "", translate(known) if known else ""
    return "", ""


class Lines:
    """One line per step, for pipes and logs."""

    def __enter__(self) -> Lines:
        self._fetched: set[str] = set()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def download(self, file: str, received: int, size: int) -> None:
        """Name a file once it is here."""
        if received >= size and file not in self._fetched:
            self._fetched.add(file)
            click.echo(translate(N_("fetched {file}"), file=file), err=True)

    def event(self, event: Event) -> None:
        """Write a line when something begins, fails or is undone."""
        app, text = words(event)
        if text:
            click.echo(f"{event.host} {app}: {text}" if app else text, err=True)


class Live:
    """A spinner with what is going on now; what is finished stays above it with its time."""

    def __enter__(self) -> Live:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True, highlight=False), transient=True)
        self._progress.start()
        self._now = self._progress.add_task(translate(N_("preparing")))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def download(self, file: str, received: int, size: int) -> None:
        """Show how far a file is."""
        percent = 100 * received // max(size, 1)
        self._show(translate(N_("fetching {file} ({percent} %)"), file=file, percent=percent))

    def event(self, event: Event) -> None:
        """Show what begins; keep what is done."""
        if event.kind == "progress" and event.status == "done" and event.seconds >= LONG_SECONDS / 10:
            step = translate(STEPS[event.step]) if event.step in STEPS else event.step
            self._progress.console.print(f"[green]✓[/green] {event.app}: {step} [dim]{event.seconds:.1f} s[/dim]")
            return
        app, text = words(event)
        if text:
            self._show(f"{app}: {text}" if app else text)

    def _show(self, text: str) -> None:
        from rich.markup import escape

        self._progress.update(self._now, description=escape(text))
