"""The WSGI server of an app: waitress on a passed or own socket, and a SIGTERM that lets requests finish."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import sys
import time
from types import FrameType

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from waitress import wasyncore
from waitress.server import create_server

from semai_kit.mail import Courier

FIRST_PASSED_FD = 3
THREADS = 4
DRAIN_SECONDS = 25.0
TIDY_SECONDS = 30.0
M_ARENA_MAX = -8  # from malloc.h
COLLECT_AFTER = (700, 10, 1)  # new objects; of them rounds; of those full ones (Python's own last figure is 10)
BODY_LIMIT = 64 * 1024 * 1024


class BindRefused(Exception):
    """SEMAI_BIND cannot be used; the message says why."""


def open_socket(bind: str) -> socket.socket:
    """A listening socket for `host:port`, `[v6]:port`, or `fd://` (the first socket systemd passed)."""
    if bind.startswith("fd://"):
        return _passed_socket()
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit():
        raise BindRefused(f"SEMAI_BIND must be host:port or fd://, found {bind!r}")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(port)))
    except OSError as error:
        listener.close()
        raise BindRefused(f"cannot listen on {bind}: {error.strerror}") from error
    return listener


def _passed_socket() -> socket.socket:
    mine = os.environ.get("LISTEN_PID", "") == str(os.getpid())
    count = os.environ.get("LISTEN_FDS", "0")
    if not mine or not count.isdigit() or int(count) < 1:
        raise BindRefused("SEMAI_BIND is fd:// but no socket was passed (LISTEN_PID, LISTEN_FDS)")
    return socket.socket(fileno=FIRST_PASSED_FD)


def own_name(listener: socket.socket) -> str:
    """The address of a listening socket as a Host header writes it, without the port; empty for a Unix socket."""
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return ""
    address = listener.getsockname()[0]
    return f"[{address}]" if listener.family == socket.AF_INET6 else address


class Server:
    """Runs until `stop` is asked for, then finishes the requests in flight."""

    def __init__(self, listener: socket.socket) -> None:
        # Other apps of the region ask at the address listened on, not at the public name.
        if (name := own_name(listener)) and name not in settings.ALLOWED_HOSTS:
            settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, name]
        self.channels: dict[int, wasyncore.dispatcher] = {}
        self.server = create_server(
            get_wsgi_application(),
            map=self.channels,
            sockets=[listener],
            threads=THREADS,
            ident=None,
            url_scheme="https" if settings.SEMAI.secure else "http",
            max_request_body_size=BODY_LIMIT,
            channel_timeout=60,
            clear_untrusted_proxy_headers=False,
        )
        self.stopping = False
        self.visited, self.tidied_at = False, time.monotonic()

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        """Signal handler: only raises a flag and wakes the loop."""
        self.stopping = True
        self.server.pull_trigger()

    def run(self) -> None:
        while not self.stopping:
            self._turn(1.0)
            self._tidy()
        self._drain()

    def _tidy(self) -> None:
        """Return to the system what large documents took, now and then while nobody waits for an answer."""
        self.visited = self.visited or bool(self.server.active_channels)
        if self.visited and not self._busy() and time.monotonic() - self.tidied_at > TIDY_SECONDS:
            give_back()
            self.visited, self.tidied_at = False, time.monotonic()

    def _drain(self) -> None:
        self._turn(0.0)  # connections already queued by the kernel are served, not reset
        self.server.accepting = False
        self.server.socket.close()
        self.server.del_channel(self.channels)
        deadline = time.monotonic() + DRAIN_SECONDS
        while self._busy() and time.monotonic() < deadline:
            self._turn(0.1)
        self.server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self.channels, ignore_all=True)

    def _busy(self) -> bool:
        return any(
            channel.requests or channel.request is not None or channel.total_outbufs_len
            for channel in list(self.server.active_channels.values())
        )

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, use_poll=True, map=self.channels, count=1)


def share_one_arena() -> None:
    """All threads allocate from one glibc arena: Python's lock serialises them anyway, and it saves megabytes."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Return memory that is free to the system, which glibc by itself only does at the end of its heap."""
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def collect_often() -> None:
    """Free the circles that each request leaves behind before many requests have left theirs.

    Python waits with a full collection until a quarter of all objects are new, because it looks at every one. Those
    that stay for ever are loaded here and set aside, so that a full collection is short and may come often.
    """
    get_resolver().url_patterns  # noqa: B018  # views, forms and tables, which else the first visitor waits for
    gc.collect()
    gc.freeze()
    gc.collect()  # what is set aside counts no longer when the collector weighs whether it is time
    gc.set_threshold(*COLLECT_AFTER)


def serve(bind: str) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    share_one_arena()
    try:
        listener = open_socket(bind)
    except BindRefused as refusal:
        sys.stderr.write(f"error: {refusal}\n")
        return 1
    server = Server(listener)
    collect_often()
    signal.signal(signal.SIGTERM, server.stop)
    signal.signal(signal.SIGINT, server.stop)
    if settings.SEMAI.mail.configured:
        Courier().start()
    server.run()
    return 0
