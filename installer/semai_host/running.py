"""Becoming another program: `serve` (what the service keeper starts) and `exec` (a command with the app's secrets).

Both replace this process, so the keeper watches and signals the app itself and no memory is spent on a parent.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from . import programs, receipts
from .errors import HostError, Refused
from .layout import Layout
from .request import Request


def address(layout: Layout, name: str) -> tuple[str, int]:
    """Return the address the app listens on, where the maintenance page stands in for it."""
    return _serving(layout, name).address


def serve(layout: Layout, name: str) -> None:
    """Become the app."""
    request = _serving(layout, name)
    _become(layout, request, request.commands.serve)


def execute(layout: Layout, name: str, words: Sequence[str]) -> None:
    """Become one command of the app's current release."""
    if not words:
        raise Refused("request-invalid", "exec needs a command after --")
    _become(layout, _serving(layout, name), words)


def _serving(layout: Layout, name: str) -> Request:
    request = receipts.serving(layout.app(name))
    if request is None:
        raise Refused("unknown-app", f"{name} is not installed on this host")
    return request


def _become(layout: Layout, request: Request, words: Sequence[str]) -> None:
    places = layout.app(request.name)
    command = programs.command(places, request.version, words)
    environment = programs.environment(places, request)
    try:
        os.chdir(places.shared)
        os.execve(command[0], command, environment)
    except OSError as error:
        raise HostError("program-failed", f"cannot start {command[0]}: {error.strerror}") from error
