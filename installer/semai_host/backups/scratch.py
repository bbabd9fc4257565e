"""A root of its own, `<root>/drill`, in which a drill puts apps together beside the real ones; emptied then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .. import durable
from ..errors import HostError
from ..host import App, Host
from ..layout import Layout
from ..tether import Tether


class Scratch:
    """The drill's root on a host; nothing is there while no drill runs."""

    def __init__(self, host: Host) -> None:
        self.layout = Layout(str(host.layout.drill))
        self.host = replace(host, layout=self.layout)

    @property
    def extracted(self) -> Path:
        """Where the parts of a set lie as they came, for the tool's user alone."""
        return self.layout.root / "extracted"

    def prepare(self) -> None:
        self.host.prepare_folders()

    def app(self, name: str) -> App:
        return self.host.app(name)

    def login_tether(self, name: str) -> Tether:
        """Return the tether of the command that logs in while the app runs on its own one."""
        return Tether(self.layout.tether(name).with_suffix(".login.tether"), self.layout.command_log(name))

    def clear(self) -> None:
        """End and delete all that a drill left: its programs, what it put into databases, its files.

        May be repeated. Raises HostError when a database cannot be emptied; its files then stay, to know of it.
        """
        for name in self.layout.apps():
            self._clear(name)
        durable.remove_tree(self.layout.root)

    def _clear(self, name: str) -> None:
        app = self.app(name)
        for tether in (self.login_tether(name), app.tether):
            tether.cut()
        request = app.serving()  # written once the database was seen to be the drill's
        database = app.database(request)
        if database is not None:
            database.discard()
        durable.remove_tree(app.places.folder)


def clear_if_possible(host: Host) -> None:
    """Do so, or leave it to the next drill and say so."""
    try:
        Scratch(host).clear()
    except (HostError, OSError) as error:
        host.events.warn(f"what a drill left could not be deleted yet: {error}")
