"""What kinds of apps there are, and the one place where a request's kind is chosen.

A runtime knows how a release is made, started, tried, asked and stood in for; everything else is the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .programs import Start, Trial
from .python_app import PythonRuntime
from .request import PHP, Artifact, Request

if TYPE_CHECKING:
    from .accounts import Account
    from .health import Answer
    from .layout import AppPlaces, Layout
    from .tether import Tether


class Runtime(Protocol):
    """One kind of app."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Artifact kinds of which a release has exactly one."""

    @property
    def folders(self) -> tuple[str, ...]:
        """Names below `shared` that the runtime makes for itself."""

    @property
    def stop_signal(self) -> str:
        """The signal that makes the app finish what it is at and end."""

    @property
    def reads_live(self) -> bool:
        """Whether an app that runs reads its managed files again, and keeps them for a while."""

    def prepare(
        self, layout: Layout, tether: Tether, request: Request, artifacts: Sequence[Artifact], partial: Path
    ) -> None:
        """Make the release in the folder `partial` from verified artifacts; nothing there is served yet."""

    def place(self, places: AppPlaces, request: Request, account: Account | None) -> None:
        """Called when the managed files lie in place, before anything of the release runs; may be repeated."""

    def file(self, places: AppPlaces, request: Request, path: str) -> Path:
        """Return a plain file of the release; refuse one that is missing or lies elsewhere."""

    def command(self, places: AppPlaces, request: Request, words: Sequence[str]) -> list[str]:
        """Return words with the first as a program of the release; refuse one the release does not have."""

    def environment(self, places: AppPlaces, request: Request) -> dict[str, str]:
        """Return the environment of the release's commands."""

    def serve(self, places: AppPlaces, request: Request, passed: Mapping[str, str]) -> Start:
        """Return what the service becomes; `passed` holds what systemd said of its socket, empty without one."""

    def page(self, places: AppPlaces, request: Request, passed: Mapping[str, str]) -> None:
        """Stand in for the app with the maintenance page until the service keeper stops us."""

    def trial(self, places: AppPlaces, request: Request) -> Trial:
        """Return how the release is tried while nobody else can reach it."""

    def ask(self, places: AppPlaces, request: Request, patience: float) -> Answer:
        """Ask the running app whether it is well; an answer without doubt carries the release's version."""


def of(request: Request) -> Runtime:
    """Return the runtime of the request."""
    if request.runtime == PHP:
        from .php_app import PhpRuntime  # most hosts never need it, and `serve` runs at every start of every app

        return PhpRuntime()
    return PythonRuntime()
