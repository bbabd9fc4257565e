"""Asking sites of a lab machine over https: whether they answer, and many times over while something happens."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

SECONDS = 60.0


class Door(http.client.HTTPSConnection):
    """A connection to a site at a machine's address, for a lab has no DNS; trusts one certificate alone."""

    def __init__(self, address: str, site: str, authority: str) -> None:
        self._context = ssl.create_default_context(cadata=authority)
        super().__init__(site, 443, timeout=SECONDS, context=self._context)
        self._address = address

    def connect(self) -> None:
        """Open it, with the site's name in the handshake."""
        plain = socket.create_connection((self._address, 443), timeout=SECONDS)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)

    def status(self, path: str) -> int:
        """Ask for a page and read all of it."""
        self.request("GET", path)
        answer = self.getresponse()
        answer.read()
        return answer.status


def answers(address: str, site: str, authority: str, path: str = "/healthz") -> bool:
    """Tell whether the page is there."""
    door = Door(address, site, authority)
    try:
        return door.status(path) == 200
    finally:
        door.close()


@dataclass
class Load:
    """Visitors who ask one after the other until the block ends: seconds of each request, and what failed."""

    address: str
    site: str
    authority: str
    path: str
    visitors: int = 4
    pages: int = 50  # on one connection, then a new one is opened as other visitors would
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> Load:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._visit) for _ in range(self.visitors)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _visit(self) -> None:
        while not self._over.is_set():
            door = Door(self.address, self.site, self.authority)
            for _ in range(self.pages):
                if self._over.is_set() or not self._asked(door):
                    break
            door.close()

    def _asked(self, door: Door) -> bool:
        started = time.perf_counter()
        try:
            status = door.status(self.path)
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(repr(error))
            return False
        self.seconds.append(time.perf_counter() - started)
        if status != 200:
            self.failures.append(str(status))
        return True
