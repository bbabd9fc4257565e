"""Apps of Python: a virtual environment made offline, a program that listens on SEMAI_BIND, health over HTTP.

Imports of what only runs need stay inside: `serve` passes here at every start of every app.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import programs
from .errors import HostError
from .programs import Start, Trial
from .request import Artifact, Request

if TYPE_CHECKING:
    from .accounts import Account
    from .health import Answer
    from .layout import AppPlaces, Layout
    from .tether import Tether

PASSED_SOCKET = "fd://3"  # the first socket systemd passes; gunicorn and the kit understand it


class PythonRuntime:
    """Wheels, a venv and an HTTP server."""

    needs = ("tool", "requirements")
    folders: tuple[str, ...] = ()
    stop_signal = "SIGTERM"
    reads_live = False

    def prepare(
        self, layout: Layout, tether: Tether, request: Request, artifacts: Sequence[Artifact], partial: Path
    ) -> None:
        from . import archives, venvs

        venvs.Venvs(layout, tether).make(request, artifacts, partial)
        for artifact in artifacts:
            if artifact.kind == "static":
                archives.unpack_static(layout.artifact(artifact.sha256), partial / "static")

    def place(self, places: AppPlaces, request: Request, account: Account | None) -> None:
        """Do nothing: a Python app finds its files by its environment."""

    def file(self, places: AppPlaces, request: Request, path: str) -> Path:
        raise HostError("file-missing", f"release {request.version} of {places.name} is no tree with a file {path}")

    def command(self, places: AppPlaces, request: Request, words: Sequence[str]) -> list[str]:
        return programs.command(places, request.version, words)

    def environment(self, places: AppPlaces, request: Request) -> dict[str, str]:
        return programs.environment(places, request)

    def serve(self, places: AppPlaces, request: Request, passed: Mapping[str, str]) -> Start:
        bind = PASSED_SOCKET if "LISTEN_FDS" in passed else None
        environment = {**programs.environment(places, request, bind), **passed}
        return Start(self.command(places, request, request.commands.serve), environment)

    def page(self, places: AppPlaces, request: Request, passed: Mapping[str, str]) -> None:
        from . import page

        page.serve(None if "LISTEN_FDS" in passed else request.address, page.render(request.name, places.shared))

    def trial(self, places: AppPlaces, request: Request) -> Trial:
        from . import health, ports

        address = ("127.0.0.1", ports.pick_free())
        environment = programs.environment(places, request, f"{address[0]}:{address[1]}")
        start = Start(self.command(places, request, request.commands.serve), environment)
        return Trial(
            start,
            lambda patience: health.ask(request.health.url, patience, address),
            lambda path, text, patience: health.see(request.health.url, path, text, patience, address),
        )

    def ask(self, places: AppPlaces, request: Request, patience: float) -> Answer:
        from . import health

        return health.ask(request.health.url, patience)
