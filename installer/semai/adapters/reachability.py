"""What this machine itself can reach: names by its resolver, mentors' catalogs; all asked side by side."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from semai.messages import N_, translate

Answer = TypeVar("Answer")

_SECONDS = 12.0
_PORTS = {"http": 80, "https": 443}


def addresses(names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the addresses of each name, none when the resolver does not know it or takes too long."""
    pool = ThreadPoolExecutor(8)
    asked = {name: pool.submit(_look_up, name) for name in names}
    found = {name: _answer(future, ()) for name, future in asked.items()}
    pool.shutdown(wait=False, cancel_futures=True)
    return found


def unreached(urls: Mapping[str, str]) -> Mapping[str, str]:
    """Return mentor -> why its catalog's address cannot be reached, of those that cannot."""
    pool = ThreadPoolExecutor(8)
    asked = {mentor: pool.submit(_try, url) for mentor, url in urls.items()}
    late = translate(N_("no answer within {seconds} seconds"), seconds=round(_SECONDS))
    found = {mentor: _answer(future, late) for mentor, future in asked.items()}
    pool.shutdown(wait=False, cancel_futures=True)
    return {mentor: said for mentor, said in found.items() if said}


def _answer(future: Future[Answer], late: Answer) -> Answer:
    try:
        return future.result(_SECONDS)
    except TooLate:
        return late


def _look_up(name: str) -> tuple[str, ...]:
    try:
        return tuple(
            sorted({str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
        )
    except (OSError, UnicodeError):
        return ()


def _try(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "file":
        folder = Path(unquote(parts.path))
        return "" if folder.is_dir() else translate(N_("there is no folder {folder}"), folder=folder)
    try:
        port = parts.port or _PORTS.get(parts.scheme, 443)
        socket.create_connection((parts.hostname or "", port), timeout=_SECONDS).close()
    except (OSError, UnicodeError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""
