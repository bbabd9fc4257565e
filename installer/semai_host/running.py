"""Becoming another program: `serve` (what the service keeper starts) and `exec` (a command with the app's secrets).

Both replace this process, so the keeper watches and signals the app itself and no memory is spent on a parent.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from . import receipts, runtimes
from .errors import HostError, Refused
from .layout import SYSTEMD, Layout
from .programs import Start
from .request import Request

_PASSED = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")
_NOTIFY = "NOTIFY_SOCKET"


def page(layout: Layout, name: str) -> None:
    """Stand in for the app."""
    request = _serving(layout, name)
    runtimes.of(request).page(layout.app(name), request, _passed())


def serve(layout: Layout, name: str) -> None:
    """Become the app."""
    request, places = _serving(layout, name), layout.app(name)
    _become(layout, request, runtimes.of(request).serve(places, request, _passed()))


def execute(layout: Layout, name: str, words: Sequence[str]) -> None:
    """Become one command of the app's current release."""
    if not words:
        raise Refused("request-invalid", "exec needs a command after --")
    request, places = _serving(layout, name), layout.app(name)
    runtime = runtimes.of(request)
    _become(layout, request, Start(runtime.command(places, request, words), runtime.environment(places, request)))


def _passed() -> dict[str, str]:
    """Return what systemd told this very process of sockets it passed and where it wants to hear of us."""
    said = {_NOTIFY: os.environ[_NOTIFY]} if _NOTIFY in os.environ else {}
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS", "0") != "0":
        said.update({key: os.environ[key] for key in _PASSED if key in os.environ})
    return said


def _serving(layout: Layout, name: str) -> Request:
    request = receipts.serving(layout.app(name))
    if request is None:
        raise Refused("unknown-app", f"{name} is not installed on this host")
    return request


def _become(layout: Layout, request: Request, start: Start) -> None:
    if os.geteuid() == 0 and layout.keeper == SYSTEMD:
        _drop_rights(request.name)
    try:
        os.chdir(layout.app(request.name).shared)
        os.execve(start.command[0], list(start.command), dict(start.environment))
    except OSError as error:
        raise HostError("program-failed", f"cannot start {start.command[0]}: {error.strerror}") from error


def _drop_rights(name: str) -> None:
    """Become the app's user for good: nothing of an app of a server runs as root, whoever asks for it."""
    from . import accounts  # services start as that user already, and this is their way in

    account = accounts.find(name)
    if account is None:
        raise HostError("account-failed", f"the system user {accounts.name_of(name)} is missing")
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    os.umask(0o027)
